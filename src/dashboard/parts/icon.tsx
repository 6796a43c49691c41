/** Paths on a grid of 24, drawn in the colour of the text. */
const paths = {
  switch: 'M3 17h6l6-10h6M3 7h6l6 10h6',
  gauge: 'M4 18a9 9 0 1 1 16 0M12 14l4-5',
  list: 'M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01',
  key: 'M15 9a4 4 0 1 0-3.5 4L13 14.5h2v2h2v2h4v-3.5L14.5 10',
  download: 'M12 3v12m0 0 5-5m-5 5-5-5M4 20h16',
  branch: 'M6 4v16M6 14c6 0 12-1 12-7M18 7V4m0 3 3-2m-3 2-3-2',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  terminal: 'M4 5h16v14H4zM7 9l3 3-3 3M12 15h4',
  users:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20c0-4 2.5-6 6-6s6 2 6 6M16 4.5a3.5 3.5 0 0 1 0 6M17.5 14c2.3.7 3.5 2.7 3.5 6',
  cog: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v3m0 12v3M3 12h3m12 0h3M5.6 5.6l2.2 2.2m8.4 8.4 2.2 2.2M18.4 5.6l-2.2 2.2m-8.4 8.4-2.2 2.2',
  book: 'M5 4h6a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H5zM19 4h-4a2 2 0 0 0-2 2',
  refresh: 'M20 11a8 8 0 1 0-2 6m2 3v-5h-5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.5 1.5m11 11L19 19M5 19l1.5-1.5m11-11L19 5',
  moon: 'M20 14A8.5 8.5 0 1 1 10 4a7 7 0 0 0 10 10z',
  contrast: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 1 1 0 18',
  leave: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h10',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  close: 'M6 6l12 12M18 6 6 18',
  arrow: 'M9 6l6 6-6 6',
} as const;

export type IconName = keyof typeof paths;

/** A picture beside a text that says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
