import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderPrometheus } from '../../../src/routing/metrics/prometheus.model.ts';
import { targetMetrics } from '../../../src/routing/rotation/rotation-figures.model.ts';
import { createRotationState } from '../../../src/routing/rotation/rotation-state.model.ts';

/** A sample of the text format: name, labels with escaped values, a number. */
const SAMPLE = /^[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\} (?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

test('whatever a target is called, each line is a comment or a sample, and each family is told of once', () => {
  const metrics = targetMetrics(createRotationState());
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (target, isUp) => {
      const text = renderPrometheus([{ target: `${target}"\\\n`, metrics: isUp ? metrics : null }]);
      const lines = text.trimEnd().split('\n');
      for (const line of lines) expect(line).toMatch(line.startsWith('#') ? /^# (?:HELP|TYPE) [a-z_]+ .+$/ : SAMPLE);
      const types = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
      expect(new Set(types).size).toBe(types.length);
      expect(lines.some((line) => line.startsWith('proxy_hopper_requests_total'))).toBe(isUp);
    }),
  );
});
