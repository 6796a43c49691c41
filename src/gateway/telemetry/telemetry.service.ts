import type { Caller } from '../../accounts/actor.ts';
import { appError } from '../../platform/errors/app-error.ts';
import type { ClientsService } from '../clients/clients.service.ts';
import type { ApiProxyRow } from '../gateway.tables.ts';
import type { PartsStore } from '../parts.store.ts';
import type { RollUp } from './roll-up.service.ts';
import { intervalStartMs, renderBucket } from './telemetry.model.ts';
import type { TelemetryQuery } from './telemetry.schemas.ts';
import type { TelemetryStore } from './telemetry.store.ts';
import type { TelemetryMeters } from './telemetry-meter.client.ts';

interface Dependencies {
  clients: ClientsService;
  proxies: PartsStore<ApiProxyRow>;
  store: TelemetryStore;
  rollUp: RollUp;
  meters: TelemetryMeters;
}

export function createTelemetryService({ clients, proxies, store, rollUp, meters }: Dependencies) {
  return {
    /** Records of a proxy's calls, oldest first: the newest `limit`, up to what its meter has counted by now. */
    async records(clientId: string, proxyId: string, query: TelemetryQuery, caller: Caller) {
      await clients.requireClient(clientId, caller);
      if (!(await proxies.find(clientId, proxyId))) {
        throw appError('NOT_FOUND', { message: 'There is no such proxy.' });
      }
      await meters.flush(proxyId);
      const { interval, startDate, endDate, limit } = query;
      if (interval !== 'minute') await rollUp.ofProxy(proxyId);
      const range = {
        fromMs: startDate === undefined ? 0 : intervalStartMs(interval, Date.parse(startDate)),
        beforeMs: endDate === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(endDate) + 1,
      };
      const newest = await store.newest(proxyId, interval, range, limit);
      return newest.reverse().map((bucket) => renderBucket(proxyId, interval, bucket));
    },
  };
}
