import { useComputed } from '@preact/signals'
import { count } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { addressOf } from '../routes.ts'
import { height, onMap, outlinePath, width } from './iran.ts'
import type { StoreRow } from './store-list.tsx'
import { toneOf } from './tone.ts'
import { words } from './words.ts'

/** Stores where they stand, on an outline of our own: no tiles from anywhere. */
export function StoreMap({ rows }: { rows: readonly StoreRow[] }) {
  const placed = rows.filter(({ store }) => store.place !== undefined)
  const without = rows.length - placed.length
  return (
    <figure class="now-map">
      <svg viewBox={`0 0 ${width} ${height}`} role="group" aria-label={say(words.mapLabel)}>
        <path class="now-land" d={outlinePath} />
        {spread(placed).map(({ row, x, y, below }) => (
          <Place key={row.store.store} row={row} x={x} y={y} below={below} />
        ))}
      </svg>
      {without > 0 && <figcaption class="faint">{say(words.noPlace, { count: count(without) })}</figcaption>}
    </figure>
  )
}

interface Spot {
  row: StoreRow
  x: number
  y: number
  /** Its name stands below, where another one is above it. */
  below: boolean
}

function Place({ row: { store, live }, x, y, below }: Spot) {
  // Its colour and its word alone: most of what a store tells changes neither.
  const tone = useComputed(() => toneOf(live.value)).value
  const status = say(words[useComputed(() => live.value?.status ?? 'unknown').value])
  return (
    <a href={addressOf('store', store.store)} aria-label={`${say(store.name)}: ${status}`}>
      <title>{`${say(store.name)} – ${status}`}</title>
      <circle class={`now-place now-place-${tone}`} cx={x} cy={y} r={9} />
      <text class="now-place-name" x={x} y={below ? y + 26 : y - 15}>
        {say(store.name)}
      </text>
    </a>
  )
}

/** Stores of one town stand around its place, so that each can be seen and pressed. */
function spread(rows: readonly StoreRow[]): Spot[] {
  const at = new Map<string, number>()
  return rows.map((row) => {
    const { x, y } = onMap(row.store.place?.longitude ?? 0, row.store.place?.latitude ?? 0)
    const cell = `${Math.round(x / 22)} ${Math.round(y / 22)}`
    const before = at.get(cell) ?? 0
    at.set(cell, before + 1)
    if (before === 0) return { row, x, y, below: false }
    // The second below the first, further ones around both.
    const ring = 20 * Math.ceil(before / 6)
    const angle = Math.PI / 2 + ((before - 1) % 6) * (Math.PI / 3)
    return { row, x: Math.round(x + Math.cos(angle) * ring), y: Math.round(y + Math.sin(angle) * ring), below: true }
  })
}
