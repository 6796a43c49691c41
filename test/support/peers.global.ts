import type { TestProject } from 'vitest/node';
import { type GatewayAddresses, startGatewayPeers } from './gateway-peers.ts';
import { startNetPeers } from './net-peers.ts';
import { type NotifierAddresses, startNotifierPeers } from './notifier-peers.ts';
import { type RoutingAddresses, startRoutingPeers } from './routing-peers.ts';
import { startSourcePeers } from './source-peers.ts';
import { startTlsPeers, type TlsPeers } from './tls-peers.ts';

/** What the global set-up offers to tests inside workerd, which can't listen themselves. JSON values only. */
export interface Peers {
  /** Raw TCP peers: silent, resetting, dripping … */
  net: Record<string, { host: string; port: number }>;
  /** The same once more, for the one test that counts their connections. */
  countedNet: Record<string, { host: string; port: number }>;
  /** TLS servers with good and bad certificates. */
  tls: TlsPeers['addresses'];
  /** Servers of source lists, by what they do. */
  sources: Record<string, string>;
  notifiers: NotifierAddresses;
  /** A target of the gateway's. */
  gateway: GatewayAddresses;
  routing: RoutingAddresses;
}

interface PeerGroup<Addresses> {
  addresses: Addresses;
  close(): Promise<void> | void;
}

/** Starts real peers on loopback before the tests inside workerd, and ends them after. */
export default async function startPeers(project: TestProject): Promise<() => Promise<void>> {
  const groups: PeerGroup<unknown>[] = [];
  const started = async <Addresses>(start: () => Promise<PeerGroup<Addresses>>): Promise<Addresses> => {
    const group = await start();
    groups.push(group);
    return group.addresses;
  };
  project.provide('peers', {
    net: await started(startNetPeers),
    countedNet: await started(startNetPeers),
    tls: await started(startTlsPeers),
    sources: await started(startSourcePeers),
    notifiers: await started(startNotifierPeers),
    gateway: await started(startGatewayPeers),
    routing: await started(startRoutingPeers),
  });
  return async () => {
    await Promise.all(groups.map((group) => group.close()));
  };
}
