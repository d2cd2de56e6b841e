/** Small drawings, as strokes of one width. They say nothing to a screen reader: what they stand beside does. */

const PATHS = {
  live: "M2 10h4l2-6 4 12 2-6h4",
  explore: "M3 3v14h14M6 13l3-4 3 2 4-6",
  runs: "M4 5h12M4 10h12M4 15h8",
  compare: "M3 15c3 0 3-10 7-10s4 6 7 6M3 11c3 0 4 4 7 4s4-9 7-9",
  sensors:
    "M10 10m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6 6a6 6 0 0 0 0 8M14 6a6 6 0 0 1 0 8M3.5 3.5a9.5 9.5 0 0 0 0 13M16.5 3.5a9.5 9.5 0 0 1 0 13",
  gateways: "M3 12h14v5H3zM6 14.5h.01M10 12V8M7 5.5a4.5 4.5 0 0 1 6 0M5 3a8 8 0 0 1 10 0",
  calibrations: "M3 17 17 3M3 17h14M3 17V3M7 17v-2M11 17v-2M3 13h2M3 9h2",
  backfills: "M4 10a6 6 0 1 0 2-4.5M4 3v4h4M10 7v3l2 2",
  imports: "M10 3v9M6 8.500l4 4 4-4M3 14v3h14v-3",
  project: "M3 6h5l2 2h7v8H3z",
  alarms: "M10 3a5 5 0 0 0-5 5v4l-2 2h14l-2-2V8a5 5 0 0 0-5-5M8.500 17h3",
  search: "M9 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12M13.500 13.500 17 17",
  menu: "M3 5h14M3 10h14M3 15h14",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  close: "M5 5l10 10M15 5 5 15",
  down: "M6 8l4 4 4-4",
  back: "M8 5 4 9l4 4M4 9h8a4 4 0 0 1 0 8h-2",
  forward: "M12 5l4 4-4 4M16 9H8a4 4 0 0 0 0 8h2",
  left: "M12 5l-5 5 5 5",
  sideways: "M6 6l-4 4 4 4M14 6l4 4-4 4M2 10h16",
  right: "M8 5l5 5-5 5",
  sun: "M10 7a3 3 0 1 0 0 6a3 3 0 1 0 0-6M10 2v2M10 16v2M2 10h2M16 10h2M4.500 4.500l1.400 1.400M14 14l1.500 1.500M15.500 4.500 14 6M6 14l-1.500 1.500",
  moon: "M16 12.500A7 7 0 0 1 7.500 4a6.500 6.500 0 1 0 8.500 8.500z",
  clock: "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M10 6v4l3 2",
  person: "M10 4a3 3 0 1 0 0 6a3 3 0 1 0 0-6M4 17c0-3.500 3-5 6-5s6 1.500 6 5",
  pause: "M7 5v10M13 5v10",
  play: "M7 5l8 5-8 5z",
  stop: "M6 6h8v8H6z",
  record: "M10 6a4 4 0 1 0 0 8a4 4 0 1 0 0-8",
  plus: "M10 4v12M4 10h12",
  link: "M8 12l4-4M7 9l-2 2a3 3 0 0 0 4 4l2-2M13 11l2-2a3 3 0 0 0-4-4L9 7",
  download: "M10 3v9M6 9l4 4 4-4M4 17h12",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  help: "M7.500 7.500A2.500 2.500 0 1 1 10 10v2M10 15h.01",
  edit: "M4 16l1-4 8-8 3 3-8 8z",
  check: "M4 10l4 4 8-8",
  refresh: "M16 10a6 6 0 1 1-2-4.500M16 3v4h-4",
  home: "M3 10l7-6 7 6M5 9v7h10V9",
  zoomIn: "M9 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12M13.500 13.500 17 17M9 6v6M6 9h6",
  zoomOut: "M9 3a6 6 0 1 0 0 12a6 6 0 1 0 0-12M13.500 13.500 17 17M6 9h6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
