import type { Config } from '../platform/env.ts';
import { createDialer, type Dialer, type ProxyEndpoint } from '../platform/net/dialer.ts';
import type { SecretBox } from '../platform/secrets.ts';
import { passwordContext } from './proxies/proxy-upsert.store.ts';

/** A proxy as rows have it: the password sealed. */
export interface SealedProxy extends Omit<ProxyEndpoint, 'password'> {
  id: string;
  passwordSealed: string | null;
}

/** The way out through proxies, as the variables say. */
export function dialerOf({
  ALLOW_PRIVATE_NETWORKS: allowPrivateNetworks,
  TLS_EXTRA_ROOTS: extraRoots,
}: Config): Dialer {
  return createDialer({ allowPrivateNetworks, extraRoots });
}

/** Opens a proxy's password, which then never leaves the invocation. Null when the key that it was sealed with is gone. */
export async function openProxy(proxy: SealedProxy, box: SecretBox): Promise<ProxyEndpoint | null> {
  const { id, protocol, ip, port, username, passwordSealed } = proxy;
  if (passwordSealed === null) return { protocol, ip, port, username, password: null };
  try {
    const password = await box.open(passwordSealed, passwordContext(id));
    return { protocol, ip, port, username, password };
  } catch {
    return null;
  }
}
