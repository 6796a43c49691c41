/**
 * The ages, in minutes, at which lives are counted. A life begins with the round that makes a proxy active and ends with
 * the last round passed before it is dead; of every life that comes to an age it is counted once whether it came to the next.
 */
export const AGE_RUNGS_MINUTES = [15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 4_320, 10_080, 20_160, 43_200] as const;

const MINUTE_MS = 60_000;

/** What a round adds to the life table: a rung that was reached, or missed. */
export interface LifeStep {
  /** Place in AGE_RUNGS_MINUTES. */
  rung: number;
  ended: boolean;
}

export interface LifeRow {
  rung: number;
  /** Lives that came to the rung before and ended before this one. */
  ended: number;
  /** Lives that came to this rung. */
  survived: number;
}

interface Life {
  aliveSinceMs: number | null;
  /** When it was last known to live. */
  lastPassedAtMs: number | null;
}

function ageMs({ aliveSinceMs, lastPassedAtMs }: Life): number | null {
  return aliveSinceMs === null || lastPassedAtMs === null ? null : lastPassedAtMs - aliveSinceMs;
}

/** What a passed round adds for a life that was running before it. */
export function rungsReached(before: Life, nowMs: number): LifeStep[] {
  const beforeMs = ageMs(before);
  if (beforeMs === null || before.aliveSinceMs === null) return [];
  const afterMs = nowMs - before.aliveSinceMs;
  return AGE_RUNGS_MINUTES.flatMap((minutes, rung) =>
    minutes * MINUTE_MS > beforeMs && minutes * MINUTE_MS <= afterMs ? [{ rung, ended: false }] : [],
  );
}

/** What the end of a life adds: the first rung that it never came to; nothing for one that came to the last. */
export function rungMissed(before: Life): LifeStep[] {
  const beforeMs = ageMs(before);
  if (beforeMs === null) return [];
  const rung = AGE_RUNGS_MINUTES.findIndex((minutes) => minutes * MINUTE_MS > beforeMs);
  return rung === -1 ? [] : [{ rung, ended: true }];
}

interface Survival {
  /** Of all lives, those that last past the rung. */
  share: number;
  /** Nobody came to the rung yet, but some that came to the one before still may. */
  isOpen: boolean;
}

/**
 * The share that lives on past each rung: the actuarial estimate, in which a life that came to the rung before and is still
 * on its way counts for half of one at risk. It breaks off at the first rung of which nothing is known.
 */
function survivalCurve(rows: readonly LifeRow[]): Survival[] {
  const curve: Survival[] = [];
  let cameBefore: number | null = null;
  for (const rung of AGE_RUNGS_MINUTES.keys()) {
    const row = rows.find((candidate) => candidate.rung === rung);
    const told = row ? row.ended + row.survived : 0;
    if (!row || told === 0) break;
    const onTheirWay = Math.max(0, (cameBefore ?? told) - told);
    const share = (curve.at(-1)?.share ?? 1) * (1 - row.ended / (told + onTheirWay / 2));
    curve.push({ share, isOpen: row.survived === 0 && onTheirWay > 0 });
    cameBefore = row.survived;
  }
  return curve;
}

/** The share of lives that last at least this long, one of AGE_RUNGS_MINUTES; null while none could have. */
export function shareAliveAfter(rows: readonly LifeRow[], minutes: (typeof AGE_RUNGS_MINUTES)[number]): number | null {
  const survival = survivalCurve(rows)[AGE_RUNGS_MINUTES.indexOf(minutes)];
  return survival === undefined || survival.isOpen ? null : survival.share;
}

/** Minutes that half of the lives last, in a straight line between rungs; null while more than half outlast what was seen. */
export function medianLifeMinutes(rows: readonly LifeRow[]): number | null {
  let fromMinutes = 0;
  let before = 1;
  for (const [rung, { share }] of survivalCurve(rows).entries()) {
    const toMinutes = AGE_RUNGS_MINUTES[rung] ?? fromMinutes;
    if (share <= 0.5) return fromMinutes + ((before - 0.5) / (before - share)) * (toMinutes - fromMinutes);
    fromMinutes = toMinutes;
    before = share;
  }
  return null;
}
