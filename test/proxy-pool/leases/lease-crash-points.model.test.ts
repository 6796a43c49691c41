import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awaitsOf, crashPoints, instrument, loadInstrumented, shellAwaits } from './simulation/crash-points.ts';
import { type Outcome, type PlannedCrash, playScenario } from './simulation/crash-scenario.ts';
import type { Heart } from './simulation/heart.ts';

let heart: Heart;
let directory: string;
let undisturbed: Outcome;

beforeAll(async () => {
  ({ changed: heart, directory } = await loadInstrumented());
  undisturbed = await playScenario(heart, null);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Every time that the undisturbed scenario comes to a point, and each way to die there. */
function plannedCrashes(point: string, callsLedger: boolean): PlannedCrash[] {
  const occurrences = undisturbed.reached.filter((name) => name === point).length;
  const moments: PlannedCrash['moment'][] = callsLedger ? ['before', 'crash_before', 'crash_after'] : ['before'];
  return Array.from({ length: occurrences }, (_, index) => index + 1).flatMap((occurrence) =>
    moments.map((moment) => ({ point, occurrence, moment })),
  );
}

test('an await that has no name among the crash points is refused, and so is a name without its await', () => {
  const source = 'export async function f() {\n  return await g();\n}\n';
  expect(() => instrument('new.flow.ts', source)).toThrow("no crash point is named for 'await g();'");
  expect(() => instrument('lease-turns.ts', '')).toThrow('is no longer in the source');
});

test('the object around the flows awaits nothing but them', () => {
  const file = join(import.meta.dirname, '../../../src/proxy-pool/leases/lease-book.do.ts');
  expect(awaitsOf(readFileSync(file, 'utf8'))).toEqual(shellAwaits);
});

test('the scenario comes to every crash point', () => {
  const names = crashPoints.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(undisturbed.reached)).toEqual(new Set(names));
  expect(undisturbed).toMatchObject({ crashed: false, granted: 14, charged: 14, refundsTold: 2, refunded: 2 });
});

test.each(crashPoints)('a crash recovers: $name', async ({ name, callsLedger }) => {
  const planned = plannedCrashes(name, callsLedger ?? false);
  expect(planned.length).toBeGreaterThan(0);
  for (const crash of planned) {
    const outcome = await playScenario(heart, crash);
    // Every request was asked until it had an answer: each that was granted was charged once, and no other.
    const { crashed, granted, charged, refunded, refundsTold } = outcome;
    expect({ crash, crashed, charged }).toEqual({ crash, crashed: true, charged: granted });
    expect({ crash, refunded, refundsTold }).toEqual({ crash, refunded: 2, refundsTold: 2 });
    // Only a renewal that comes after its lease was released may be refused because of a crash.
    expect(granted).toBeGreaterThanOrEqual(undisturbed.granted - 1);
  }
});
