import { describe, expect, it } from 'vitest'
import { describeError } from '#protocol/errors.ts'
import type { Reply } from '#protocol/reply.ts'
import { answer, laneOf, openSale, pay, quoted, quoteSale, ref, reza, saleid, sara, type TestLane } from './lane-on-trial.ts'

const redemptionid = '01900000-0000-7000-8000-00000000cccc'
const held = (amount: number): Reply => ({
  ...answer,
  hold: { redemptionid, amount, lapsesat: '2026-11-21T09:15:00.000Z' },
})
const voidRef = `void:${redemptionid}`

/** A lane whose sale is quoted for Sara at 95,000. */
function quotedLane(options?: Parameters<typeof laneOf>[0]) {
  const lane = laneOf(options)
  lane.tap(sara)
  openSale(lane)
  if (lane.state.uplink === 'online') quoteSale(lane, quoted)
  lane.forgetPast()
  return lane
}
const redeem = (lane: TestLane, amount: number, more: object = {}) =>
  lane.till({ op: 'redeem', id: 'd1', saleid, amount, ...more }, { is: 'unknown' }, { fresh: redemptionid })
const intended = (lane: TestLane) => lane.take({ kind: 'intended', redemptionid })
const heard = (lane: TestLane, reply: Reply) => lane.take({ kind: 'answer', number: lane.state.questions, reply })

function holding(amount = 30_000) {
  const lane = quotedLane()
  redeem(lane, amount)
  intended(lane)
  heard(lane, held(amount))
  return lane
}

describe('credit', () => {
  it('is asked for only when the intent is on disk, and lowers what is to be paid', () => {
    const lane = quotedLane()
    redeem(lane, 30_000)
    expect(lane.all('intend')).toMatchObject([{ intent: { redemptionid, saleid, amount: 30_000 } }])
    expect(lane.all('ask')).toEqual([])
    intended(lane)
    expect(lane.all('ask')).toMatchObject([{ type: 'vafa.redemption.reserved.v1', data: { member: sara, amount: 30_000 } }])
    heard(lane, held(30_000))
    expect(lane.told).toMatchObject([{ op: 'quote', re: 'd1', discount: 5_000, redeemed: 30_000, payable: 65_000 }])
  })

  it('is spent in the sale, and the intent goes when that is on disk', () => {
    const lane = holding()
    pay(lane, 65_000)
    expect(lane.all('commit')).toMatchObject([{ data: { redemption: { redemptionid, amount: 30_000 }, payable: 65_000 } }])
    expect(lane.all('forget-intent')).toEqual([])
    lane.take({ kind: 'committed', ref })
    expect(lane.all('forget-intent')).toEqual([{ kind: 'forget-intent', redemptionid }])
  })

  it.each([
    ['a cancel', (lane: TestLane) => lane.till({ op: 'cancel', id: 'x', saleid })],
    ['a changed basket', (lane: TestLane) => openSale(lane)],
    ['a redemption of 0', (lane: TestLane) => redeem(lane, 0)],
    ['a hold that stands too long', (lane: TestLane) => lane.take({ kind: 'timer', timer: `hold:${redemptionid}` })],
    ['a sale that nobody goes on with', (lane: TestLane) => lane.take({ kind: 'timer', timer: 'sale' })],
    [
      'a terminal that takes back what it does not know of',
      (lane: TestLane) => lane.till({ op: 'reverse', id: 'v', saleid, reason: 'timeout' }),
    ],
  ])('goes back at once by %s', (_, ends) => {
    const lane = holding()
    ends(lane)
    const given = lane.all('commit').filter(({ type }) => type === 'vafa.redemption.voided.v1')
    expect(given).toMatchObject([{ data: { redemptionid }, orderkey: sara.token }])
    lane.take({ kind: 'committed', ref: voidRef })
    expect(lane.state.holds).toEqual([])
  })

  it('that goes back on a full disk is given back when there is room', () => {
    const lane = holding()
    redeem(lane, 0)
    lane.take({ kind: 'not-committed', ref: voidRef, key: 'box.unwritable', reason: 'full' })
    lane.take({ kind: 'timer', timer: `hold:${redemptionid}` })
    expect(lane.all('commit')).toHaveLength(2)
    lane.take({ kind: 'committed', ref: voidRef })
    expect(lane.all('forget-intent')).toHaveLength(1)
  })

  it('that stood too long is no longer taken off the price, and the till hears so', () => {
    const lane = holding()
    lane.forgetPast()
    lane.take({ kind: 'timer', timer: `hold:${redemptionid}` })
    expect(lane.told).toMatchObject([{ op: 'quote', payable: 95_000 }])
    expect(lane.told[0]).not.toHaveProperty('redeemed')
    expect(lane.state.shown.prompts.at(-1)?.text.fa).toContain('برگشت')
    pay(lane, 65_000)
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', error: { reason: 'the tenders add up to 65000, payable is 95000' } })
  })

  it('of which less is wanted needs no question; more waits until the first has gone back', () => {
    const lane = holding()
    lane.forgetPast()
    redeem(lane, 10_000)
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', redeemed: 10_000, payable: 85_000 })
    expect(lane.all('ask')).toEqual([])
    const second = '01900000-0000-7000-8000-00000000dddd'
    lane.till({ op: 'redeem', id: 'd2', saleid, amount: 40_000 }, { is: 'unknown' }, { fresh: second })
    expect(lane.all('intend')).toEqual([])
    lane.take({ kind: 'committed', ref: voidRef })
    expect(lane.all('intend')).toMatchObject([{ intent: { redemptionid: second, amount: 40_000 } }])
  })

  it('that the club declines is refused in its words, and nothing is left to give back', () => {
    const lane = quotedLane()
    redeem(lane, 30_000)
    intended(lane)
    heard(lane, { ...answer, status: 'declined', error: describeError('credit.insufficient') })
    expect(lane.told).toMatchObject([{ op: 'error', re: 'd1', error: { key: 'credit.insufficient' } }])
    expect(lane.all('forget-intent')).toHaveLength(1)
    expect(lane.all('commit')).toEqual([])
  })

  it('of which the club says nothing is given back, since it may be held all the same', () => {
    const lane = quotedLane()
    redeem(lane, 30_000)
    intended(lane)
    lane.take({ kind: 'timer', timer: `question:${lane.state.questions}` })
    expect(lane.told).toMatchObject([{ op: 'error', re: 'd1', error: { key: 'redemption.offline' } }])
    expect(lane.all('commit')).toMatchObject([{ type: 'vafa.redemption.voided.v1' }])
    heard(lane, held(30_000))
    expect(lane.all('commit')).toHaveLength(1)
  })

  it('comes out of the box’s own allowance while the club is away, and the club hears of it with the sale alone', () => {
    const lane = quotedLane({ uplink: 'offline' })
    redeem(lane, 30_000)
    expect(lane.all('intend')).toMatchObject([{ intent: { amount: 30_000, alone: true } }])
    const { redemptionid } = lane.all('intend')[0]?.intent ?? { redemptionid: '' }
    lane.take({ kind: 'intended', redemptionid, held: 30_000 })
    expect(lane.all('ask')).toEqual([])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', redeemed: 30_000 })
    lane.till({ op: 'cancel', id: 'x1' })
    expect(lane.all('forget-intent')).toMatchObject([{ redemptionid, alone: saleid }])
    expect(lane.all('commit')).toEqual([])
  })

  it('without an allowance is refused while the club is away', () => {
    const lane = quotedLane({ uplink: 'offline' })
    redeem(lane, 30_000)
    const { redemptionid } = lane.all('intend')[0]?.intent ?? { redemptionid: '' }
    lane.take({ kind: 'not-intended', redemptionid, key: 'redemption.offline', reason: 'none' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', error: { key: 'redemption.offline' } })
  })

  it('needs a member, and a lane that is for real', () => {
    const refusals = (lane: TestLane) => {
      redeem(lane, 30_000)
      return lane.told.at(-1)
    }
    expect(refusals(quotedLane({ mode: 'training' }))).toMatchObject({ error: { key: 'sale.training' } })
    const nobody = laneOf()
    openSale(nobody)
    quoteSale(nobody)
    expect(refusals(nobody)).toMatchObject({ error: { reason: 'present the card whose credit it is first' } })
  })

  it('is no more than the programme lets be spent on one purchase', () => {
    const lane = quotedLane()
    const ask = (id: string, capture: 'whole' | 'up-to') =>
      lane.till({ op: 'redeem', id, saleid, amount: 60_000, capture }, { is: 'unknown' }, { fresh: redemptionid, most: 47_500 })
    ask('d1', 'whole')
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', error: { key: 'redemption.refused' } })
    ask('d2', 'up-to')
    expect(lane.all('intend')).toMatchObject([{ intent: { amount: 47_500, capture: 'up-to' } }])
  })

  it('of the first card keeps a second one away', () => {
    const lane = holding()
    lane.tap(reza)
    lane.tap(reza)
    expect(lane.told.slice(-2)).toMatchObject([{ error: { key: 'card.second' } }, { error: { key: 'card.second' } }])
    pay(lane, 65_000)
    expect(lane.all('commit')).toMatchObject([{ data: { member: sara } }])
  })

  it('stays with the sale when its member taps again', () => {
    const lane = holding()
    lane.tap(sara)
    quoteSale(lane)
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', redeemed: 30_000, payable: 65_000 })
  })
})

describe('after a restart, credit', () => {
  const intent = {
    redemptionid,
    saleid,
    orderkey: 'k',
    device: 'till-1',
    member: sara,
    amount: 30_000,
    capture: 'whole' as const,
  }

  it('that the till was told of can still be spent, and that it was not told of goes back', () => {
    const before = holding()
    const kept = before.all('keep').at(-1)
    if (!kept) throw new Error('nothing kept')
    const lane = laneOf()
    lane.take({ kind: 'recovered-hold', intent, pinned: true })
    pay(lane, 65_000, { is: 'kept', sale: kept.sale, quote: kept.quote })
    expect(lane.all('commit')).toMatchObject([{ data: { redemption: { redemptionid, amount: 30_000 } } }])

    const other = laneOf()
    other.take({ kind: 'recovered-hold', intent, pinned: false })
    expect(other.all('commit')).toMatchObject([{ type: 'vafa.redemption.voided.v1' }])
    pay(other, 65_000, { is: 'kept', sale: kept.sale, quote: kept.quote })
    expect(other.told.at(-1)).toMatchObject({ op: 'error', error: { key: 'request.invalid' } })
  })
})
