import { expect, it } from 'vitest';
import { createAlarmScheduler } from '../../../src/platform/durable/alarm-scheduler.ts';
import { pendingMigrations } from '../../../src/platform/durable/do-migrations.ts';

it('writes the alarm only when it must ring earlier than the one that stands', () => {
  const timers = createAlarmScheduler<'expire' | 'purge'>();
  expect(timers.alarmToWrite()).toBeNull();
  timers.set('expire', 500);
  expect(timers.alarmToWrite()).toBe(500);
  timers.alarmWritten(500);
  timers.set('purge', 900);
  expect(timers.alarmToWrite()).toBeNull();
  timers.set('expire', 400);
  expect(timers.alarmToWrite()).toBe(400);
});

it('gives what is due, earliest first, and arms for the rest once the alarm rang', () => {
  const timers = createAlarmScheduler<'a' | 'b' | 'c'>();
  timers.set('a', 30);
  timers.set('b', 10);
  timers.set('c', 50);
  timers.alarmWritten(10);
  timers.alarmWritten(null);
  expect(timers.takeDue(30)).toEqual(['b', 'a']);
  expect(timers.takeDue(30)).toEqual([]);
  expect(timers.alarmToWrite()).toBe(50);
});

it('keeps the earlier of two times for a timer that is set no later', () => {
  const timers = createAlarmScheduler<'a'>();
  timers.setNoLater('a', 20);
  timers.setNoLater('a', 30);
  expect(timers.nextDueAtMs()).toBe(20);
  timers.setNoLater('a', 10);
  expect(timers.nextDueAtMs()).toBe(10);
  timers.clear('a');
  expect(timers.nextDueAtMs()).toBeNull();
});

it('runs the schema steps that are missing and stops at a database of another history', () => {
  const steps = ['one', 'two', 'three'].map((id) => ({ id, statements: '' }));
  expect(pendingMigrations([], steps)).toEqual(steps);
  expect(pendingMigrations(['one', 'two'], steps).map((step) => step.id)).toEqual(['three']);
  expect(() => pendingMigrations(['one', 'zwei'], steps)).toThrow("'zwei'");
  expect(() => pendingMigrations(['one', 'two', 'three', 'four'], steps)).toThrow("'four'");
});
