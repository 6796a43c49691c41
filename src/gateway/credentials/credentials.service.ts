import { toTimestamp } from '../../platform/clock.ts';
import { appError } from '../../platform/errors/app-error.ts';
import { type AddressPolicy, assertPublicUrl } from '../../platform/net/public-url.ts';
import type { SecretBox } from '../../platform/secrets.ts';
import type { CredentialRow } from '../gateway.tables.ts';
import { createPartId } from '../part-id.ts';
import { identityOf, type PartKind } from '../parts.service.ts';
import { type CredentialSecret, credentialContext } from './credential.types.ts';
import type { CredentialChange, NewCredential } from './credentials.schemas.ts';

function secretOf(input: NewCredential): CredentialSecret {
  switch (input.credentialAuthType) {
    case 'key':
    case 'apiKey': {
      const { key, value, addToHeader, addToQuery = false } = input.credentialSecret;
      return { kind: 'key', name: key, value, inHeader: addToHeader ?? !addToQuery, inQuery: addToQuery };
    }
    case 'bearer':
    case 'jwt':
      return { kind: 'bearer', token: input.credentialSecret.token };
    case 'basic':
    case 'basicAuth':
      return { kind: 'basic', ...input.credentialSecret };
    case 'oauth2': {
      const { scope = null, audience = null, ...grant } = input.credentialSecret;
      return { kind: 'oauth2', ...grant, scope, audience };
    }
    case 'none':
      return { kind: 'none' };
  }
}

function assertShownSomewhere(secret: CredentialSecret): void {
  if (secret.kind !== 'key' || secret.inHeader || secret.inQuery) return;
  throw appError('VALIDATION_ERROR', {
    details: { issues: [{ path: 'credentialSecret', message: 'addToHeader or addToQuery must be true' }] },
  });
}

/** A field that a row keeps for good may be named in a change only as it is. */
export function assertUnchanged(field: string, stored: string, named: string | undefined): void {
  if (named === undefined || named === stored) return;
  throw appError('IMMUTABLE', { message: `${field} cannot be changed.`, details: { field } });
}

function render(row: CredentialRow, accountId: string) {
  return {
    ...identityOf(row, accountId),
    credentialName: row.name,
    credentialType: row.type,
    credentialAuthType: row.authType,
    credentialRegion: row.region,
    credentialDefaultRuleEffect: row.defaultRuleEffect,
    credentialCreatedAt: toTimestamp(row.createdAtMs),
    credentialUpdatedAt: toTimestamp(row.updatedAtMs),
  };
}

/** Credentials: their secrets come in, and never out again. A token URL is judged as any address: `ADDRESS_NOT_ALLOWED`. */
export function createCredentialKind(
  secretBox: SecretBox,
  policy: AddressPolicy,
): PartKind<CredentialRow, NewCredential, CredentialChange, ReturnType<typeof render>> {
  return {
    name: 'credential',

    async newRow(input, clientId, nowMs) {
      const secret = secretOf(input);
      assertShownSomewhere(secret);
      if (secret.kind === 'oauth2') await assertPublicUrl(secret.tokenUrl, policy);
      const id = createPartId('cred');
      return {
        id,
        clientId,
        name: input.credentialName,
        type: input.credentialType,
        authType: input.credentialAuthType,
        region: input.credentialRegion,
        secretSealed: await secretBox.seal(JSON.stringify(secret), credentialContext(id)),
        defaultRuleEffect: input.credentialDefaultRuleEffect,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
    },

    async updateFor(row, change) {
      assertUnchanged('credentialRegion', row.region, change.credentialRegion);
      assertUnchanged('credentialType', row.type, change.credentialType);
      assertUnchanged('credentialAuthType', row.authType, change.credentialAuthType);
      if (change.credentialSecret !== undefined) {
        const message = 'credentialSecret cannot be changed: make a new credential.';
        throw appError('IMMUTABLE', { message, details: { field: 'credentialSecret' } });
      }
      return {
        ...(change.credentialName !== undefined && { name: change.credentialName }),
        ...(change.credentialDefaultRuleEffect && { defaultRuleEffect: change.credentialDefaultRuleEffect }),
      };
    },

    render,
  };
}
