import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LiveStore } from '#protocol/head-office/live.ts'
import type { StoreState } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import type { BrokerMessage } from '#runtime/broker.ts'
import { watchBoxStates } from '../fleet/box-states.ts'
import { createLiveStores, silentMs } from './live-stores.ts'
import { storeEventOf } from './store-event.ts'

const begin = Date.parse('2026-11-22T06:30:00.000Z')
const state = (status: StoreState['status'], backlog = 0): StoreState => ({
  ...{ status, version: '1.2.3', boxid: '0192f000-0000-7000-8000-000000000001', startedat: '2026-11-22T06:30:00Z' },
  ...{ at: '2026-11-22T06:30:00Z', backlog: { count: backlog, bytes: backlog * 500 }, sequence: 0 },
})
it('a store is unknown until its box speaks, offline by its will or its silence, and back with the backlog it gathered', () => {
  const stores = createLiveStores(['s1', 's2'])
  const shown = new Map<string, LiveStore>()
  const statusOf = (now: number) => {
    for (const one of stores.takeChanged(now)) shown.set(one.store, one)
    return ['s1', 's2'].map((store) => shown.get(store)?.status)
  }
  expect(statusOf(begin)).toEqual(['unknown', 'unknown'])
  stores.stated('s1', state('online'), begin)
  stores.stated('s2', state('online'), begin)
  stores.stated('s1', state('offline'), begin + 7_500)
  stores.pass(begin + 7_500)
  expect(statusOf(begin)).toEqual(['offline', 'online'])
  stores.pass(begin + silentMs + 1)
  expect(statusOf(begin)).toEqual(['offline', 'offline'])
  stores.stated('s1', state('online', 12), begin + 60_000)
  expect(statusOf(begin + 60_000)).toEqual(['online', 'offline'])
  expect(shown.get('s1')).toMatchObject({
    status: 'online',
    since: '2026-11-22T06:31:00.000Z',
    backlog: { count: 12 },
  })
})

it('what changed is told once, and a minute without taps is news too', () => {
  const stores = createLiveStores(['s1'])
  expect(stores.takeChanged(begin)).toHaveLength(1)
  expect(stores.takeChanged(begin)).toEqual([])
  stores.tapped('s1', begin)
  stores.tapped('s1', begin + 30_000)
  expect(stores.takeChanged(begin + 30_000)).toMatchObject([{ tapsPerMinute: 2 }])
  stores.pass(begin + 60_000)
  expect(stores.takeChanged(begin + 60_000)).toMatchObject([{ tapsPerMinute: 1 }])
  stores.tapped('nowhere', begin)
  stores.counted([{ store: 's1', sales: 3, paid: 5, creditIssued: 1, creditUsed: 0 }])
  expect(stores.takeChanged(begin + 60_000)).toMatchObject([{ store: 's1', sales: 3, paid: 5 }])
  stores.counted([{ store: 's1', sales: 3, paid: 5, creditIssued: 1, creditUsed: 0 }])
  expect(stores.takeChanged(begin + 60_000)).toEqual([])
})

const sale = {
  id: '0192f000-0000-7000-8000-000000000001',
  type: 'vafa.sale.completed.v1',
  source: '/stores/s1/devices/till-1',
  subject: 'lane-1',
  time: '2026-11-22T06:30:00Z',
  orderkey: 'A'.repeat(43),
  data: {
    member: { kind: 'nfc-uid', keyid: 'k1', token: 'A'.repeat(43) },
    total: 100_000,
    payable: 90_000,
    currency: 'IRR',
    operator: 'sara',
    profile: { sealed: 'secret' },
  },
}

it('an event for who watches a store says what was sold where, and of whom nothing', () => {
  const event = storeEventOf('s1', Buffer.from(JSON.stringify(sale)))
  expect(event).toEqual({
    ...{ id: sale.id, at: '2026-11-22T06:30:00.000Z', store: 's1', lane: 'lane-1', device: 'till-1' },
    ...{ what: 'sale.completed', amount: 90_000, currency: 'IRR', credential: 'nfc-uid' },
  })
  expect(JSON.stringify(event)).not.toMatch(/AAAA|sara|secret/)
  expect(storeEventOf('s1', Buffer.from(JSON.stringify({ ...sale, type: 'vafa.box.heartbeat.v1' })))).toBeUndefined()
})

it('nothing that a box sends makes the club stumble', () => {
  const stores = createLiveStores(['s1'])
  let say = (_: BrokerMessage) => {}
  const states = watchBoxStates({
    club: 'demo',
    broker: {
      subscribe(_, handler) {
        say = handler
        return () => {}
      },
    },
  })
  states.onState((store, said) => stores.stated(store, said, begin))
  const topic = storeTopics('demo', 's1').state
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((given) => Buffer.from(given)),
    fc.json().map((text) => Buffer.from(text)),
    fc.tuple(fc.nat(400), fc.string({ maxLength: 3 })).map(([at, text]) => {
      const whole = JSON.stringify(sale)
      return Buffer.from(whole.slice(0, at) + text + whole.slice(at + text.length))
    }),
  )
  fc.assert(
    fc.property(bytes, (payload) => {
      storeEventOf('s1', payload)
      say({ topic, payload, from: 's1' })
      stores.device('s1', payload)
    }),
    { numRuns: 10_000 },
  )
})
