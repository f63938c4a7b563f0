import { bearing, columnAt, type Glyph, quarters } from './glyphs.ts'
import { blackIn, differenceFrom, type Ink, inkedColumns } from './ink.ts'

/**
 * How far a glyph may be off: it may stand an eighth of a dot beside its template. Less than the smallest sign has (a
 * decimal point: 9 dots), so that none is overlooked.
 */
const strayDots = 3
const strayShare = 0.15

/** Speaks against explaining the same dots with more glyphs than needed; in dots. */
const glyphCost = 1

interface Arrival {
  cost: number
  /** Where the glyph (or the quarter of blank) before this position began. */
  from: number
  glyph?: Glyph
}

/**
 * Reads the columns `from` to `to` of a line by laying glyphs side by side so that they explain its dots best (a
 * shortest path over quarter dots). Gives them from left to right; a blank as wide as a word space comes out as `' '`.
 * Undefined where nothing stands, or something that these glyphs do not explain.
 */
export function readLine(ink: Ink, area: { from: number; to: number; alphabet: Glyph[]; blank: number }): string[] | undefined {
  const inked = inkedColumns(ink, area.from, area.to)
  if (!inked) return undefined
  const before = blackBefore(ink)
  const start = (inked.from - bearing) * quarters
  const end = (inked.to + bearing) * quarters
  const arrivals: (Arrival | undefined)[] = Array.from({ length: end - start + 1 })
  arrivals[0] = { cost: 0, from: start }
  const offer = (at: number, arrival: Arrival): void => {
    const known = arrivals[at - start]
    if (!known || arrival.cost < known.cost) arrivals[at - start] = arrival
  }
  for (let at = start; at < end; at++) {
    const here = arrivals[at - start]
    if (!here) continue
    const passes = columnAt(at + 1) > columnAt(at) ? blackIn(ink, columnAt(at)) : 0
    offer(at + 1, { cost: here.cost + passes, from: at })
    for (const glyph of area.alphabet) {
      if (at + glyph.advance > end) continue
      const known = arrivals[at + glyph.advance - start]?.cost ?? Number.POSITIVE_INFINITY
      const limit = Math.min(known - here.cost - glyphCost, strayDots + strayShare * glyph.black)
      const cost = mismatch(ink, before, at, glyph, limit)
      if (cost < limit) offer(at + glyph.advance, { cost: here.cost + cost + glyphCost, from: at, glyph })
    }
  }
  return trace({ arrivals, start, end, blank: area.blank })
}

/** The black dots left of each column. */
function blackBefore(ink: Ink): Int32Array {
  const before = new Int32Array(ink.width + 1)
  for (let x = 0; x < ink.width; x++) before[x + 1] = (before[x] ?? 0) + blackIn(ink, x)
  return before
}

/** In how many dots the line differs from the glyph, over the columns of its advance; gives up at `limit`. */
function mismatch(ink: Ink, before: Int32Array, at: number, glyph: Glyph, limit: number): number {
  const origin = Math.floor(at / quarters)
  const phase = glyph.phases[at - origin * quarters]
  if (!phase) throw new RangeError('a glyph has four phases')
  const inside = (x: number): number => Math.min(Math.max(x, 0), ink.width)
  const black = (before[inside(origin + phase.to)] ?? 0) - (before[inside(origin + phase.from)] ?? 0)
  // As many dots at least as one has more than the other: that alone rules most glyphs out.
  const least = Math.abs(black - phase.black)
  if (least >= limit) return least
  let cost = 0
  for (const { x, low, high } of phase.columns) {
    cost += differenceFrom(ink, origin + x, low, high)
    if (cost >= limit) break
  }
  return cost
}

interface Path {
  arrivals: (Arrival | undefined)[]
  start: number
  end: number
  blank: number
}

/** Walks the best path back to its beginning. */
function trace({ arrivals, start, end, blank }: Path): string[] | undefined {
  const tokens: string[] = []
  let gap = 0
  let unexplained = 0
  for (let at = end; at > start; ) {
    const arrival = arrivals[at - start]
    const before = arrival && arrivals[arrival.from - start]
    if (!before) throw new RangeError('the path ends before its beginning')
    if (arrival.glyph) {
      if (tokens.length > 0 && gap > blank / 2) tokens.unshift(' ')
      tokens.unshift(arrival.glyph.text)
      gap = 0
    } else {
      gap += 1
      unexplained += arrival.cost - before.cost
    }
    at = arrival.from
  }
  return unexplained > strayDots ? undefined : tokens
}
