/** One DER element (X.690): tag, length, contents. */
export function element(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  // The shortest form of a length is the only one (DER, §10.1).
  const length = [body.length & 0xff];
  for (let left = body.length >> 8; left > 0; left >>= 8) length.unshift(left & 0xff);
  const isShort = body.length < 0x80;
  return Buffer.concat([Buffer.of(tag, ...(isShort ? [] : [0x80 | length.length]), ...length), body]);
}

export const sequence = (...contents: Uint8Array[]): Buffer => element(0x30, ...contents);
export const set = (...contents: Uint8Array[]): Buffer => element(0x31, ...contents);
export const integer = (value: number): Buffer => element(0x02, Buffer.of(value));
export const octetString = (...contents: Uint8Array[]): Buffer => element(0x04, ...contents);
export const bitString = (contents: Uint8Array): Buffer => element(0x03, Buffer.of(0), contents);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.of(value ? 0xff : 0));
/** The element tagged for its place: `[n]` around it. */
export const explicit = (tag: number, ...contents: Uint8Array[]): Buffer => element(0xa0 + tag, ...contents);

/** A time of this century's first half, as certificates have it. */
export function utcTime(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}

/** An object identifier in dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return element(0x06, Buffer.from(bytes));
}

/** A GeneralName of a host: an IPv4 address, or a DNS name (RFC 5280 §4.2.1.6). */
export function hostName(host: string): Buffer {
  const octets = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? host.split('.').map(Number) : null;
  return octets ? element(0x87, Buffer.from(octets)) : element(0x82, Buffer.from(host));
}

export function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
