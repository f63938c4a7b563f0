import type { Bitmap } from '#protocol/bitmap.ts'

/**
 * A line of a picture by columns: rows 0–31 of column x in `low[x]`, rows 32–63 in `high[x]`, so that columns compare
 * with two exclusive-ors.
 */
export interface Ink {
  width: number
  low: Int32Array
  high: Int32Array
}

const rowLimit = 64

/** The columns of `height` rows (at most 64) from `top` on. */
export function inkOf(bitmap: Bitmap, { top, height }: { top: number; height: number }): Ink {
  if (height > rowLimit) throw new RangeError(`a line of ${height} rows is too tall to be read (at most ${rowLimit})`)
  const { width, data } = bitmap
  const ink: Ink = { width, low: new Int32Array(width), high: new Int32Array(width) }
  for (let row = 0; row < height; row++) {
    const half = row < 32 ? ink.low : ink.high
    const bit = 1 << (row % 32)
    for (let x = 0; x < width; x++) {
      const dot = (top + row) * width + x
      if ((data[dot >> 3] ?? 0) & (0x80 >> (dot & 7))) half[x] = (half[x] ?? 0) | bit
    }
  }
  return ink
}

function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555)
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Black dots in column x; 0 beyond the edges. */
export const blackIn = (ink: Ink, x: number): number => ones(ink.low[x] ?? 0) + ones(ink.high[x] ?? 0)

/** In how many dots column x differs from a column of these rows. */
export const differenceFrom = (ink: Ink, x: number, low: number, high: number): number =>
  ones((ink.low[x] ?? 0) ^ low) + ones((ink.high[x] ?? 0) ^ high)

/** In how many dots column x of one differs from column y of the other. */
export const difference = (one: Ink, x: number, other: Ink, y: number): number =>
  differenceFrom(one, x, other.low[y] ?? 0, other.high[y] ?? 0)

/** The first column with ink and the one after the last; undefined where all is blank. */
export function inkedColumns(ink: Ink, from = 0, to = ink.width): { from: number; to: number } | undefined {
  let first = from
  while (first < to && blackIn(ink, first) === 0) first++
  if (first === to) return undefined
  let last = to
  while (blackIn(ink, last - 1) === 0) last--
  return { from: first, to: last }
}
