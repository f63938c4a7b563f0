import type { Credential } from '#protocol/credentials.ts'
import type { TillResponse, TillSale } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Known, LaneEffect, LaneInput, LaneRequest, TillInput } from './inputs.ts'
import { step } from './machine.ts'
import { initialLane, type LaneSetup, type LaneState } from './state.ts'

export const setup: LaneSetup = {
  lane: 'lane-1',
  kind: 'checkout',
  mode: 'live',
  simulators: 'refused',
  currency: 'IRR',
  moneyShown: 'toman',
  budgetMs: 1_500,
  earnOnly: false,
  receiptVia: 'own',
  timeouts: { presentedMs: 120_000, saleMs: 1_800_000, redemptionMs: 600_000, outcomeMs: 30_000 },
}
export const sara: Credential = { kind: 'nfc-uid', keyid: 'k1', token: 'S'.repeat(43) }
export const reza: Credential = { kind: 'nfc-uid', keyid: 'k1', token: 'R'.repeat(43) }
export const basket: TillSale = { tillreceipt: 'r1', total: 100_000, lines: [] }
export const receipt: ReceiptDocument = { version: 1, reference: 'ABCDE-FGHJK', provisional: false, blocks: [] }
export const answer: Reply = {
  inReplyTo: '01900000-0000-7000-8000-000000000000',
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [],
  decidedBy: 'club',
  programmeVersion: 3,
}
export const member = { memberid: '01900000-0000-7000-8000-00000000aaaa', number: '10000016', visits: 1 }
export const offer = {
  quoteid: '01900000-0000-7000-8000-00000000bbbb',
  validuntil: '2026-11-21T09:15:00.000Z',
  total: 100_000,
  discount: 5_000,
  payable: 95_000,
}
export const quoted: Reply = {
  ...answer,
  member,
  quote: offer,
  effects: [{ kind: 'discount', ruleid: 'first-purchase', desired: 5_000, granted: 5_000, currency: 'IRR' }],
}
export const booked: Reply = { ...answer, receipt }
export const saleid = '01900000-0000-7000-8000-000000000001'

/** A lane that is told what happens, and remembers what it wanted done. */
export function laneOf(
  options: Partial<LaneSetup> & {
    uplink?: 'online' | 'offline'
    alone?: (asked: Extract<LaneEffect, { kind: 'ask-alone' }>) => Reply | undefined
  } = {},
) {
  const { uplink = 'online', alone, ...rest } = options
  let state: LaneState = { ...initialLane, uplink }
  let done: LaneEffect[] = []
  const take = (input: LaneInput): LaneEffect[] => {
    const result = step({ ...setup, ...rest }, state, input)
    state = result.state
    done = [...done, ...result.effects]
    // The box itself knows nobody here, unless a test has it answer.
    for (const effect of result.effects)
      if (effect.kind === 'ask-alone') {
        const reply = alone?.(effect)
        take(reply ? { kind: 'answer', number: effect.number, reply } : { kind: 'timer', timer: `question:${effect.number}` })
      }
    return result.effects
  }
  return {
    take,
    till: (request: LaneRequest, known: Known = { is: 'unknown' }, more: Partial<TillInput> = {}) =>
      take({ kind: 'till', request, device: 'till-1', fresh: saleid, businessdate: '2026-11-21', known, shown: [], ...more }),
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
export type TestLane = ReturnType<typeof laneOf>

export const openSale = (lane: TestLane) => lane.till({ op: 'open', id: 'o1', sale: basket })
export const quoteSale = (lane: TestLane, reply: Reply = quoted) =>
  lane.take({ kind: 'answer', number: lane.state.questions, reply })
export const pay = (lane: TestLane, amount = 95_000, known?: Known) =>
  lane.till({ op: 'complete', id: 'c1', saleid, tenders: [{ kind: 'cash', amount }] }, known)
export const ref = `sale:${saleid}`
export function completed(options?: Parameters<typeof laneOf>[0]) {
  const lane = laneOf(options)
  openSale(lane)
  if (lane.state.uplink === 'online') quoteSale(lane)
  pay(lane, lane.state.uplink === 'online' ? 95_000 : 100_000)
  lane.take({ kind: 'committed', ref })
  return lane
}
