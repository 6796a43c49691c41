import { createECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { agreeOnSecret, createExchangeKeys, type ExchangeKeys } from '../../../../src/platform/net/tls/key-exchange.ts';

const GROUPS = [
  { group: 23, name: 'prime256v1', secretBytes: 32 },
  { group: 24, name: 'secp384r1', secretBytes: 48 },
];

function keysOf(group: number): ExchangeKeys {
  const keys = createExchangeKeys(group);
  if (!keys) throw new Error(`no keys of group ${group}`);
  return keys;
}

describe.each(GROUPS)('key exchange with $name', ({ group, name, secretBytes }) => {
  it('leads both sides to one secret, always of the same length', () => {
    // One private key in 256 begins with a zero, which the runtime leaves out.
    for (let count = 0; count < 600; count += 1) {
      const [ours, theirs] = [keysOf(group), keysOf(group)];
      expect([ours.privateKey.byteLength, ours.publicKey.byteLength]).toEqual([secretBytes, 2 * secretBytes + 1]);
      const secret = agreeOnSecret(group, ours.privateKey, theirs.publicKey);
      expect(secret).toHaveLength(secretBytes);
      expect(agreeOnSecret(group, theirs.privateKey, ours.publicKey)).toEqual(secret);
    }
  });

  it('makes other keys each time, and the secret that others make of them', () => {
    const ours = keysOf(group);
    expect(keysOf(group).privateKey).not.toEqual(ours.privateKey);
    const other = createECDH(name);
    const publicKey = other.generateKeys();
    expect(agreeOnSecret(group, ours.privateKey, publicKey)).toEqual(other.computeSecret(ours.publicKey));
  });

  it('refuses what is no point of the curve', () => {
    const { privateKey, publicKey } = keysOf(group);
    const offCurve = Uint8Array.from(publicKey);
    offCurve[offCurve.length - 1] = (publicKey.at(-1) ?? 0) ^ 1;
    const other = group === 23 ? 24 : 23;
    for (const peerKey of [
      offCurve,
      new Uint8Array(publicKey.byteLength),
      Uint8Array.of(4, ...new Uint8Array(2 * secretBytes)),
      Uint8Array.of(4, ...new Uint8Array(2 * secretBytes).fill(255)),
      Uint8Array.of(0),
      new Uint8Array(),
      publicKey.subarray(1),
      keysOf(other).publicKey,
    ]) {
      expect(agreeOnSecret(group, privateKey, peerKey)).toBeNull();
    }
  });

  it('refuses a private key that is none', () => {
    const { publicKey } = keysOf(group);
    expect(agreeOnSecret(group, new Uint8Array(secretBytes), publicKey)).toBeNull();
    expect(agreeOnSecret(group, new Uint8Array(secretBytes).fill(255), publicKey)).toBeNull();
  });
});

it('there are no keys of a group that is not known', () => {
  expect(createExchangeKeys(25)).toBeNull();
  expect(agreeOnSecret(25, new Uint8Array(66), new Uint8Array(133))).toBeNull();
});
