export const roles = ['admin', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** What a route asks for. Reading includes leasing and testing: everything of one's own. */
export type Scope = 'read' | 'write' | 'admin';

const scopesOfRole: Record<Role, readonly Scope[]> = {
  admin: ['read', 'write', 'admin'],
  operator: ['read', 'write'],
  viewer: ['read'],
};

/** Who acts: an account by one of its keys, the built-in admin by the secret, or the Worker itself in a job. */
export type Actor =
  | { kind: 'account'; accountId: string; role: Role; apiKeyId: string }
  | { kind: 'builtin_admin'; accountId: string; role: 'admin' }
  | { kind: 'system'; process: string };

/** An actor that came with a key. */
export type Caller = Exclude<Actor, { kind: 'system' }>;

export function scopesOf(role: Role): readonly Scope[] {
  return scopesOfRole[role];
}

export function allows(actor: Actor, scope: Scope): boolean {
  return actor.kind === 'system' || scopesOfRole[actor.role].includes(scope);
}

/** The id under which a caller's key is known to its credit ledger; the built-in admin's has none. */
export function apiKeyIdOf(actor: Caller): string | null {
  return actor.kind === 'account' ? actor.apiKeyId : null;
}
