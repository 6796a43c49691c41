import type { ErrorShape } from './platform/errors/error-shapes.ts';

/** Paths of the faces that don't show errors as the pool face does, by how they begin. */
const shapeOfPrefix: readonly (readonly [prefix: string, shape: ErrorShape])[] = [
  ['/api/v1/', 'ops'],
  ['/graphql', 'graphql'],
];

/** How errors look that answer a path: that of its face, whether there is a route or not. */
export function errorShapeOf(path: string): ErrorShape {
  return shapeOfPrefix.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'pool';
}
