import type { ComponentType } from 'preact';
import type { IconName } from '../parts/icon.tsx';
import { Overview } from '../views/overview/overview.tsx';
import type { Route } from './route.model.ts';

export interface ViewProps {
  route: Route;
}

export interface View {
  name: string;
  title: string;
  icon: IconName;
  /** The first view is there at once, the others are loaded when they are first asked for. */
  load: () => ComponentType<ViewProps> | Promise<ComponentType<ViewProps>>;
}

export const FIRST_VIEW = 'overview';

const loadProxies = () => import('../views/proxies/proxies.tsx').then(({ Proxies }) => Proxies);
const loadLeases = () => import('../views/leases/leases.tsx').then(({ Leases }) => Leases);
const loadSources = () => import('../views/sources/sources.tsx').then(({ Sources }) => Sources);
const loadRouting = () => import('../views/routing/routing.tsx').then(({ Routing }) => Routing);
const loadGateway = () => import('../views/gateway/gateway.tsx').then(({ Gateway }) => Gateway);
const loadSessions = () => import('../views/sessions/sessions.tsx').then(({ Sessions }) => Sessions);
const loadRequests = () => import('../views/requests/requests.tsx').then(({ Requests }) => Requests);
const loadLogs = () => import('../views/logs/logs.tsx').then(({ Logs }) => Logs);
const loadProcesses = () => import('../views/processes/processes.tsx').then(({ Processes }) => Processes);

/** The table of contents: one line a view, in the order of the navigation. */
export const views: readonly View[] = [
  { name: FIRST_VIEW, title: 'Overview', icon: 'gauge', load: () => Overview },
  { name: 'proxies', title: 'Proxies', icon: 'list', load: loadProxies },
  { name: 'leases', title: 'Leases', icon: 'key', load: loadLeases },
  { name: 'sources', title: 'Sources', icon: 'download', load: loadSources },
  { name: 'routing', title: 'Routing', icon: 'branch', load: loadRouting },
  { name: 'gateway', title: 'Gateway', icon: 'shield', load: loadGateway },
  { name: 'sessions', title: 'Sessions', icon: 'users', load: loadSessions },
  { name: 'requests', title: 'Requests', icon: 'pulse', load: loadRequests },
  { name: 'logs', title: 'Logs', icon: 'terminal', load: loadLogs },
  { name: 'processes', title: 'Processes', icon: 'cog', load: loadProcesses },
];
