import { ByteReader } from '../byte-reader.ts';
import type { TlsUpgrade } from '../dialer.types.ts';
import { openTls } from './open-tls.ts';
import type { TlsConfig } from './rustls.types.ts';

/** TLS for the dialer by rustls. `configOf` gives what is trusted and offered; it is asked at each upgrade. */
export function rustlsUpgrade(configOf: () => TlsConfig): TlsUpgrade {
  return async (channel, { serverName, deadline: handshakeDeadline }) => {
    const connection = await openTls(channel, { serverName, config: configOf(), deadline: handshakeDeadline });
    const { version, alpn, peerCertificates } = connection;
    return {
      tls: { version, alpn, peerCertificates },
      reader: new ByteReader(connection),
      write(bytes, deadline) {
        const writing = connection.write(bytes);
        return deadline ? deadline.guard(writing) : writing;
      },
      close: () => connection.cancel(),
    };
  };
}
