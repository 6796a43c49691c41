import { expect } from 'vitest';
import type { Role } from '../../src/accounts/actor.ts';
import { adminKey, call } from './harness.ts';

let serial = 0;

/** An e-mail address that no other test has. */
export function uniqueEmail(): string {
  serial += 1;
  return `user-${serial}-${crypto.randomUUID()}@example.com`;
}

export interface TestAccount {
  id: string;
  key: string;
  keyId: string;
}

interface Registered {
  user: { id: string };
  api_key: { id: string; key: string };
}

/** Registers an account of its own for a test; SIGNUP_CREDITS is 100 there. */
export async function createAccount(role: Role = 'viewer'): Promise<TestAccount> {
  const reply = await call<Registered>('POST', '/auth/register', {
    json: { email: uniqueEmail(), display_name: 'Test account' },
  });
  expect(reply.status).toBe(201);
  const { user, api_key: apiKey } = reply.body;
  if (role !== 'viewer') {
    const promoted = await call('PATCH', `/admin/accounts/${user.id}`, { key: adminKey, json: { role } });
    expect(promoted.status).toBe(200);
  }
  return { id: user.id, key: apiKey.key, keyId: apiKey.id };
}
