/** The few icons of the app: 16 px strokes in the colour of the text. */

const PATHS = {
  sun: "M8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0",
  moon: "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
  auto: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5h4.5M8 8h6M8 11h4.5",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  down: "M3 6l5 5 5-5",
  up: "M3 10l5-5 5 5",
  globe: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM2 8h12M8 2c3.4 3.4 3.4 8.6 0 12M8 2c-3.4 3.4-3.4 8.6 0 12",
  keyboard: "M1.5 4h13v8h-13zM4 6.5h.1M6.7 6.5h.1M9.3 6.5h.1M12 6.5h.1M4 9.5h.1M12 9.5h.1M6.2 9.5h3.6",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  stop: "M4 4h8v8H4z",
  play: "M5 3v10l8-5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  copy: "M5.5 5.5h7v7h-7zM10.5 5.5v-2h-7v7h2",
  terminal: "M2 3h12v10H2zM4.5 6l2.5 2-2.5 2M8.5 10.5h3",
  check: "M3 8.5l3.2 3.2L13 5",
  warning: "M8 2 1.8 13.2h12.4zM8 6.5v3.2M8 11.4v.2",
  download: "M8 2v8M4.5 6.8 8 10.3l3.5-3.5M3 13.5h10",
  star: "M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5z",
  logout: "M6 2.5H3v11h3M7 8h6.5M11 5.5 13.5 8 11 10.5",
  search: "M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0zM10.3 10.3l3.5 3.5",
  plus: "M8 3v10M3 8h10",
  edit: "M10.5 3.2l2.3 2.3-7 7-2.8.5.5-2.8z",
  more: "M8 3.2v.1M8 8v.1M8 12.8v.1",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: "none" }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
