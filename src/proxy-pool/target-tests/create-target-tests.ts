import { exports } from 'cloudflare:workers';
import { createTargetTestsService, type TargetTestsDependencies } from './target-tests.service.ts';

/** The target tests, each run in a sub-invocation of this Worker. */
export function createTargetTests(dependencies: Omit<TargetTestsDependencies, 'runTest'>) {
  return createTargetTestsService({ ...dependencies, runTest: (request) => exports.TargetTester.ask(request) });
}
