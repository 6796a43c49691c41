import { channelOver } from '../connection.ts';
import type { TlsUpgrade } from '../dialer.types.ts';
import { openTls } from './open-tls.ts';
import type { TlsConfig } from './rustls.types.ts';

/** TLS for the dialer by rustls. `configOf` gives what is trusted and offered; it is asked at each upgrade. */
export function rustlsUpgrade(configOf: () => TlsConfig): TlsUpgrade {
  return async (channel, { serverName, deadline }) => {
    const { readable, writable, version, alpn, peerCertificates } = await openTls(channel, {
      serverName,
      config: configOf(),
      deadline,
    });
    const secure = channelOver({ readable, writable }, () => channel.close());
    return { ...secure, tls: { version, alpn, peerCertificates } };
  };
}
