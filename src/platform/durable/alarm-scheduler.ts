/** Named timers over an object's single alarm. Pure: the shell sets the alarm and calls back when it rings. */
export interface AlarmScheduler<Name extends string> {
  /** Sets a timer, replacing one of the same name. */
  set(name: Name, dueAtMs: number): void;
  /** Sets a timer unless one of the same name is due earlier. */
  setNoLater(name: Name, dueAtMs: number): void;
  clear(name: Name): void;
  /** Takes out the names that are due, earliest first. */
  takeDue(nowMs: number): Name[];
  /** When the earliest timer is due; null without timers. */
  nextDueAtMs(): number | null;
  /** The time to write as the alarm, or null when the one written rings early enough: each write costs a row. */
  alarmToWrite(): number | null;
  /** Tells what the storage holds: what `getAlarm` said at start, what was written, null once it rang. */
  alarmWritten(atMs: number | null): void;
}

export function createAlarmScheduler<Name extends string>(): AlarmScheduler<Name> {
  const timers = new Map<Name, number>();
  let writtenAtMs: number | null = null;

  const nextDueAtMs = (): number | null => (timers.size === 0 ? null : Math.min(...timers.values()));

  return {
    set: (name, dueAtMs) => void timers.set(name, dueAtMs),
    setNoLater: (name, dueAtMs) => {
      const current = timers.get(name);
      if (current === undefined || dueAtMs < current) timers.set(name, dueAtMs);
    },
    clear: (name) => void timers.delete(name),
    takeDue: (nowMs) => {
      const due = [...timers].filter(([, dueAtMs]) => dueAtMs <= nowMs).sort(([, left], [, right]) => left - right);
      for (const [name] of due) timers.delete(name);
      return due.map(([name]) => name);
    },
    nextDueAtMs,
    alarmToWrite: () => {
      const next = nextDueAtMs();
      return next !== null && (writtenAtMs === null || next < writtenAtMs) ? next : null;
    },
    alarmWritten: (atMs) => {
      writtenAtMs = atMs;
    },
  };
}
