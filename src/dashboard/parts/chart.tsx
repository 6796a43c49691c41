import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { AlignedData, Options, Series } from 'uplot';
import { useStore } from '../app/store.ts';
import { theme } from '../app/theme.ts';
import type { Line } from './chart.types.ts';

interface ChartProps {
  /** What it shows, for those who don't see it. */
  label: string;
  /** Seconds since 1970, ascending. */
  timesS: readonly number[];
  lines: readonly Line[];
  format?: (value: number) => string;
}

const HEIGHT_PX = 180;
const POINT_PX = 6;

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

type UPlot = typeof uPlot;

function seriesOf({ name, color, isStepped, isDotted }: Line, library: UPlot): Series {
  const stroke = colorOf(color);
  if (isDotted) return { label: name, stroke, width: 0, points: { show: true, size: POINT_PX, fill: stroke } };
  const paths = isStepped ? library.paths.stepped?.({ align: 1 }) : undefined;
  return { label: name, stroke, width: 2, points: { show: false }, ...(paths ? { paths } : {}) };
}

const [MINUTE_S, DAY_S] = [60, 86_400];
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Times of the day, with seconds where they matter, or days where the marks are further apart. */
function timeMarks(_chart: uPlot, splits: number[], _axis: number, _space: number, stepS: number): string[] {
  const format = stepS >= DAY_S ? day : stepS < MINUTE_S ? second : clock;
  return splits.map((timeS) => format.format(timeS * 1_000));
}

function optionsOf({ lines, format }: ChartProps, library: UPlot, width: number): Options {
  const axis = { stroke: colorOf('--muted'), grid: { stroke: colorOf('--line'), width: 1 }, ticks: { show: false } };
  const values = format ? { values: (_chart: uPlot, splits: number[]) => splits.map(format) } : {};
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: lines.length > 1 },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: { min: { pad: 0.1, soft: 0, mode: 1 }, max: { pad: 0.1, soft: 1, mode: 2 } } } },
    series: [{}, ...lines.map((line) => seriesOf(line, library))],
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
    const chart = new library(optionsOf(props, library, element.clientWidth), data, element);
    const watcher = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      chart.destroy();
    };
  }, [library, timesS, lines, colors]);
  return <div class="chart" role="img" aria-label={label} ref={place} />;
}
