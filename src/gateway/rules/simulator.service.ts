import type { Caller } from '../../accounts/actor.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { ClientsService } from '../clients/clients.service.ts';
import type { Snapshots } from '../forward/snapshot.client.ts';
import type { GateDecision } from './gates.model.ts';
import { judgedPath } from './judged-path.model.ts';
import type { SimulatedRequest } from './rules.schemas.ts';

interface Dependencies {
  clients: ClientsService;
  snapshots: Snapshots;
}

function reasonOf({ effect, decidedBy, ruleId }: GateDecision): string {
  if (decidedBy === 'default') return `No rule matches; by default this gate says ${effect}.`;
  if (effect === 'deny') return `The rule ${ruleId} matches and denies.`;
  return `No rule denies, and the rule ${ruleId} matches and allows.`;
}

export function createSimulator({ clients, snapshots }: Dependencies) {
  return {
    /** What each gate of a proxy would decide on a request, and why. Nothing is sent, and its configuration is read afresh. */
    async simulate(clientId: string, proxyId: string, request: SimulatedRequest, caller: Caller) {
      await clients.requireClient(clientId, caller);
      const snapshot = await snapshots.load({ proxyId });
      if (snapshot?.clientId !== clientId) throw appError('NOT_FOUND', { message: 'There is no such proxy.' });
      const path = judgedPath(request.path);
      const { allowed, gates } = snapshot.judge({
        method: request.method,
        path,
        headers: new Headers(request.headers),
        query: new URLSearchParams(Object.entries(request.query)),
      });
      return { allowed, path, gates: gates.map((gate) => ({ ...gate, reason: reasonOf(gate) })) };
    },
  };
}
