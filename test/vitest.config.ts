import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { testBindings } from './support/bindings.ts';

const root = join(import.meta.dirname, '..');

/** Files that touch no binding run in plain Node, which starts at once; all others run inside workerd. */
const NODE_TESTS = ['test/**/*.model.test.ts', 'test/**/*.node.test.ts'];

/** Bindings are JSON; interfaces don't say so to the compiler. */
function toJson(values: object): Record<string, never> {
  return JSON.parse(JSON.stringify(values));
}

export default defineConfig({
  root,
  test: {
    // Two cores: more workers only make each other time out.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.reporter.ts'],
    projects: [
      {
        root,
        test: { name: 'node', include: NODE_TESTS, testTimeout: 60_000 },
      },
      {
        root,
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: toJson({
                ...testBindings,
                TEST_MIGRATIONS: await readD1Migrations(`${root}/migrations`),
                TEST_PEERS: inject('peers'),
                TEST_FULL_RUNS: process.env.FULL_RUNS ?? '',
              }),
            },
          })),
        ],
        test: {
          name: 'workers',
          include: ['test/**/*.test.ts'],
          exclude: [...NODE_TESTS, 'test/smoke/**'],
          globalSetup: ['./test/support/peers.global.ts'],
          setupFiles: ['./test/support/apply-migrations.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
