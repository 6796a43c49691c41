import { describe, expect, test } from 'vitest';
import {
  type DeploymentFacts,
  findDatabaseId,
  PLACEHOLDER_DATABASE_ID,
  planDeployment,
  stepArguments,
  withDatabaseId,
} from '../../dev/deploy/plan.ts';

const ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

const ready: DeploymentFacts = {
  isLoggedIn: true,
  databaseName: 'switchyard',
  databaseId: ID,
  judgeUrl: 'http://judge.example/judge',
  judgeTlsUrl: 'https://judge.example/judge',
  allowsPrivateNetworks: false,
  neededQueues: ['scrapes', 'checks'],
  existingQueues: ['scrapes', 'checks'],
  neededSecrets: ['ADMIN_API_KEY', 'ENCRYPTION_KEY'],
  existingSecrets: ['ADMIN_API_KEY', 'ENCRYPTION_KEY'],
};

const commands = (facts: DeploymentFacts) => planDeployment(facts).steps.map((step) => stepArguments(step).join(' '));

describe('the plan of a deployment', () => {
  test('where everything exists it only migrates and deploys', () => {
    expect(commands(ready)).toEqual(['d1 migrations apply DB --remote', 'deploy']);
    expect(planDeployment(ready)).toMatchObject({ blockers: [], warnings: [] });
  });

  test('what is missing is made first, and an existing secret is never replaced', () => {
    const facts = {
      ...ready,
      databaseId: PLACEHOLDER_DATABASE_ID,
      existingQueues: ['scrapes'],
      existingSecrets: ['ENCRYPTION_KEY'],
    };
    expect(commands(facts)).toEqual([
      'd1 create switchyard',
      'queues create checks',
      'd1 migrations apply DB --remote',
      'secret put ADMIN_API_KEY',
      'deploy',
    ]);
  });

  test('nobody logged in, or private networks allowed, stops it', () => {
    expect(planDeployment({ ...ready, isLoggedIn: false }).blockers).toEqual([
      expect.stringContaining('wrangler login'),
    ]);
    expect(planDeployment({ ...ready, allowsPrivateNetworks: true }).blockers).toHaveLength(1);
  });

  test('without a judge it warns', () => {
    expect(planDeployment({ ...ready, judgeTlsUrl: '' }).warnings).toEqual([
      expect.stringContaining('Set it to https://judge.example/judge'),
    ]);
    expect(planDeployment({ ...ready, judgeUrl: '' }).warnings).toEqual([expect.stringContaining('JUDGE_URL')]);
  });

  test("the new database's id takes the placeholder's place, once", () => {
    const toml = `a = 1\ndatabase_id = "${PLACEHOLDER_DATABASE_ID}"\n`;
    expect(findDatabaseId(`Created!\n"database_id": "${ID}"\n`)).toBe(ID);
    expect(findDatabaseId('nothing')).toBeNull();
    const changed = withDatabaseId(toml, ID);
    expect(changed).toBe(`a = 1\ndatabase_id = "${ID}"\n`);
    expect(() => withDatabaseId(changed, ID)).toThrow('no placeholder');
  });
});
