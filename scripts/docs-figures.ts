// `npm run docs:figures` draws docs/figures/club.svg from docs/figures/club.json, which is what `npm run bench -- club
// --engine both --json` printed.
import { readFileSync, writeFileSync } from 'node:fs'
import type { ClubBench } from '#cli/bench/club/club.ts'

interface Line {
  name: string
  colour: string
  dashed?: boolean
  points: readonly { x: number; y: number }[]
}

interface Panel {
  title: string
  /** Powers of ten. */
  from: number
  to: number
  labelOf: (y: number) => string
  lines: readonly Line[]
}

const size = { width: 440, height: 300, left: 62, right: 128, top: 40, bottom: 44 }
const powers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n))
const thousands = (value: number) => (value >= 1_000_000 ? `${value / 1e6} M` : value >= 1_000 ? `${value / 1e3} k` : `${value}`)

/** Both axes by powers of ten; a line's name stands at its end, moved where it would lie on another. */
function panelAt(left: number, { title, from, to, labelOf, lines }: Panel): string {
  const { width, height, top, bottom } = size
  const inner = { x: left + size.left, width: width - size.left - size.right, height: height - top - bottom }
  const sizes = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b)
  const [least = 1, most = 10] = [sizes[0], sizes.at(-1)]
  const x = (value: number) => inner.x + (inner.width * Math.log10(value / least)) / Math.max(1, Math.log10(most / least))
  const y = (value: number) => top + inner.height * (1 - (Math.log10(value) - from) / (to - from))
  const grid = powers(from, to).map(
    (value) =>
      `<path d="M${inner.x} ${y(value)}h${inner.width}" class="grid"/><text x="${inner.x - 8}" y="${y(value) + 4}" class="end">${labelOf(value)}</text>`,
  )
  const marks = sizes.map(
    (value) => `<text x="${x(value)}" y="${height - bottom + 20}" class="middle">${thousands(value)}</text>`,
  )
  const names = lines
    .map(({ name, colour, points }) => ({ name, colour, at: y(points.at(-1)?.y ?? 1) }))
    .sort((a, b) => a.at - b.at)
  for (const [index, one] of names.entries()) {
    const above = names[index - 1]
    if (above && one.at < above.at + 14) one.at = above.at + 14
  }
  return [
    `<text x="${left + 8}" y="20" class="title">${title}</text>`,
    ...grid,
    ...marks,
    `<text x="${inner.x + inner.width / 2}" y="${height - 6}" class="middle">members</text>`,
    ...lines.map(({ colour, dashed, points }) => {
      const path = points.map((one) => `${x(one.x).toFixed(1)} ${y(one.y).toFixed(1)}`).join('L')
      const dots = points.map((one) => `<circle cx="${x(one.x).toFixed(1)}" cy="${y(one.y).toFixed(1)}" r="3" fill="${colour}"/>`)
      return `<path d="M${path}" class="line" stroke="${colour}"${dashed ? ' stroke-dasharray="5 4"' : ''}/>${dots.join('')}`
    }),
    ...names.map(
      ({ name, colour, at }) =>
        `<text x="${inner.x + inner.width + 10}" y="${(at + 4).toFixed(1)}" fill="${colour}">${name}</text>`,
    ),
  ].join('\n')
}

/** Sales a second and milliseconds of one alone, by the number of members. */
function drawClub({ figures, pgbench }: ClubBench): string {
  const line = (engine: string, figureOf: (one: ClubBench['figures'][number]) => number, rest: Omit<Line, 'points'>): Line => ({
    ...rest,
    points: figures.filter((one) => one.engine === engine).map((one) => ({ x: one.members, y: figureOf(one) })),
  })
  const rates = [
    line('sqlite', ({ floor }) => floor.perSecond, { name: 'SQLite, lean sale', colour: '#1d5fa8', dashed: true }),
    line('sqlite', ({ booked }) => booked.perSecond, { name: 'SQLite books', colour: '#1d5fa8' }),
    line('postgres', () => pgbench ?? 0, { name: 'pgbench', colour: '#a8471d', dashed: true }),
    line('postgres', ({ booked }) => booked.perSecond, { name: 'PostgreSQL books', colour: '#a8471d' }),
  ]
  const times = [
    line('sqlite', ({ booked }) => booked.single.p99, { name: 'SQLite p99', colour: '#1d5fa8' }),
    line('sqlite', ({ booked }) => booked.single.p50, { name: 'SQLite p50', colour: '#1d5fa8', dashed: true }),
    line('postgres', ({ booked }) => booked.single.p99, { name: 'PostgreSQL p99', colour: '#a8471d' }),
    line('postgres', ({ booked }) => booked.single.p50, { name: 'PostgreSQL p50', colour: '#a8471d', dashed: true }),
  ]
  const drawn = (lines: readonly Line[]) => lines.filter(({ points }) => points.length > 0 && points.every(({ y }) => y > 0))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * size.width} ${size.height}" font-family="sans-serif" font-size="12">
<style>.grid{stroke:#d5d8dc}.line{fill:none;stroke-width:2}.end{text-anchor:end}.middle{text-anchor:middle}.title{font-weight:bold}text:not([fill]){fill:#333}</style>
<rect width="100%" height="100%" fill="#fff"/>
${panelAt(0, { title: 'Sales a second, in batches of 256', from: 2, to: 5, labelOf: thousands, lines: drawn(rates) })}
${panelAt(size.width, { title: 'Milliseconds of one sale alone', from: -1, to: 2, labelOf: String, lines: drawn(times) })}
</svg>
`
}

const folder = new URL('../docs/figures/', import.meta.url)
const bench = JSON.parse(readFileSync(new URL('club.json', folder), 'utf8')) as ClubBench
writeFileSync(new URL('club.svg', folder), drawClub(bench))
