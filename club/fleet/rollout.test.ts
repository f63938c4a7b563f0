import { describe, expect, it } from 'vitest'
import type { StoreState } from '#protocol/state.ts'
import type { UpdateManifest, UpdateStatus } from '#protocol/update.ts'
import { advance, offeredTo, progressOf, type Rollout } from './rollout.ts'

const id = '01900000-0000-7000-8000-000000000001'
const manifest: UpdateManifest = {
  ...{ id, club: 'demo', version: '0.2.0', actor: 'sara', healthyseconds: 60 },
  ...{ at: '2026-11-22T00:00:00.000Z', expiresat: '2026-12-22T00:00:00.000Z' },
  packages: [{ architecture: 'amd64', sha256: 'a'.repeat(64), size: 10 }],
  stages: [
    { name: 'canary', stores: ['s1', 's2'] },
    { name: 'city', stores: ['s3'] },
    { name: 'rest', stores: [] },
  ],
}
const stores = ['s1', 's2', 's3', 's4', 's5']
const begun: Rollout = { stage: 0, passed: [] }

const at = '2026-11-22T00:00:00.000Z'
const box = (version: string, status?: UpdateStatus, more: Partial<StoreState> = {}): StoreState => ({
  ...{ status: 'online', version, boxid: id, startedat: at, at, backlog: { count: 0, bytes: 0 }, sequence: 0 },
  ...(status === undefined ? {} : { update: { id, version: '0.2.0', status, at, reason: 'the club does not answer' } }),
  ...more,
})
const done = box('0.2.0', 'done')
const old = box('0.1.0')
const seen = (states: Record<string, StoreState>) => ({ manifest, stores, stateOf: (store: string) => states[store] ?? old })
const away = (store: string) => ({ [store]: { ...old, status: 'offline' as const } })

describe('an update over the stores', () => {
  it('begins with the first stage, and goes on only when every store of it has the version and works', () => {
    expect(offeredTo(begun, seen({}))).toEqual(['s1', 's2'])
    expect(advance(begun, seen({ s1: done }))).toMatchObject({ stage: 0 })
    expect(advance(begun, seen({ s1: done, s2: box('0.2.0', 'installing') }))).toMatchObject({ stage: 0 })
    const next = advance(begun, seen({ s1: done, s2: done }))
    expect(next).toEqual({ stage: 1, passed: [] })
    expect(offeredTo(next, seen({ s1: done, s2: done }))).toEqual(['s1', 's2', 's3'])
  })

  it('the stage without stores is of all others, and the last one ends nothing', () => {
    const all = Object.fromEntries(stores.map((store) => [store, done]))
    const end = advance(begun, seen(all))
    expect(end).toEqual({ stage: 2, passed: [] })
    expect(progressOf(end, seen(all)).map(({ store, stage }) => `${store} ${stage}`)).toEqual([
      ...['s1 canary', 's2 canary', 's3 city', 's4 rest', 's5 rest'],
    ])
  })

  it('does not wait for a store that is away, but one at least must have proved it', () => {
    expect(advance(begun, seen({ s1: done, ...away('s2') }))).toMatchObject({ stage: 1 })
    expect(advance(begun, seen({ ...away('s1'), ...away('s2') }))).toMatchObject({ stage: 0 })
  })

  it.each(['refused', 'failed', 'rolled-back'] as const)('is halted where one store is %s: nobody begins any more', (status) => {
    const states = seen({ s1: done, s2: box('0.1.0', status) })
    const halted = advance({ stage: 1, passed: [] }, states)
    expect(halted).toMatchObject({ stage: 1, halted: `s2: ${status}: the club does not answer` })
    expect(offeredTo(halted, states)).toEqual(['s1', 's2'])
    expect(advance(halted, seen({ s1: done, s2: done, s3: done }))).toEqual(halted)
  })

  it('goes on past a store whose trouble somebody has seen', () => {
    expect(advance({ stage: 0, passed: ['s2'] }, seen({ s1: done, s2: box('0.1.0', 'rolled-back') }))).toEqual({
      stage: 1,
      passed: ['s2'],
    })
  })

  it('knows the trouble of another update from its own, and a version that was installed by hand', () => {
    const other = box('0.1.0', 'failed')
    const before = { ...other, update: { ...other.update, id: '01900000-0000-7000-8000-000000000009' } } as StoreState
    expect(progressOf(begun, seen({ s1: before, s2: box('0.2.0') }))).toMatchObject([
      { progress: 'has its turn' },
      { progress: 'done' },
      {},
      {},
      {},
    ])
  })
})
