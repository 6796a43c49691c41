import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../dev/project.ts';
import { queues } from '../src/queues.ts';
import { schedules } from '../src/schedules.ts';

const configuration = readFileSync(join(projectRoot, 'wrangler.toml'), 'utf8');

it('every cron expression of the configuration has jobs, and no other has', () => {
  const [, list = ''] = /^crons = \[(.*)\]$/m.exec(configuration) ?? [];
  const expressions = [...list.matchAll(/"([^"]+)"/g)].map(([, expression = '']) => expression);
  expect(new Set(Object.keys(schedules))).toEqual(new Set(expressions));
  const names = Object.values(schedules).flatMap((jobs) => jobs.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});

it('every queue that is sent to is consumed, and messages that fail go to one that is consumed too', () => {
  const named = (pattern: RegExp) => new Set([...configuration.matchAll(pattern)].map(([, name = '']) => name));
  const consumed = named(/\[\[queues\.consumers\]\]\nqueue = "([^"]+)"/g);
  const produced = named(/\[\[queues\.producers\]\]\nbinding = "[^"]+"\nqueue = "([^"]+)"/g);
  const deadLetters = named(/dead_letter_queue = "([^"]+)"/g);
  expect(new Set(Object.keys(queues))).toEqual(consumed);
  expect(new Set([...produced, ...deadLetters])).toEqual(consumed);
});
