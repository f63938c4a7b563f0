import { systemRuntime } from '#runtime/runtime.ts'
import { type Quantiles, quantilesOf } from '../quantiles.ts'

/** As many facts as the club's intake gives to the store at once. */
export const batchSize = 256

/** The least that a booked sale leaves behind: who, what was received and answered, what it changed. */
export interface LeanSale {
  id: string
  /** From 1 to the number of members. */
  member: number
  body: string
  reply: string
  credit: number
}

/** The least that any store could do: what our own is measured against. */
export interface LeanStore {
  commit(sales: readonly LeanSale[]): void | Promise<void>
}

export interface LeanFigures {
  /** Sales a second in batches of `batchSize`. */
  perSecond: number
  /** Milliseconds of one sale alone, commit included. */
  single: Quantiles
}

/** 5 KB an event with its reply, as a sale of some lines has them. Members come by, evenly, in no order. */
export function* leanSales(members: number): Generator<LeanSale, never> {
  const filler = Array.from({ length: 64 }, (_, n) => `{"product":"p${n}","quantity":1,"amount":${100_000 + n * 977}}`)
  const text = (size: number, n: number) => `[${filler.slice(n % 8).join(',')}]`.slice(0, size)
  for (let n = 0; ; n += 1) {
    const member = 1 + ((n * 2_654_435_761) % members)
    yield { id: systemRuntime.uuid(), member, body: text(2_000, n), reply: text(3_000, n + 1), credit: 1_000 + (n % 500) }
  }
}

export function take<T>(from: Iterator<T, never>, count: number): T[] {
  return Array.from({ length: count }, () => from.next().value)
}

/** Measures a store piece by piece, so that it can go on in turns with something else. */
export interface LeanMeter {
  batches(count: number): Promise<void>
  alone(count: number): Promise<void>
  figures(): LeanFigures
}

/** A few batches are committed first; what is committed is made before the clock starts. */
export async function leanMeter(store: LeanStore, options: { members: number }): Promise<LeanMeter> {
  const source = leanSales(options.members)
  for (let n = 0; n < 4; n += 1) await store.commit(take(source, batchSize))
  const singles: number[] = []
  let sales = 0
  let seconds = 0
  return {
    async batches(count) {
      const batches = Array.from({ length: count }, () => take(source, batchSize))
      const start = performance.now()
      for (const batch of batches) await store.commit(batch)
      seconds += (performance.now() - start) / 1_000
      sales += count * batchSize
    },
    async alone(count) {
      for (const sale of take(source, count)) {
        const begin = performance.now()
        await store.commit([sale])
        singles.push(performance.now() - begin)
      }
    },
    figures: () => ({ perSecond: Math.round(sales / seconds), single: quantilesOf(singles) }),
  }
}

/** `sales` in batches, then up to a thousand one by one. */
export async function measureLean(store: LeanStore, options: { members: number; sales: number }): Promise<LeanFigures> {
  const meter = await leanMeter(store, options)
  await meter.batches(Math.ceil(options.sales / batchSize))
  await meter.alone(Math.min(1_000, options.sales))
  return meter.figures()
}
