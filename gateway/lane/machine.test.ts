import { describe, expect, it } from 'vitest'
import type { Credential } from '#protocol/credentials.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillResponse, TillSale } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { KnownSale, LaneEffect, LaneInput, LaneRequest } from './inputs.ts'
import { step } from './machine.ts'
import { initialLane, type LaneSetup, type LaneState } from './state.ts'

const setup: LaneSetup = {
  lane: 'lane-1',
  mode: 'live',
  currency: 'IRR',
  moneyShown: 'toman',
  budgetMs: 1_500,
  earnOnly: false,
  receiptVia: 'own',
}
const sara: Credential = { kind: 'nfc-uid', keyid: 'k1', token: 'S'.repeat(43) }
const reza: Credential = { kind: 'nfc-uid', keyid: 'k1', token: 'R'.repeat(43) }
const basket: TillSale = { tillreceipt: 'r1', total: 100_000, lines: [] }
const receipt: ReceiptDocument = { version: 1, reference: 'ABCDE-FGHJK', provisional: false, blocks: [] }
const answer: Reply = {
  inReplyTo: '01900000-0000-7000-8000-000000000000',
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [],
  decidedBy: 'club',
  programmeVersion: 3,
}
const member = { memberid: '01900000-0000-7000-8000-00000000aaaa', number: '10000016', visits: 1 }
const offer = {
  quoteid: '01900000-0000-7000-8000-00000000bbbb',
  validuntil: '2026-11-21T09:15:00.000Z',
  total: 100_000,
  discount: 5_000,
  payable: 95_000,
}
const quoted: Reply = {
  ...answer,
  member,
  quote: offer,
  effects: [{ kind: 'discount', ruleid: 'first-purchase', desired: 5_000, granted: 5_000, currency: 'IRR' }],
}
const booked: Reply = { ...answer, receipt }
const saleid = '01900000-0000-7000-8000-000000000001'

/** A lane that is told what happens, and remembers what it wanted done. */
function laneOf(options: Partial<LaneSetup> & { uplink?: 'online' | 'offline' } = {}) {
  const { uplink = 'online', ...rest } = options
  let state: LaneState = { ...initialLane, uplink }
  let done: LaneEffect[] = []
  const take = (input: LaneInput) => {
    const result = step({ ...setup, ...rest }, state, input)
    state = result.state
    done = [...done, ...result.effects]
    return result.effects
  }
  return {
    take,
    till: (request: LaneRequest, known: KnownSale = { is: 'unknown' }) =>
      take({ kind: 'till', request, device: 'till-1', fresh: saleid, businessdate: '2026-11-21', known }),
    tap: (credential: Credential) => take({ kind: 'credential', credential, device: 'reader-1' }),
    present: (credential: Credential, re: string) => take({ kind: 'credential', credential, device: 'till-1', re }),
    get phase() {
      return state.phase
    },
    get state() {
      return state
    },
    get told(): TillResponse[] {
      return done.flatMap((effect) => (effect.kind === 'tell' ? [effect.response] : []))
    },
    all: <K extends LaneEffect['kind']>(kind: K) =>
      done.filter((effect) => effect.kind === kind) as Extract<LaneEffect, { kind: K }>[],
    forgetPast() {
      done = []
    },
  }
}
type TestLane = ReturnType<typeof laneOf>

const openSale = (lane: TestLane) => lane.till({ op: 'open', id: 'o1', sale: basket })
const quoteSale = (lane: TestLane, reply: Reply = quoted) => lane.take({ kind: 'answer', number: lane.state.questions, reply })
const pay = (lane: TestLane, amount = 95_000, known?: KnownSale) =>
  lane.till({ op: 'complete', id: 'c1', saleid, tenders: [{ kind: 'cash', amount }] }, known)
const ref = `sale:${saleid}`
function completed(options?: Parameters<typeof laneOf>[0]) {
  const lane = laneOf(options)
  openSale(lane)
  if (lane.state.uplink === 'online') quoteSale(lane)
  pay(lane, lane.state.uplink === 'online' ? 95_000 : 100_000)
  lane.take({ kind: 'committed', ref })
  return lane
}

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
    })
    lane.take({ kind: 'reply', ref, reply: booked })
    expect(lane.phase.at).toBe('open')
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', saleid, re: 'c1' })
  })
})

describe('a tap', () => {
  it('of a card that the club does not know tells the till what to do, and the customer can sign up', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.take({ kind: 'answer', number: 1, reply: { ...answer, status: 'declined', error: describeError('credential.unknown') } })
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'credential.unknown' } }])
    lane.till({ op: 'enrol', id: 'e1', profile: { displayName: 'Sara' }, consents: [] })
    expect(lane.all('enrol')).toMatchObject([{ credential: sara, orderkey: sara.token, memberid: saleid }])
    lane.take({ kind: 'committed', ref: `enrolment:${saleid}` })
    expect(lane.told.at(-1)).toEqual({ op: 'enrolled', re: 'e1', memberid: saleid })
  })

  it('of nobody’s card is explained and changes nothing', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'refused', key: 'credential.random', reason: 'a UID of 4 bytes that begins with 08' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', error: { key: 'credential.random' } })
    expect(lane.phase.at).toBe('open')
  })

  it('is forgotten after a while, so that it never meets the next customer’s sale', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.take({ kind: 'timer', timer: 'rest' })
    openSale(lane)
    expect(lane.all('ask').at(-1)).not.toHaveProperty('data.member')
  })

  it('of another card drops the discount of the first where the club does not answer', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(reza)
    lane.take({ kind: 'timer', timer: `question:${lane.state.questions}` })
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', discount: 0, payable: 100_000, decidedBy: 'box' })
  })

  it('of the same card again keeps the quote where the club does not answer', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(sara)
    lane.take({ kind: 'timer', timer: `question:${lane.state.questions}` })
    pay(lane)
    expect(lane.all('commit')).toMatchObject([{ data: { payable: 95_000 } }])
  })
})

describe('a till that presents a card', () => {
  const heard = (lane: TestLane, re: string) => lane.told.filter((response) => response.re === re)

  it('and opens the sale before the club has answered hears with the quote who it is', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    expect(heard(lane, 'p1')).toEqual([])
    quoteSale(lane)
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'member', member }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', payable: 95_000 })
  })

  it('and opens the sale before the club has answered hears that nobody has that card', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    quoteSale(lane, {
      ...answer,
      error: describeError('credential.unknown'),
      quote: { ...offer, discount: 0, payable: 100_000 },
    })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'credential.unknown' } }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', payable: 100_000, decidedBy: 'club' })
  })

  it('hears it too where the sale is opened and the club does not answer at all', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:2' })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'club.unavailable' } }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', decidedBy: 'box' })
  })

  it('hears who it is with the quote that its `open` still waits for', () => {
    const lane = laneOf()
    openSale(lane)
    lane.present(sara, 'p1')
    quoteSale(lane)
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'member', member }])
    expect(heard(lane, 'o1')).toMatchObject([{ op: 'opened' }, { op: 'quote', payable: 95_000 }])
  })

  it('and then another is never told that the first is the second', () => {
    const lane = laneOf()
    lane.present(reza, 'p1')
    lane.present(sara, 'p2')
    lane.take({ kind: 'answer', number: 2, reply: { ...answer, member } })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'request.expired' } }])
    expect(heard(lane, 'p2')).toMatchObject([{ op: 'member', member }])
  })
})

describe('without the club', () => {
  it('a tap is told that the club cannot be reached, and the sale still earns for its member', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.tap(sara)
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'club.unavailable' } }])
    openSale(lane)
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', decidedBy: 'box', payable: 100_000 })
    pay(lane, 100_000)
    expect(lane.all('commit')).toMatchObject([{ data: { member: sara, applied: [] } }])
  })

  it('a quote that does not come in time is the box’s own, without a discount, and the uplink is in doubt', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:1' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', decidedBy: 'box', discount: 0, payable: 100_000 })
    expect(lane.all('doubt')).toHaveLength(1)
  })

  it('a quote that comes too late changes nothing', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:1' })
    lane.forgetPast()
    lane.take({ kind: 'answer', number: 1, reply: quoted })
    expect(lane.told).toEqual([])
    pay(lane, 100_000)
    expect(lane.all('commit')).toHaveLength(1)
  })

  it('the box decides alone at once, and hands over a provisional receipt', () => {
    const lane = completed({ uplink: 'offline' })
    expect(lane.all('decide-alone')).toMatchObject([{ ref, of: 'sale' }])
    const provisional = { ...receipt, provisional: true }
    lane.take({ kind: 'decided-alone', ref, receipt: provisional, effects: [] })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', status: 'provisional', receipt: provisional })
    expect(lane.all('print')).toMatchObject([{ given: 'provisional' }])
  })

  it('a reply after the provisional receipt corrects the display and prints nothing more', () => {
    const lane = completed()
    lane.take({ kind: 'timer', timer: `booking:${ref}` })
    lane.take({ kind: 'decided-alone', ref, receipt: { ...receipt, provisional: true }, effects: [] })
    lane.forgetPast()
    const display = { title: { fa: 'ممنون', en: 'Thanks' }, rows: [] }
    lane.take({ kind: 'reply', ref, reply: { ...booked, display } })
    expect(lane.all('print')).toEqual([])
    expect(lane.told).toEqual([])
    expect(lane.state.shown.display).toEqual(display)
  })

  it('a reply that overtakes the box’s own decision wins: there is one receipt, the final one', () => {
    const lane = completed()
    lane.take({ kind: 'timer', timer: `booking:${ref}` })
    lane.take({ kind: 'reply', ref, reply: booked })
    lane.take({ kind: 'decided-alone', ref, receipt: { ...receipt, provisional: true }, effects: [] })
    expect(lane.all('print')).toMatchObject([{ given: 'final' }])
    expect(lane.told.filter(({ op }) => op === 'result')).toHaveLength(1)
  })

  it('a sign-up is said to be provisional', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.tap(sara)
    lane.till({ op: 'enrol', id: 'e1', profile: {}, consents: [] })
    lane.take({ kind: 'committed', ref: `enrolment:${saleid}` })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', re: 'e1', status: 'provisional' })
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
    const known: KnownSale = { is: 'booked', orderkey: 'k', sale: {} }
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
