import type { ErrorShape } from './platform/errors/error-shapes.ts';

/** Paths of the faces that don't show errors as the pool face does; what lies below them is of the same face. */
const shapeOfPath: readonly (readonly [path: string, shape: ErrorShape])[] = [
  ['/api/v1', 'ops'],
  ['/api/health', 'sessions'],
  ['/api/sessions', 'sessions'],
  ['/api/events', 'sessions'],
  ['/api/stats', 'sessions'],
  ['/api/ip', 'sessions'],
  ['/api/ws', 'sessions'],
  ['/ws', 'sessions'],
  ['/graphql', 'graphql'],
];

/** How errors look that answer a path: that of its face, whether there is a route or not. */
export function errorShapeOf(path: string): ErrorShape {
  return shapeOfPath.find(([root]) => path === root || path.startsWith(`${root}/`))?.[1] ?? 'pool';
}
