import { credentialContext } from '../../gateway/credentials/credential.types.ts';
import { secretContext } from '../../notifiers/notifier-secret.ts';
import { passwordContext } from '../../proxy-pool/proxies/proxy-upsert.store.ts';
import { headersContext } from '../../proxy-pool/sources/source-row.ts';
import { providerPasswordContext } from '../../routing/configuration/provider-endpoints.ts';

/** A column of D1 that holds encrypted texts, each bound to its row. */
export interface SealedColumn {
  table: string;
  /** The primary key. */
  key: string;
  column: string;
  context(key: string): string;
  /** Of proxies: a change of a row takes the next number, by which the lease books hear of it. */
  isNumbered?: boolean;
}

/** All of them: what is encrypted with an old key is looked for here. Who adds such a column adds its line. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'gateway_credentials', key: 'id', column: 'secret_sealed', context: credentialContext },
  { table: 'notifiers', key: 'id', column: 'secret_sealed', context: secretContext },
  { table: 'proxies', key: 'id', column: 'password_sealed', context: passwordContext, isNumbered: true },
  { table: 'routing_providers', key: 'name', column: 'password_sealed', context: providerPasswordContext },
  { table: 'sources', key: 'id', column: 'headers_sealed', context: headersContext },
];
