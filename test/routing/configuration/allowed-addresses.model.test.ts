import { describe, expect, it } from 'vitest';
import type { AddressPolicy } from '../../../src/platform/net/public-url.ts';
import { createSecretBox } from '../../../src/platform/secrets.ts';
import { createPreparedChanges } from '../../../src/routing/configuration/prepared-changes.ts';
import { SSRF_URLS } from '../../support/ssrf-spellings.ts';

/** What `localhost` and its like, and names that lead inside, are to the resolver of these tests. */
async function resolve(name: string): Promise<string[]> {
  if (name === 'proxy.example.com') return ['8.8.8.8'];
  return name.startsWith('unknown.') ? [] : ['127.0.0.1'];
}

function changesBy(policy: AddressPolicy) {
  return createPreparedChanges({ policy, secretBox: createSecretBox(new Map()) });
}

const deployed = changesBy({ allowPrivateNetworks: false, resolve });

async function codeOf(changes: ReturnType<typeof changesBy>, address: string): Promise<string> {
  const input = { name: 'p', ipList: [address], mutable: true };
  const prepared = [
    changes.addProvider({ input }),
    changes.updateProvider({ input }),
    changes.addIpToProvider({ provider: 'p', address }),
  ];
  const codes = await Promise.all(
    prepared.map((one) => one.then(() => 'ok').catch((error: { code?: string }) => error.code ?? String(error))),
  );
  expect(new Set(codes).size).toBe(1);
  return codes[0] ?? '';
}

describe('addresses of providers', () => {
  it.each(SSRF_URLS)('%s is refused, wherever it is put in', async (url) => {
    const host = /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url;
    for (const address of [`${host.replace(/:\d*$/, '')}:3128`, `socks5://${host.replace(/:\d*$/, '')}:3128`, url]) {
      expect(['ADDRESS_NOT_ALLOWED', 'VALIDATION_ERROR']).toContain(await codeOf(deployed, address));
    }
  });

  it.each(['8.8.8.8:3128', 'socks5://8.8.8.8:1080', 'proxy.example.com:8080', 'https://proxy.example.com:443'])(
    '%s is taken',
    async (address) => {
      expect(await codeOf(deployed, address)).toBe('ok');
    },
  );

  it('may be a name that nobody knows yet: it is judged again when it is dialled', async () => {
    expect(await codeOf(deployed, 'unknown.example.com:8080')).toBe('ok');
    expect(await codeOf(deployed, 'inside.example.com:8080')).toBe('ADDRESS_NOT_ALLOWED');
  });

  it('may be private on a developer’s machine, where ports of mail and SSH are refused as well', async () => {
    const local = changesBy({ allowPrivateNetworks: true, resolve });
    expect(await codeOf(local, '127.0.0.1:3128')).toBe('ok');
    expect(await codeOf(local, 'localhost:3128')).toBe('ok');
    expect(await codeOf(local, '127.0.0.1:22')).toBe('VALIDATION_ERROR');
    expect(await codeOf(local, 'proxy.example.com:25')).toBe('VALIDATION_ERROR');
  });
});
