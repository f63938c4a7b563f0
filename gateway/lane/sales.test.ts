import { describe, expect, it } from 'vitest'
import type { Known } from './inputs.ts'
import {
  answer,
  basket,
  booked,
  completed,
  laneOf,
  offer,
  openSale,
  pay,
  quoted,
  quoteSale,
  receipt,
  ref,
  reza,
  saleid,
  sara,
  type TestLane,
} from './lane-on-trial.ts'

describe('a sale', () => {
  it('with the tap first carries the member into quote and fact, and the token orders its messages', () => {
    const lane = laneOf()
    lane.tap(sara)
    expect(lane.phase.at).toBe('presented')
    openSale(lane)
    expect(lane.all('ask').at(-1)).toMatchObject({
      type: 'vafa.sale.quoted.v1',
      orderkey: sara.token,
      data: { member: sara, total: 100_000 },
    })
    quoteSale(lane)
    pay(lane)
    expect(lane.all('commit')).toMatchObject([
      {
        type: 'vafa.sale.completed.v1',
        orderkey: sara.token,
        data: { member: sara, payable: 95_000, programmeVersion: 3, quoteid: offer.quoteid },
      },
    ])
  })

  it('with the amount first is quoted again at the tap, and keeps the order key it opened with', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane, { ...answer, quote: { ...offer, discount: 0, payable: 100_000 } })
    lane.tap(sara)
    expect(lane.phase.at).toBe('quoted')
    expect(lane.all('ask').at(-1)).toMatchObject({ type: 'vafa.sale.quoted.v1', orderkey: saleid, data: { member: sara } })
    quoteSale(lane)
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', discount: 5_000, payable: 95_000, decidedBy: 'club' })
    pay(lane)
    expect(lane.all('commit')).toMatchObject([
      { orderkey: saleid, data: { member: sara, applied: [{ ruleid: 'first-purchase', amount: 5_000 }] } },
    ])
  })

  it('begins under no id that is being undone, while the disk still writes that down', () => {
    const lane = laneOf()
    lane.till({ op: 'reverse', id: 'v1', saleid, reason: 'operator' })
    lane.till({ op: 'open', id: 'o1', saleid, sale: basket })
    lane.till({ op: 'complete', id: 'c1', saleid, sale: basket, tenders: [{ kind: 'cash', amount: 100_000 }] })
    expect(lane.told).toMatchObject([
      { op: 'error', re: 'o1', error: { key: 'sale.undone' } },
      { op: 'error', re: 'c1', error: { key: 'sale.undone' } },
    ])
    expect(lane.all('commit')).toMatchObject([{ type: 'vafa.sale.reversed.v1' }])
  })

  it('says success only when the fact is on disk', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane)
    pay(lane)
    expect(lane.phase.at).toBe('tendering')
    expect(lane.told.some(({ op }) => op === 'completed')).toBe(false)
    lane.take({ kind: 'committed', ref })
    expect(lane.told.at(-1)).toEqual({ op: 'completed', re: 'c1', saleid })
    expect(lane.phase.at).toBe('completed')
  })

  it('gives the result to the till and the receipt to the printer when the club has replied', () => {
    const lane = completed()
    lane.take({ kind: 'reply', ref, reply: booked })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', re: 'c1', saleid, status: 'accepted', receipt })
    expect(lane.all('print')).toMatchObject([{ ref, given: 'final', receipt }])
    expect(lane.state.bookings).toEqual([])
  })

  it('whose disk refuses it is told so, and can be paid again', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane)
    pay(lane)
    lane.take({ kind: 'not-committed', ref, key: 'box.unwritable', reason: 'the disk is full' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', re: 'c1', error: { key: 'box.unwritable' } })
    expect(lane.phase.at).toBe('quoted')
    pay(lane)
    expect(lane.all('commit')).toHaveLength(2)
  })

  it('whose disk refuses it does not take the next customer’s card, and can still be completed by its id', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    pay(lane)
    lane.take({ kind: 'not-committed', ref, key: 'box.unwritable', reason: 'the disk is full' })
    lane.tap(reza)
    expect(lane.phase).toMatchObject({ at: 'presented', who: { credential: reza } })
    lane.till({ op: 'open', id: 'o2', sale: { ...basket, tillreceipt: 'R-2' } })
    expect(lane.all('ask').at(-1)).toMatchObject({ type: 'vafa.sale.quoted.v1', data: { member: reza } })
    expect(lane.told.some(({ op }) => op === 'cancelled')).toBe(false)
    expect(lane.all('keep').at(-1)).toMatchObject({ sale: { saleid, member: sara } })
  })

  it('is refused where tenders and payable differ, naming both', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane)
    pay(lane, 90_000)
    expect(lane.told.at(-1)).toMatchObject({
      op: 'error',
      error: { key: 'request.invalid', reason: 'the tenders add up to 90000, payable is 95000' },
    })
    expect(lane.all('commit')).toEqual([])
  })

  it('is refused where the lines do not make the total', () => {
    const lane = laneOf()
    lane.till({ op: 'open', id: 'o1', sale: { ...basket, lines: [{ product: 'tea', quantity: 1, amount: 90_000 }] } })
    expect(lane.told).toMatchObject([
      { op: 'error', re: 'o1', error: { reason: 'the lines add up to 90000, the total says 100000' } },
    ])
    expect(lane.phase.at).toBe('idle')
  })

  it('is refused in a currency that is not the lane’s', () => {
    const lane = laneOf()
    lane.till({ op: 'open', id: 'o1', sale: { ...basket, currency: 'EUR' } })
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'request.invalid' } }])
  })

  it('with a quote from the club that does not add up goes at its price, by the box', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane, { ...quoted, quote: { ...offer, payable: 90_000 } })
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', discount: 0, payable: 100_000, decidedBy: 'box' })
  })

  it('on a lane that only earns opens with its price and asks nothing', () => {
    const lane = laneOf({ earnOnly: true })
    openSale(lane)
    expect(lane.told).toMatchObject([{ op: 'opened' }, { op: 'quote', payable: 100_000, decidedBy: 'box' }])
    expect(lane.all('ask')).toEqual([])
  })

  it('that is cancelled ends, and a second cancel is answered the same', () => {
    const lane = laneOf()
    openSale(lane)
    lane.till({ op: 'cancel', id: 'x1', saleid })
    lane.till({ op: 'cancel', id: 'x2', saleid })
    expect(lane.phase.at).toBe('cancelled')
    expect(lane.told.slice(-2)).toEqual([
      { op: 'cancelled', re: 'x1', saleid },
      { op: 'cancelled', re: 'x2', saleid },
    ])
  })

  it('leaves the lane free for the next customer while the club still works on it', () => {
    const lane = completed()
    lane.take({
      kind: 'till',
      request: { op: 'open', id: 'o2', sale: { ...basket, tillreceipt: 'r2' } },
      device: 'till-1',
      fresh: '01900000-0000-7000-8000-000000000002',
      businessdate: '2026-11-21',
      known: { is: 'unknown' },
      shown: [],
    })
    lane.take({ kind: 'reply', ref, reply: booked })
    expect(lane.phase.at).toBe('open')
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', saleid, re: 'c1' })
  })
})

describe('a repeat', () => {
  it('of a complete while the first is being written waits for the same commit', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane)
    pay(lane)
    lane.till({ op: 'complete', id: 'c2', saleid, tenders: [{ kind: 'cash', amount: 95_000 }] })
    lane.take({ kind: 'committed', ref })
    expect(lane.all('commit')).toHaveLength(1)
    expect(lane.told.filter(({ op }) => op === 'completed').map(({ re }) => re)).toEqual(['c1', 'c2'])
  })

  it('of a complete that is on disk is answered with its result, and booked no second time', () => {
    const lane = laneOf()
    pay(lane, 95_000, { is: 'booked', orderkey: saleid, sale: { reply: booked } })
    expect(lane.told).toMatchObject([
      { op: 'completed', re: 'c1' },
      { op: 'result', re: 'c1', status: 'accepted', receipt },
    ])
    expect(lane.all('commit')).toEqual([])
  })

  it.each([
    ['the club’s result', 'accepted', (lane: TestLane) => lane.take({ kind: 'reply', ref, reply: booked })],
    [
      'what the box decided alone',
      'provisional',
      (lane: TestLane) => {
        lane.take({ kind: 'timer', timer: `booking:${ref}` })
        lane.take({ kind: 'decided-alone', ref, receipt, effects: [] })
      },
    ],
  ])('of a complete under a new id, while the club still works on it, hears %s as the first does', (_, status, through) => {
    const lane = completed()
    lane.till({ op: 'complete', id: 'c2', saleid, tenders: [{ kind: 'cash', amount: 95_000 }] })
    lane.till({ op: 'complete', id: 'c2', saleid, tenders: [{ kind: 'cash', amount: 95_000 }] })
    through(lane)
    const results = lane.told.filter((response) => response.op === 'result')
    expect(results).toMatchObject([
      { re: 'c1', status, receipt },
      { re: 'c2', status, receipt },
    ])
    expect(lane.all('print')).toHaveLength(1)
  })

  it('of a complete that the box decided alone hears that it is provisional', () => {
    const lane = laneOf()
    pay(lane, 95_000, { is: 'booked', orderkey: saleid, sale: {} })
    expect(lane.told).toMatchObject([
      { op: 'completed', re: 'c1' },
      { op: 'result', re: 'c1', saleid, status: 'provisional' },
    ])
  })

  it('of a reverse is answered again, and booked once', () => {
    const lane = laneOf()
    const known: Known = { is: 'booked', orderkey: 'k', sale: {} }
    lane.till({ op: 'reverse', id: 'v1', saleid }, known)
    expect(lane.all('commit')).toMatchObject([
      { type: 'vafa.sale.reversed.v1', orderkey: 'k', data: { saleid, reason: 'operator' } },
    ])
    lane.take({ kind: 'committed', ref: `reversal:${saleid}` })
    lane.till({ op: 'reverse', id: 'v2', saleid }, { ...known, reversal: {} })
    expect(lane.told.filter(({ op }) => op === 'reversed').map(({ re }) => re)).toEqual(['v1', 'v2'])
    expect(lane.all('commit')).toHaveLength(1)
  })
})

describe('after a restart', () => {
  it('a complete that brings its sale along is booked', () => {
    const lane = laneOf()
    lane.till({ op: 'complete', id: 'c1', saleid, tenders: [{ kind: 'card', amount: 100_000 }], sale: basket })
    expect(lane.all('commit')).toMatchObject([{ data: { saleid, payable: 100_000 } }])
  })

  it('a complete of a sale that was quoted before keeps member, quote and discount', () => {
    const lane = laneOf()
    const before = laneOf()
    before.tap(sara)
    openSale(before)
    quoteSale(before)
    const kept = before.all('keep').at(-1)
    if (!kept) throw new Error('nothing kept')
    pay(lane, 95_000, { is: 'kept', sale: kept.sale, quote: kept.quote })
    expect(lane.all('commit')).toMatchObject([{ orderkey: sara.token, data: { member: sara, payable: 95_000 } }])
  })

  it('a complete of a sale that nobody knows is refused', () => {
    const lane = laneOf()
    pay(lane)
    expect(lane.told).toMatchObject([{ op: 'error', re: 'c1', error: { key: 'sale.unknown' } }])
  })

  it('the receipt of a fact that was answered comes at once, of another when the club has answered', () => {
    const lane = laneOf()
    lane.take({ kind: 'recovered', ref, of: 'sale', subject: saleid, orderkey: 'k', reply: booked })
    expect(lane.all('print')).toHaveLength(1)
    lane.take({ kind: 'recovered', ref: 'sale:other', of: 'sale', subject: 'other', orderkey: 'k' })
    expect(lane.all('print')).toHaveLength(1)
    lane.take({ kind: 'reply', ref: 'sale:other', reply: booked })
    expect(lane.all('print')).toHaveLength(2)
  })

  it('a presented card is not taken for the customer of an older sale', () => {
    const lane = laneOf()
    lane.tap(reza)
    lane.till({ op: 'complete', id: 'c1', saleid, tenders: [{ kind: 'card', amount: 100_000 }], sale: basket })
    expect(lane.all('commit')[0]?.data).not.toHaveProperty('member')
  })
})
