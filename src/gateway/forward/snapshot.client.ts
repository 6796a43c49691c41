import type { Role } from '../../accounts/actor.ts';
import type { Clock } from '../../platform/clock.ts';
import { type ConstantTimeText, constantTimeText } from '../../platform/constant-time.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import { Secret, type SecretBox } from '../../platform/secrets.ts';
import { type CredentialSecret, credentialContext, type ShownSecret } from '../credentials/credential.types.ts';
import type { CredentialRow } from '../gateway.tables.ts';
import { compileGates, type GateDefinition, type GateName, type Verdict } from '../rules/gates.model.ts';
import type { JudgedRequest } from '../rules/rules.types.ts';
import { expectedCredential } from './shown-credential.model.ts';
import type { ProxyName, ProxyParts, SnapshotStore } from './snapshot.store.ts';

/** A change of configuration is in force everywhere within this time (contract). */
export const SNAPSHOT_MS = 5_000;
/** Bounds an isolate's memory: a snapshot has some kilobytes, with many rules some hundred. */
export const MAX_SNAPSHOTS = 200;

/** What the data plane knows of a gateway proxy: compiled once, used for some seconds. */
export interface Snapshot {
  proxyId: string;
  clientId: string;
  accountId: string;
  alias: string | null;
  isActive: boolean;
  /** Null when it leads to an address that is not public, or can't be read: nothing is sent there. */
  targetBaseUrl: URL | null;
  callerCredential: Secret<ShownSecret>;
  /** What a caller must show. */
  expected: ConstantTimeText;
  targetCredential: Secret<CredentialSecret>;
  targetCredentialId: string;
  additionalHeaders: Readonly<Record<string, string>>;
  additionalQueryParams: Readonly<Record<string, string>>;
  additionalData: Readonly<Record<string, unknown>>;
  maxRequestsPerMinute: number | null;
  maxRequestsPerDay: number | null;
  /** The routing target that its calls go out through, and as whose; null: directly. */
  egress: { targetName: string; role: Role } | null;
  /** The request log also keeps what its calls carry. */
  capturesBodies: boolean;
  judge(request: JudgedRequest): Verdict;
}

/** What accounts may do; null of one that is disabled or gone. */
export interface Owners {
  roleOf(accountId: string): Promise<Role | null>;
}

export type SnapshotCache = Map<string, { snapshot: Snapshot; untilMs: number }>;

/** Snapshots by what calls name them, one map for each isolate. */
export function createSnapshotCache(): SnapshotCache {
  return new Map();
}

interface Dependencies {
  store: SnapshotStore;
  secretBox: SecretBox;
  clock: Clock;
  policy: AddressPolicy;
  owners: Owners;
  cache: SnapshotCache;
}

function gatesOf({ proxy, proxyCredential, target, targetCredential, rules }: ProxyParts): GateDefinition[] {
  const gate = (name: GateName, part: { id: string; defaultRuleEffect: 'allow' | 'deny' }) => ({
    name,
    defaultEffect: part.defaultRuleEffect,
    rules: rules.filter(({ parentId }) => parentId === part.id),
  });
  return [
    gate('proxyCredential', proxyCredential),
    gate('targetCredential', targetCredential),
    gate('proxy', proxy),
    gate('target', target),
  ];
}

async function publicUrl(written: string, policy: AddressPolicy): Promise<URL | null> {
  try {
    return await assertPublicUrl(written, policy);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

export function createSnapshots({ store, secretBox, clock, policy, owners, cache }: Dependencies) {
  const openSecret = async ({ id, secretSealed }: CredentialRow) => {
    const secret: CredentialSecret = JSON.parse(await secretBox.open(secretSealed, credentialContext(id)));
    return secret;
  };
  const openCallerSecret = async (row: CredentialRow): Promise<ShownSecret> => {
    const secret = await openSecret(row);
    if (secret.kind === 'oauth2') throw new Error('a caller shows no token of ours');
    return secret;
  };

  /** Reads and compiles what decides on a proxy's calls; null when there is no such proxy. */
  async function load(name: ProxyName): Promise<Snapshot | null> {
    const parts = await store.find(name);
    if (!parts) return null;
    const { proxy, target } = parts;
    const [role, callerCredential, targetCredential, targetBaseUrl] = await Promise.all([
      owners.roleOf(parts.accountId),
      openCallerSecret(parts.proxyCredential),
      openSecret(parts.targetCredential),
      publicUrl(target.baseUrl, policy),
    ]);
    return {
      proxyId: proxy.id,
      clientId: proxy.clientId,
      accountId: parts.accountId,
      alias: proxy.alias,
      // A disabled account's proxies stop with its keys.
      isActive: proxy.isActive && role !== null,
      targetBaseUrl,
      callerCredential: new Secret(callerCredential),
      expected: constantTimeText(expectedCredential(callerCredential)),
      targetCredential: new Secret(targetCredential),
      targetCredentialId: proxy.targetCredentialId,
      additionalHeaders: proxy.additionalHeaders,
      additionalQueryParams: proxy.additionalQueryParams,
      additionalData: proxy.additionalData,
      maxRequestsPerMinute: proxy.maxRequestsPerMinute,
      maxRequestsPerDay: proxy.maxRequestsPerDay,
      egress: proxy.egressTarget === null || role === null ? null : { targetName: proxy.egressTarget, role },
      capturesBodies: proxy.capturesBodies,
      judge: compileGates(gatesOf(parts)),
    };
  }

  return {
    load,

    /** As `load`, from this isolate's memory while it is fresh: no query once warm. */
    async get(name: ProxyName): Promise<Snapshot | null> {
      const key = 'proxyId' in name ? name.proxyId : `${name.clientId}/${name.alias}`;
      const cached = cache.get(key);
      if (cached && cached.untilMs > clock.nowMs()) return cached.snapshot;
      // From before the reading on: what is written while we read counts from then.
      const untilMs = clock.nowMs() + SNAPSHOT_MS;
      const snapshot = await load(name);
      cache.delete(key);
      if (!snapshot) return null;
      if (cache.size >= MAX_SNAPSHOTS) cache.delete(cache.keys().next().value ?? '');
      cache.set(key, { snapshot, untilMs });
      return snapshot;
    },
  };
}

export type Snapshots = ReturnType<typeof createSnapshots>;
