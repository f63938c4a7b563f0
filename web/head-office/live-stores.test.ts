import { effect } from '@preact/signals'
import { expect, it } from 'vitest'
import type { LiveStore } from '#protocol/head-office/live.ts'
import { createLiveStores } from './live-stores.ts'

const storeOf = (n: number) => `s${n}`
const standing = (store: string, sales: number, status: LiveStore['status'] = 'online'): LiveStore => ({
  ...{ store, status, backlog: { count: 0, bytes: 0 }, devices: { ready: 1, degraded: 0, absent: 0 }, tapsPerMinute: 0 },
  ...{ sales, paid: 0, creditIssued: 0, creditUsed: 0, at: '2026-11-22T08:00:00.000Z' },
})

/** 500 stores that are told of once, and a browser whose frames and timers come when the test says so. */
function page() {
  const frames: (() => void)[] = []
  const timers: (() => void)[] = []
  const put = (list: (() => void)[]) => (work: () => void) => {
    list.push(work)
    return () => list.splice(list.indexOf(work), 1)
  }
  const stores = createLiveStores({ nextFrame: put(frames), after: (_, work) => put(timers)(work) })
  const tell = (sales: number) => {
    for (let n = 0; n < 500; n += 1) stores.told(standing(storeOf(n), sales))
  }
  const salesOf = (n: number) => stores.of(storeOf(n)).value?.sales
  const all = () => Array.from({ length: 500 }, (_, n) => salesOf(n))
  tell(1)
  while (frames.length > 0) frames.shift()?.()
  return { stores, frames, timers, tell, salesOf, all }
}

it('draws what is in sight in the next frame, and the rest bit by bit', () => {
  const { stores, frames, timers, tell, all, salesOf } = page()
  expect(all().every((sales) => sales === 1)).toBe(true)
  stores.inSight(new Set([storeOf(300), storeOf(301)]))
  tell(2)
  expect(frames).toHaveLength(1)
  frames.shift()?.()
  expect([salesOf(299), salesOf(300), salesOf(301)]).toEqual([1, 2, 2])
  expect(frames).toHaveLength(0)
  timers.shift()?.()
  expect(all().filter((sales) => sales === 2)).toHaveLength(42)
  while (timers.length > 0) timers.shift()?.()
  expect(all().every((sales) => sales === 2)).toBe(true)
})

it('draws a store that comes into sight with what it told last', () => {
  const { stores, frames, tell, salesOf } = page()
  stores.inSight(new Set([storeOf(0)]))
  tell(2)
  tell(3)
  frames.shift()?.()
  stores.inSight(new Set([storeOf(400)]))
  frames.shift()?.()
  expect(salesOf(400)).toBe(3)
})

it('shows at once, in or out of sight, that a store is away', () => {
  const { stores, frames } = page()
  stores.inSight(new Set([storeOf(0)]))
  stores.told(standing(storeOf(450), 1, 'offline'))
  frames.shift()?.()
  expect(stores.of(storeOf(450)).value?.status).toBe('offline')
})

it('draws at most so many in one frame that it is still a frame, and each store once', () => {
  const { stores, frames, tell } = page()
  let drawn = 0
  const ends = Array.from({ length: 500 }, (_, n) =>
    effect(() => {
      if (stores.of(storeOf(n)).value) drawn += 1
    }),
  )
  drawn = 0
  tell(2)
  tell(3)
  const perFrame: number[] = []
  while (frames.length > 0) {
    const before = drawn
    frames.shift()?.()
    perFrame.push(drawn - before)
  }
  for (const end of ends) end()
  expect(Math.max(...perFrame)).toBeLessThanOrEqual(40)
  expect(drawn).toBe(500)
})
