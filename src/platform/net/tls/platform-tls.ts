import { systemClock } from '../../clock.ts';
import type { TlsUpgrade } from '../dialer.types.ts';
import roots from './mozilla-roots.bin';
import { instantiateRustls } from './rustls.ts';
import type { Rustls, TlsConfig } from './rustls.types.ts';
import module from './rustls.wasm';
import { rustlsUpgrade } from './tls-upgrade.ts';
import { withCertificates } from './trust-anchors.ts';

/** What the dialer speaks inside TLS. A server that wants another protocol says so at once. */
const ALPN = ['http/1.1'];

/** An isolate trusts what its one configuration says; more than a few sets of roots are a defect of the caller. */
export const MAX_TLS_CONFIGS = 4;

interface Platform {
  rustls: Rustls;
  /** By the extra certificates that they trust. */
  configs: Map<string, TlsConfig>;
}

let platform: Platform | null = null;

/** The isolate's one rustls, started when first needed, and anew after a trap. */
function currentPlatform(): Platform {
  if (!platform || platform.rustls.isBroken()) {
    platform = { rustls: instantiateRustls(module, systemClock), configs: new Map() };
  }
  return platform;
}

function keyOf(certificates: readonly Uint8Array[]): string {
  return certificates.map((certificate) => certificate.toString()).join(';');
}

function configFor(key: string, certificates: readonly Uint8Array[]): TlsConfig {
  const { rustls, configs } = currentPlatform();
  const known = configs.get(key);
  if (known) return known;
  const [oldest] = configs;
  if (oldest && configs.size >= MAX_TLS_CONFIGS) {
    configs.delete(oldest[0]);
    oldest[1].free();
  }
  const config = rustls.createConfig(withCertificates(new Uint8Array(roots), certificates), ALPN);
  configs.set(key, config);
  return config;
}

/** TLS that trusts the roots of Mozilla's bundle, and these certificates (DER) as roots besides. */
export function platformTls(extraRoots: readonly Uint8Array[] = []): TlsUpgrade {
  const key = keyOf(extraRoots);
  return rustlsUpgrade(() => configFor(key, extraRoots));
}
