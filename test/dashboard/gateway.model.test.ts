import { describe, expect, it } from 'vitest';
import type { TelemetryRecord } from '../../src/dashboard/api/gateway-types.ts';
import { proxyBodyOf, proxyFieldsOf } from '../../src/dashboard/views/gateway/proxy-fields.model.ts';
import { describeRule, ruleBody, ruleFieldsOf } from '../../src/dashboard/views/gateway/rule.model.ts';
import { curlCredential, emptySecret, secretOf } from '../../src/dashboard/views/gateway/secret.model.ts';
import { startS, statusCounts, telemetryLines } from '../../src/dashboard/views/gateway/telemetry.model.ts';

describe('parts of the gateway', () => {
  it('have secrets in the shape of their kind', () => {
    const fields = { ...emptySecret, name: 'x-key', value: 'v', place: 'header' } as const;
    expect(secretOf('key', fields)).toEqual({ key: 'x-key', value: 'v', addToHeader: true });
    expect(secretOf('key', { ...fields, place: 'query' })).toEqual({ key: 'x-key', value: 'v', addToQuery: true });
    expect(secretOf('bearer', fields)).toEqual({ token: 'v' });
    expect(secretOf('basic', fields)).toEqual({ username: 'x-key', password: 'v' });
    expect(secretOf('oauth2', { ...fields, tokenUrl: 'https://a/token', scope: 'read' })).toEqual({
      tokenUrl: 'https://a/token',
      clientId: 'x-key',
      clientSecret: 'v',
      scope: 'read',
    });
    expect(secretOf('none', emptySecret)).toEqual({});
  });

  it('are called by a command that names no secret', () => {
    expect(['key', 'bearer', 'jwt', 'basicAuth'].map(curlCredential)).toEqual([
      "-H 'HEADER: KEY'",
      "-H 'Authorization: Bearer TOKEN'",
      "-H 'Authorization: Bearer TOKEN'",
      "-u 'USER:PASSWORD'",
    ]);
  });

  it('have rules that are read as they were meant', () => {
    expect(ruleBody({ ...ruleFieldsOf(null), methods: 'get, post', path: '^/v1/' })).toEqual({
      effect: 'deny',
      methods: ['GET', 'POST'],
      path: { pattern: '^/v1/', presence: 'present' },
      headerChecks: [],
      queryChecks: [],
      priority: 0,
      notes: '',
    });
    const checks = {
      headerChecks: [{ name: 'x-a', presence: 'absent' }],
      queryChecks: [{ name: 'q', value: '^1', presence: 'present' }],
    };
    expect(describeRule({ methods: [], path: null, ...checks })).toBe(
      'any method, without header x-a, with query q ~ ^1',
    );
    expect(
      describeRule({
        methods: ['GET'],
        path: { pattern: '/a', presence: 'absent' },
        headerChecks: [],
        queryChecks: [],
      }),
    ).toBe('GET, path not matching /a');
  });

  it('change nothing when nothing is changed in their forms', () => {
    const rule = {
      effect: 'allow' as const,
      methods: ['GET'],
      path: { pattern: '^/v1/', presence: 'absent' },
      headerChecks: [
        { name: 'x-a', presence: 'absent' },
        { name: 'x-b', value: '^a ~ b$', presence: 'present' },
      ],
      queryChecks: [{ name: 'q', presence: 'present' }],
      priority: 7,
      notes: 'why',
    };
    const identity = {
      pKey: '',
      sKey: '',
      userId: '',
      clientId: '',
      parentId: '',
      ruleCreatedAt: '',
      ruleUpdatedAt: '',
    };
    expect(ruleBody(ruleFieldsOf({ ...identity, ...rule }))).toEqual(rule);
    const proxy = {
      proxyName: 'Front',
      proxyAlias: null,
      proxyTargetId: 'tgt_1',
      proxyProxyCredentialId: 'cred_1',
      proxyTargetCredentialId: 'cred_2',
      proxyEgressTarget: null,
      proxyMaxRequestsPerMinute: 60,
      proxyMaxRequestsPerDay: null,
      proxyDefaultRuleEffect: 'deny' as const,
      proxyCaptureBodies: true,
      proxyAdditionalHeaders: { 'x-team': 'a:b' },
      proxyAdditionalQueryParams: { q: 'a=b' },
    };
    const rest = {
      ...identity,
      proxyRegion: 'global',
      proxyActive: true,
      proxyCreatedAt: '',
      proxyUpdatedAt: '',
      proxyAdditionalData: {},
    };
    expect(proxyBodyOf(proxyFieldsOf({ ...rest, ...proxy }))).toEqual(proxy);
  });

  it('tell of their calls by leg, each interval at its beginning', () => {
    const record = (sKey: string, proxy: number): TelemetryRecord => ({
      pKey: '',
      sKey,
      proxyId: '',
      countMap: { proxy },
      successCountMap: {},
      errorCountMap: {},
      totalResponseTimeMap: {},
      codeCountMap: { '200:proxy': proxy, '200:target': 9, '404:proxy': 1 },
      codeTotalRTMap: {},
      countryCountMap: {},
      countryTotalRTMap: {},
      averageResponseTimeMap: { proxy: 0.25, target: 0.2 },
      successRateMap: {},
      errorRateMap: { proxy: 0.5 },
      countryAverageRTMap: {},
      ewmaResponseTime: 0,
    });
    const records = [record('2025-09-10-02-05', 3), record('2025-09-10-02-06', 4)];
    const { timesS, calls, times, errors } = telemetryLines(records);
    expect(timesS).toEqual([Date.UTC(2025, 8, 10, 2, 5) / 1_000, Date.UTC(2025, 8, 10, 2, 6) / 1_000]);
    expect([calls, times, errors].map((lines) => lines.map(({ values }) => values))).toEqual([
      [
        [3, 4],
        [null, null],
      ],
      [
        [250, 250],
        [200, 200],
      ],
      [
        [50, 50],
        [null, null],
      ],
    ]);
    expect(['2025-09', '2025-09-10', '2025-09-10-02'].map(startS)).toEqual(
      [Date.UTC(2025, 8, 1), Date.UTC(2025, 8, 10), Date.UTC(2025, 8, 10, 2)].map((atMs) => atMs / 1_000),
    );
    expect(statusCounts(records)).toEqual([
      { name: '200', count: 7 },
      { name: '404', count: 2 },
    ]);
  });
});
