import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { AlignedData, Options, Series } from 'uplot';
import { useStore } from '../app/store.ts';
import { isSystemDark, theme } from '../app/theme.ts';
import type { Line } from './chart.types.ts';

interface ChartProps {
  /** What it shows, for those who don't see it. */
  label: string;
  /** Seconds since 1970, ascending. */
  timesS: readonly number[];
  lines: readonly Line[];
  format?: (value: number) => string;
  /** The axis of the times is no shorter: a moment that stands alone has its place in the middle. */
  leastSpanS?: number;
}

const HEIGHT_PX = 180;
const POINT_PX = 6;

/** A colour of tokens.css as a canvas takes it: which of its two it is, is known of an element that has it. */
function colorOf(name: string, place: HTMLElement): string {
  place.style.color = `var(${name})`;
  const { color } = getComputedStyle(place);
  place.style.color = '';
  return color;
}

type UPlot = typeof uPlot;

function seriesOf(
  { name, color, isStepped, isDotted, spansGaps = false }: Line,
  library: UPlot,
  place: HTMLElement,
): Series {
  const stroke = colorOf(color, place);
  if (isDotted) return { label: name, stroke, width: 0, points: { show: true, size: POINT_PX, fill: stroke } };
  const paths = isStepped ? library.paths.stepped?.({ align: 1 }) : undefined;
  // A value that stands alone would not be seen without a point.
  const points = isStepped ? { show: false } : { size: POINT_PX };
  return { label: name, stroke, width: 2, spanGaps: spansGaps, points, ...(paths ? { paths } : {}) };
}

const [MINUTE_S, DAY_S] = [60, 86_400];
const LEAST_SPAN_S = 10 * MINUTE_S;

/** Of the times themselves: the library gives a moment that stands alone an axis of years. */
function timeRange(timesS: readonly number[], leastSpanS: number): [number, number] {
  const [from, to] = [timesS[0] ?? 0, timesS.at(-1) ?? 0];
  const missingS = Math.max(0, leastSpanS - (to - from));
  return [from - missingS / 2, to + missingS / 2];
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Times of the day, with seconds where they matter, or days where the marks are further apart. */
function timeMarks(_chart: uPlot, splits: number[], _axis: number, _space: number, stepS: number): string[] {
  const format = stepS >= DAY_S ? day : stepS < MINUTE_S ? second : clock;
  return splits.map((timeS) => format.format(timeS * 1_000));
}

function optionsOf(props: ChartProps, library: UPlot, place: HTMLElement): Options {
  const { timesS, lines, format, leastSpanS = LEAST_SPAN_S } = props;
  const grid = { stroke: colorOf('--line', place), width: 1 };
  const axis = { stroke: colorOf('--muted', place), grid, ticks: { show: false } };
  const values = format ? { values: (_chart: uPlot, splits: number[]) => splits.map(format) } : {};
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    legend: { show: lines.length > 1 },
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { range: timeRange(timesS, leastSpanS) },
      y: { range: { min: { pad: 0.1, soft: 0, mode: 1 }, max: { pad: 0.1, soft: 1, mode: 2 } } },
    },
    series: [{}, ...lines.map((line) => seriesOf(line, library, place))],
    axes: [
      { ...axis, values: timeMarks },
      { ...axis, ...values },
    ],
  };
}

/** A chart over time. Its library is loaded when the first one is drawn. */
export function Chart(props: ChartProps) {
  const { label, timesS, lines } = props;
  const place = useRef<HTMLDivElement>(null);
  const [library, setLibrary] = useState<UPlot | null>(null);
  const colors = useStore(theme);
  const isDark = useStore(isSystemDark);
  useEffect(() => {
    let isWanted = true;
    void import('./uplot.ts').then((loaded) => isWanted && setLibrary(() => loaded.uPlot));
    return () => {
      isWanted = false;
    };
  }, []);
  useEffect(() => {
    const element = place.current;
    if (!library || !element) return;
    const data: AlignedData = [[...timesS], ...lines.map(({ values }) => [...values])];
    const chart = new library(optionsOf(props, library, element), data, element);
    const watcher = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      chart.destroy();
    };
  }, [library, timesS, lines, props.leastSpanS, colors, isDark]);
  return <div class="chart" role="img" aria-label={label} ref={place} />;
}
