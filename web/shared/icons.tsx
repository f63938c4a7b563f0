import type { JSX } from 'preact'

/** Line drawings on a 20 × 20 grid, in the colour of the text beside them. `turns`: points along the line, so it turns in RTL. */
const paths = {
  now: 'M3 10h3l2-5 4 10 2-5h3',
  store: 'M3 8l1.5-4h11L17 8M4 8v8h12V8M3 8h14M8 16v-4h4v4',
  members: 'M7.5 9a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM3 16c0-3 2-4.5 4.5-4.5S12 13 12 16M13 9a2 2 0 100-4M14 11.5c2 .3 3 1.8 3 4.5',
  programme: 'M5 3h7l3 3v11H5zM12 3v3h3M7.5 10h5M7.5 13h5',
  offers: 'M10.5 3H16v5.5L9 16l-5.500-5.500zM13 6h.01',
  reports: 'M4 16V9M8 16V4M12 16v-5M16 16V7',
  clearing: 'M4 7h11l-3-3M16 13H5l3 3',
  quarantine: 'M10 3l7 13H3zM10 8v4M10 14h.01',
  exposure: 'M10 3l6 2v5c0 3.500-2.500 5.800-6 7-3.500-1.200-6-3.500-6-7V5zM10 7v3M10 12.500h.01',
  cards: 'M3 5h14v10H3zM3 8.500h14M6 12h3',
  audit: 'M9 4a5 5 0 100 10A5 5 0 009 4zM13 13l4 4M7 9l1.500 1.500L11 8',
  users: 'M10 9a3 3 0 100-6 3 3 0 000 6zM4 17c0-4 2.500-6 6-6s6 2 6 6',
  search: 'M9 4a5 5 0 100 10A5 5 0 009 4zM13 13l4 4',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 6h14M3 10h14M3 14h14',
  check: 'M4 10.500l4 4 8-9',
  plus: 'M10 4v12M4 10h12',
  download: 'M10 3v9M6.500 9l3.500 3.500L13.500 9M4 16h12',
  calendar: 'M4 5h12v11H4zM4 8.500h12M7 3v3M13 3v3',
  refresh: 'M15.500 7A6 6 0 104 10M16 3v4h-4',
  leave: 'M8 4H4v12h4M8 10h9M14 7l3 3-3 3',
  moon: 'M15.500 12A6.500 6.500 0 018 4.500 6 6 0 1015.500 12z',
  language: 'M3 5h8M7 3v2M9.500 5c-.500 3-2.500 5-5.500 6.500M5 8c1 2 3 3.500 5 4M10.500 17l3-7 3 7M11.500 15h4',
  print: 'M6 8V3h8v5M4 8h12v6h-2M6 12h8v5H6zM4 8v6h2',
  map: 'M3 5l4-2 6 2 4-2v12l-4 2-6-2-4 2zM7 3v12M13 5v12',
  list: 'M7 5h10M7 10h10M7 15h10M3.500 5h.01M3.500 10h.01M3.500 15h.01',
  next: 'M8 5l5 5-5 5',
  back: 'M12 5l-5 5 5 5',
  down: 'M5 8l5 5 5-5',
  erase: 'M7 5h10v10H7l-4-5zM9.500 8l4 4M13.500 8l-4 4',
  phone: 'M6 2.500h8v15H6zM9 15h2',
  gift: 'M3 8h14v3H3zM4.500 11h11v6h-11zM10 8v9M10 8C8 8 6 7 6 5.500S9 4 10 8c1-4 4-4 4-2.500S12 8 10 8z',
  tap: 'M4 4h8v12H4zM14.500 7a4.500 4.500 0 010 6M16.500 5a7.500 7.500 0 010 10',
  wrench: 'M12.500 3a4 4 0 00-3.500 6L3.500 14.500 5.500 16.500 11 11a4 4 0 005-5l-2.500 2-2-.5-.5-2z',
  star: 'M10 3l2.200 4.600 5 .700-3.600 3.500.900 5L10 14.400 5.500 16.800l.900-5L2.800 8.300l5-.700z',
} as const
export type IconName = keyof typeof paths

const along: ReadonlySet<IconName> = new Set(['next', 'back', 'leave', 'clearing'])

export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class={along.has(name) ? 'icon icon-along' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
