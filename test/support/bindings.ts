/** Variables and secrets of the Worker under test; the secrets are made up for tests alone. */
export const testBindings = {
  ADMIN_API_KEY: 'pp_TestsOnlyAdminKey0xxxxxxxxxxxxxxxxxxxxxxxx0W5InD',
  ALLOW_PRIVATE_NETWORKS: 'true',
  ENCRYPTION_KEY: 'k1:dGVzdC1lbmNyeXB0aW9uLWtleS1vZi0zMi1ieXRlcyE=',
  // Without a judge the queue's checks don't run: no test dials what another one put into the inventory.
  JUDGE_URL: '',
  JUDGE_SECRET: 'judge-secret-for-tests-only-0123456789abcdef',
  REGISTRATION: 'open',
  SIGNUP_CREDITS: '100',
  RATE_LIMITS: 'off',
};
