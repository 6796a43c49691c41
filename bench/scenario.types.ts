export interface BenchScale {
  /** Rounds that count, each with floor and product. */
  rounds: number;
  /** 1, or less for a quick run whose figures say nothing. */
  size: number;
}

/** One line of the table. */
export interface BenchRow {
  what: string;
  value: number;
  unit: '%' | '×' | 'rows' | 'MiB' | 'proxies' | '/s' | 'ms';
  /** None for what is shown for orientation only. */
  target: { atLeast: number } | { atMost: number } | null;
  /** What else was seen: the absolute figures behind a ratio. */
  detail: string;
}

export interface Scenario {
  name: string;
  /** For --help. */
  describe: string;
  run(scale: BenchScale, progress: (line: string) => void): Promise<BenchRow[]>;
}

export function isMet({ value, target }: BenchRow): boolean | null {
  if (target === null) return null;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
