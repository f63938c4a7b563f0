import { expect, it } from 'vitest'
import type { StoreState } from '#protocol/state.ts'
import { watchPresence } from './presence.ts'

const state = (status: StoreState['status']): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...{ status, version: '1', boxid: '0192f000-0000-7000-8000-000000000001', startedat: '2026-11-22T06:30:00Z' },
      ...{ at: '2026-11-22T06:30:00Z', backlog: { count: 0, bytes: 0 }, sequence: 0 },
    }),
  )

it('boxes are counted by what their states and wills say; each that comes back is told, and rubbish is not', () => {
  const back: string[] = []
  const presence = watchPresence({ onBack: (store) => back.push(store) })
  presence.seen('s1', state('online'))
  presence.seen('s2', state('online'))
  presence.seen('s2', Buffer.from('{'))
  expect([presence.connected(), back]).toEqual([2, []])
  presence.seen('s2', state('offline'))
  expect(presence.connected()).toBe(1)
  presence.seen('s2', state('online'))
  presence.gone('s1')
  expect([presence.connected(), back]).toEqual([1, ['s2']])
  presence.forget()
  presence.seen('s2', state('online'))
  expect([presence.connected(), back]).toEqual([1, ['s2']])
})
