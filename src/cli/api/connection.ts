import { CliError } from '../cli-error.ts';

/** Where `npm start` listens. */
export const DEFAULT_URL = 'http://127.0.0.1:8787';

export interface Connection {
  /** Without a slash at its end. */
  baseUrl: string;
  /** Null: no key, which only the health of the service may be asked with. */
  key: string | null;
  /** The key goes over the network as it is. */
  isKeyExposed: boolean;
}

/** What may stand in a header; anything else would come back in an error of the client that sends it. */
const KEY_FORM = /^[\x21-\x7e]{1,200}$/;

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Which server, with which key. Throws CliError, which never repeats the key or a password in the URL. */
export function readConnection(options: { url: string; key?: string | undefined }): Connection {
  const url = URL.canParse(options.url) ? new URL(options.url) : null;
  const isUsable =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === '' &&
    !options.url.includes('@');
  if (!isUsable) {
    throw new CliError('USAGE', 'BAD_URL', '--url wants an http or https URL without user name, query and fragment.');
  }
  const key = options.key?.trim() || null;
  if (key !== null && !KEY_FORM.test(key)) {
    throw new CliError('USAGE', 'BAD_KEY', 'The key has characters that no key has.', 'Set SWITCHYARD_KEY anew.');
  }
  const isKeyExposed = key !== null && url.protocol === 'http:' && !isLoopback(url.hostname);
  return { baseUrl: url.href.replace(/\/+$/, ''), key, isKeyExposed };
}
