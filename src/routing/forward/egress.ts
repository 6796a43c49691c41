import type { Role } from '../../accounts/actor.ts';
import { Cancellation } from '../../platform/cancellation.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { gatherWork } from '../../platform/gather-work.ts';
import type { HeaderPair } from '../../platform/log/redact-exchange.ts';
import type { BodySource } from '../../platform/net/dialer.ts';
import type { RoutingSnapshots } from '../configuration/routing-snapshots.ts';
import { mayForward, notTaken, sendThrough } from './send-through.ts';
import type { Passage, ThroughDependencies } from './through-target.ts';

/** A request of another face, with the headers that its target is to see. */
export interface EgressRequest {
  url: URL;
  method: string;
  /** Names in lower case. */
  fields: readonly HeaderPair[];
  /** What is no stream may be sent again. */
  body: Uint8Array | BodySource | null;
  /** Given when its caller has left: the IP is free again. */
  signal: AbortSignal;
  /** Told as it happens: nothing has gone out while it has no attempt. */
  passage: Passage;
}

interface Dependencies extends Omit<ThroughDependencies, 'snapshot'> {
  snapshots: RoutingSnapshots;
}

/** The way out for other faces: requests through the rotating IPs of a routing target that is named, not matched. */
export function createEgress(dependencies: Dependencies) {
  const { snapshots } = dependencies;

  function find(targetName: string) {
    return snapshots.find(({ definition }) => definition.name === targetName);
  }

  async function send(
    targetName: string,
    role: Role,
    request: EgressRequest,
    waitUntil: ThroughDependencies['waitUntil'],
  ): Promise<Response> {
    const { snapshot, target } = await find(targetName);
    if (!target) {
      const message = `There is no routing target '${targetName}' any more: give this proxy another proxyEgressTarget.`;
      throw appError('NO_TARGET', { message });
    }
    if (!mayForward(target, role)) throw notTaken(target, role);
    const acceptEncoding = request.fields.find(([name]) => name === 'accept-encoding')?.[1] ?? null;
    const { answer } = await sendThrough({ ...dependencies, snapshot, waitUntil }, target, {
      ...request,
      signal: new Cancellation(request.signal),
      headers: request.fields.filter(([name]) => name !== 'accept-encoding'),
      acceptEncoding,
      body: { content: request.body, isTooLarge: () => false },
      retries: target.definition.numRetries,
      forced: null,
    });
    return answer;
  }

  return {
    /** Why an account of this role can't send through a target; null when it can. */
    async problemOf(targetName: string, role: Role): Promise<'unknown' | 'forbidden' | null> {
      const { target } = await find(targetName);
      if (!target) return 'unknown';
      return mayForward(target, role) ? null : 'forbidden';
    },

    /**
     * Sends a request through a target's IPs, as often as the target says; the answer says which IP it was. Its body holds
     * the IP until it has ended. Throws `NO_TARGET`, `FORBIDDEN`, and what `sendThrough` throws.
     */
    send(targetName: string, role: Role, request: EgressRequest): Promise<Response> {
      const waitUntil = gatherWork(dependencies.waitUntil);
      const sending = send(targetName, role, request, waitUntil);
      // The caller may hang up first: what is open then is still to be closed, and the IP given back.
      waitUntil(sending.catch(() => undefined));
      return sending;
    },
  };
}

export type Egress = ReturnType<typeof createEgress>;
