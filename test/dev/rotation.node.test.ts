import { describe, expect, test } from 'vitest';
import { planRotation, withValue } from '../../dev/rotation.ts';
import { parseKeyRing } from '../../src/platform/secrets.ts';

describe('a rotation of the encryption key', () => {
  test('puts each new key into the secret whose key nothing needs any more', () => {
    const first = planRotation({ sealingKey: 'k1', keys: ['k1'], secretsUnderOtherKeys: 0 }, 1_764_000_000);
    expect([first.keyId, first.slot]).toEqual(['k2', 'ENCRYPTION_KEY_2']);
    expect(parseKeyRing(first.value)?.get('k2')).toMatchObject({ sealsFromMs: 1_764_000_000_000 });
    const second = planRotation({ sealingKey: 'k2', keys: ['k1', 'k2'], secretsUnderOtherKeys: 0 }, 0);
    expect([second.keyId, second.slot]).toEqual(['k3', 'ENCRYPTION_KEY']);
    expect(second.value).not.toBe(planRotation({ sealingKey: 'k2', keys: ['k2'], secretsUnderOtherKeys: 0 }, 0).value);
  });

  test.each([
    [{ sealingKey: 'k2', keys: ['k1', 'k2'], secretsUnderOtherKeys: 3 }, /3 secrets are not encrypted with k2 yet/],
    [{ sealingKey: 'k1', keys: ['k1', 'k2'], secretsUnderOtherKeys: 0 }, /k2 does not seal yet/],
    [{ sealingKey: 'mine', keys: ['mine'], secretsUnderOtherKeys: 0 }, /'mine' was not made by this program/],
  ])('is refused for %j', (state, problem) => {
    expect(() => planRotation(state, 0)).toThrow(problem);
  });

  test('changes its own line of the file, and no other', () => {
    const text = '# mine\nENCRYPTION_KEY=k1:a\nENCRYPTION_KEY_2=k2:b\nOTHER="x"\n';
    expect(withValue(text, 'ENCRYPTION_KEY', 'k3:c')).toBe(
      '# mine\nENCRYPTION_KEY_2=k2:b\nOTHER="x"\nENCRYPTION_KEY=k3:c\n',
    );
    expect(withValue('A=1', 'B', '2')).toBe('A=1\nB=2\n');
  });
});
