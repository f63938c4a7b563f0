import { describe, expect, it } from 'vitest'
import type { Known } from './inputs.ts'
import { booked, completed, laneOf, openSale, pay, quoteSale, receipt, ref, reza, saleid, sara } from './lane-on-trial.ts'

const returnid = '01900000-0000-7000-8000-0000000000e1'
const back = { op: 'return' as const, id: 'b1', returnid, saleid, lines: [{ line: 0, quantity: 1 }] }

describe('what is brought back', () => {
  it('is on disk before the till hears so, and its slip comes with the club’s answer', () => {
    const lane = laneOf()
    lane.till(back, { is: 'unknown' }, { saleKey: 'k' })
    expect(lane.all('commit')).toMatchObject([{ type: 'vafa.sale.returned.v1', orderkey: 'k', data: { returnid, saleid } }])
    expect(lane.told).toEqual([])
    lane.take({ kind: 'committed', ref: `return:${returnid}` })
    lane.take({ kind: 'reply', ref: `return:${returnid}`, reply: booked })
    expect(lane.told).toMatchObject([
      { op: 'returned', re: 'b1', returnid, saleid },
      { op: 'result', re: 'b1', receipt },
    ])
    expect(lane.all('print')).toHaveLength(1)
  })

  it('without the club is provisional, and its slip is printed when the club has answered', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.till(back)
    lane.take({ kind: 'committed', ref: `return:${returnid}` })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', re: 'b1', status: 'provisional' })
    expect(lane.all('print')).toEqual([])
    lane.take({ kind: 'reply', ref: `return:${returnid}`, reply: booked })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', status: 'accepted' })
    expect(lane.told.at(-1)).not.toHaveProperty('re')
    expect(lane.all('print')).toHaveLength(1)
  })

  it('is answered again and booked once, in flight and from disk', () => {
    const lane = laneOf()
    lane.till(back)
    lane.till({ ...back, id: 'b2' })
    lane.take({ kind: 'committed', ref: `return:${returnid}` })
    const filed: Known = { is: 'filed', saleid, reply: booked }
    lane.take({ kind: 'reply', ref: `return:${returnid}`, reply: booked })
    lane.till({ ...back, id: 'b3' }, filed)
    expect(lane.all('commit')).toHaveLength(1)
    expect(lane.told.filter(({ op }) => op === 'returned').map(({ re }) => re)).toEqual(['b1', 'b2', 'b3'])
    expect(lane.told.filter(({ op }) => op === 'result').map(({ re }) => re)).toEqual(['b1', 'b2', 'b3'])
  })

  it('of an unpaid sale, or of nothing, is refused', () => {
    const lane = laneOf()
    lane.till({ op: 'return', id: 'b1', lines: [] })
    lane.till({ op: 'return', id: 'b2', saleid, lines: [] })
    openSale(lane)
    lane.till(back)
    expect(lane.all('commit')).toEqual([])
    expect(lane.told.filter(({ op }) => op === 'error')).toHaveLength(3)
  })
})

describe('a slip that nobody was given before a restart', () => {
  const recovered = { kind: 'recovered' as const, orderkey: 'k' }

  it('is printed when the club has answered, whether that was before or comes later', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.take({ ...recovered, ref: `return:${returnid}`, of: 'return', subject: returnid, saleid })
    lane.take({ ...recovered, ref: 'claim:c', of: 'claim', subject: 'c', reply: booked })
    expect(lane.all('print')).toMatchObject([{ of: 'claim' }])
    lane.take({ kind: 'reply', ref: `return:${returnid}`, reply: booked })
    expect(lane.all('print')).toMatchObject([{ of: 'claim' }, { of: 'return', subject: returnid }])
    expect(lane.told).toMatchObject([{ op: 'result' }, { op: 'result', saleid }])
  })

  it('keeps no till waiting that asks again meanwhile', () => {
    const lane = laneOf({ uplink: 'offline' })
    const totals = { sales: 1, total: 5, discount: 0, reversed: 0 }
    const day = { businessdate: '2026-11-21', totals }
    lane.take({ ...recovered, ref: `day:${returnid}`, of: 'day', subject: returnid, day })
    lane.till({ op: 'close-day', id: 'd2', closeid: returnid, totals })
    expect(lane.all('commit')).toEqual([])
    expect(lane.told).toMatchObject([
      { op: 'day-closed', re: 'd2', closeid: returnid, businessdate: '2026-11-21' },
      { op: 'result', re: 'd2', status: 'provisional' },
    ])
  })
})

describe('a claim', () => {
  const claim = { op: 'claim' as const, id: 'k1', claimid: returnid, reference: 'ABCDE-FGHJK' }

  it('is whoever’s stands at the lane, or is named', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.till(claim)
    lane.till({ ...claim, claimid: saleid }, { is: 'unknown' }, { shown: [reza] })
    expect(lane.all('commit')).toMatchObject([{ data: { member: sara } }, { data: { member: reza } }])
  })

  it('of nobody, or on a training lane, is refused', () => {
    const lane = laneOf({ mode: 'training' })
    lane.till(claim, { is: 'unknown' }, { shown: [sara] })
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'sale.training' } }])
    const empty = laneOf()
    empty.till(claim)
    expect(empty.told).toMatchObject([{ op: 'error', error: { key: 'request.invalid' } }])
  })
})

describe('who has signed on', () => {
  it('is the operator of what the lane books, where the till names nobody', () => {
    const lane = laneOf()
    lane.till({ op: 'sign-on', id: 's1', operator: 'zahra', shift: 'morning' })
    expect(lane.all('keep-cashier')).toEqual([{ kind: 'keep-cashier', cashier: { operator: 'zahra', shift: 'morning' } }])
    openSale(lane)
    quoteSale(lane)
    pay(lane)
    lane.till({ op: 'reverse', id: 'v1', saleid: returnid })
    lane.till({ ...back, operator: 'mina', saleid: returnid })
    expect(lane.all('commit')).toMatchObject([
      { data: { operator: 'zahra', shift: 'morning' } },
      { data: { operator: 'zahra' } },
      { data: { operator: 'mina' } },
    ])
    lane.till({ op: 'sign-off', id: 's2' })
    expect(lane.told.at(-1)).toEqual({ op: 'signed-off', re: 's2', operator: 'zahra' })
    expect(lane.state).not.toHaveProperty('cashier')
  })
})

describe('a sale that was paid without a question', () => {
  const record = { op: 'record' as const, id: 'r1', saleid, sale: { tillreceipt: 't1', total: 100_000, lines: [] } }

  it('is whose card was shown, paid in whatever way', () => {
    const lane = laneOf({ earnOnly: true })
    lane.tap(sara)
    lane.till({ ...record, originalid: 's1/t/1/2/3' })
    expect(lane.all('commit')).toMatchObject([
      {
        originalid: 's1/t/1/2/3',
        data: { member: sara, applied: [], payable: 100_000, tenders: [{ kind: 'other', amount: 100_000 }] },
      },
    ])
  })

  it('that a terminal approved alone is taken as it is, whatever it adds up to', () => {
    const lane = laneOf()
    const applied = [{ kind: 'discount' as const, ruleid: 'r', amount: 5_000, currency: 'IRR' }]
    lane.till({
      ...record,
      sale: { ...record.sale, lines: [{ product: 'tea', quantity: 1, amount: 1 }] },
      tenders: [{ kind: 'card', amount: 1 }],
      advice: { applied, redeemed: 10_000, effects: [] },
    })
    expect(lane.all('commit')).toMatchObject([
      {
        advice: { effects: [] },
        data: { lines: [], payable: 85_000, redemption: { amount: 10_000 }, tenders: [{ amount: 85_000 }] },
      },
    ])
  })

  it('that a terminal approved alone is not whose card is shown when it comes', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.till({ ...record, advice: { applied: [] } })
    expect(lane.all('commit')).toHaveLength(1)
    expect(lane.all('commit')[0]?.data).not.toHaveProperty('member')
  })

  it('of a terminal that names its customers is not whom it only asked about', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    lane.till({ ...record, named: true })
    expect(lane.all('commit')[0]?.data).not.toHaveProperty('member')
  })

  it('is refused after its reversal, but for one that a terminal approved alone', () => {
    const undone: Known = { is: 'booked', orderkey: 'k', reversal: {} }
    const lane = laneOf()
    lane.till(record, undone)
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'sale.undone' } }])
    lane.till({ ...record, advice: { applied: [] } }, undone)
    expect(lane.all('commit')).toHaveLength(1)
  })

  it('disturbs no other sale that is open', () => {
    const lane = laneOf()
    openSale(lane)
    lane.till({ ...record, saleid: returnid })
    expect(lane.phase).toMatchObject({ at: 'open', sale: { saleid } })
  })
})

describe('a lane that waits', () => {
  it('lets a sale go that nobody goes on with, and books it all the same where it is paid later', () => {
    const lane = laneOf()
    openSale(lane)
    quoteSale(lane)
    lane.take({ kind: 'timer', timer: 'sale' })
    expect(lane.phase.at).toBe('cancelled')
    expect(lane.told.at(-1)).toEqual({ op: 'cancelled', saleid })
    expect(lane.all('forget')).toEqual([])
  })

  it('forgets the outcome of a sale', () => {
    const lane = completed()
    lane.take({ kind: 'reply', ref, reply: booked })
    lane.take({ kind: 'timer', timer: 'rest' })
    expect(lane.phase).toEqual({ at: 'idle' })
  })
})
