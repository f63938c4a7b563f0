import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Reply } from '#protocol/reply.ts'
import { questionOf } from './draft.ts'
import type { Intent, Known, LaneEffect, LaneInput, LaneRequest } from './inputs.ts'
import { step } from './machine.ts'
import { initialLane, type LaneSetup, type LaneState, type OpenSale, type PinnedQuote } from './state.ts'
import { eventOf, transitions } from './transitions.ts'

/**
 * The machine against the worst order of events that we can think of. The world below does what the runner does
 * (numbers questions, remembers timers, knows what is on disk), but everything may come late, twice, or never, and the
 * box may go down at any moment.
 */
const sales = [
  '01900000-0000-7000-8000-00000000000a',
  '01900000-0000-7000-8000-00000000000b',
  '01900000-0000-7000-8000-00000000000c',
]
const receipt = { version: 1 as const, reference: 'R', provisional: false, blocks: [] }
const answer: Reply = {
  inReplyTo: sales[0] ?? '',
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [],
  decidedBy: 'club',
  programmeVersion: 1,
}
const quoteReply: Reply = {
  ...answer,
  quote: { quoteid: sales[0] ?? '', validuntil: '2026-11-21T09:15:00.000Z', total: 100, discount: 0, payable: 100 },
}

const sale = fc.constantFrom(...sales)
const action = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tap' as const), card: fc.constantFrom('A', 'B'), byTill: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), sale, receipt: fc.constantFrom('r1', 'r2') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('redeem' as const),
      sale,
      amount: fc.constantFrom(0, 10, 30, 200),
      partly: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('complete' as const),
      sale,
      brings: fc.boolean(),
      pays: fc.constantFrom(100, 90, 70),
    }),
  },
  fc.record({ do: fc.constant('record' as const), sale, advised: fc.boolean() }),
  fc.record({ do: fc.constant('cancel' as const), sale, whatever: fc.boolean() }),
  fc.record({ do: fc.constant('reverse' as const), sale, reason: fc.constantFrom('operator' as const, 'timeout' as const) }),
  fc.record({ do: fc.constantFrom('enrol' as const, 'return' as const, 'claim' as const, 'close-day' as const), sale }),
  fc.record({ do: fc.constantFrom('sign-on' as const, 'sign-off' as const) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'commit' as const, 'fail' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      late: fc.nat(2),
      says: fc.constantFrom('yes' as const, 'no' as const, 'failed' as const),
    }),
  },
  fc.record({ do: fc.constant('reply' as const), pick: fc.nat(9), paper: fc.boolean() }),
  fc.record({ do: fc.constant('decided' as const), pick: fc.nat(9) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('timer' as const), pick: fc.nat(9) }) },
  fc.record({ do: fc.constant('uplink' as const), state: fc.constantFrom('online' as const, 'offline' as const) }),
  fc.record({ do: fc.constant('restart' as const) }),
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** By chance alone credit would seldom be held: stretches of what should happen stand between what should not. */
const yes: Action = { do: 'answer', late: 0, says: 'yes' }
const quoted = sale.map((id): Action[] => [
  { do: 'tap', card: 'A', byTill: false },
  { do: 'open', sale: id, receipt: 'r1' },
  yes,
  { do: 'redeem', sale: id, amount: 30, partly: false },
])
const stretch = fc.oneof(
  { weight: 5, arbitrary: action.map((one) => [one]) },
  quoted,
  quoted.map((before) => [...before, yes]),
  sale.map((id): Action[] => [{ do: 'complete', sale: id, brings: false, pays: 70 }, { do: 'commit' }]),
)
const actionsOf = fc.array(stretch, { maxLength: 40, size: 'max' }).map((stretches) => stretches.flat())

/** Requests that get a first answer sooner or later, but for a lane that went down. */
interface Asked {
  answers: number
  /** The lane that was asked went down since. */
  lost: boolean
}

function worldOf(setup: LaneSetup) {
  let state: LaneState = { ...initialLane, uplink: 'online' }
  let made = 0
  const timers = new Set<string>()
  /** Facts on their way to disk; and what each holds of credit. */
  let pending: { ref: string; takes: string[]; voids: string[] }[] = []
  const onDisk = new Set<string>()
  const commits: string[] = []
  const receipts: string[] = []
  const requests = new Map<string, Asked>()
  const intents = new Map<string, Intent>()
  /** Sales that hold something of the box's own allowance. */
  const allowed = new Set<string>()
  const kept = new Map<string, { sale: OpenSale; quote: PinnedQuote }>()
  const questions: { number: number; redemptionid?: string; amount?: number }[] = []
  /** Redemptions that the club was asked for, and what came of each on disk. */
  const asked = new Set<string>()
  const declined = new Set<string>()
  /** Sales that were opened, and still wait for their quote. */
  const unquoted = new Set<string>()
  const ended = new Map<string, ('captured' | 'voided')[]>()
  let queue: LaneInput[] = []
  /** Every way that the lane went. */
  const moves = new Set<string>()

  const end = (redemptionid: string, how: 'captured' | 'voided') =>
    ended.set(redemptionid, [...(ended.get(redemptionid) ?? []), how])
  const heard = (re: string | undefined) => {
    const one = re === undefined ? undefined : requests.get(re)
    if (one) one.answers += 1
  }

  const perform = (effect: LaneEffect) => {
    switch (effect.kind) {
      case 'timer':
        timers.add(effect.timer)
        return
      case 'cancel-timer':
        timers.delete(effect.timer)
        return
      case 'ask': {
        if (effect.type === 'vafa.redemption.reserved.v1') {
          expect(intents.has(effect.data.redemptionid)).toBe(true)
          asked.add(effect.data.redemptionid)
          questions.push({ number: effect.number, redemptionid: effect.data.redemptionid, amount: effect.data.amount })
        } else questions.push({ number: effect.number })
        return
      }
      case 'ask-alone':
        // The box knows this one or does not; it says so at once.
        queue.push(
          effect.number % 2 === 0
            ? { kind: 'answer', number: effect.number, reply: { ...quoteReply, decidedBy: 'box' } }
            : { kind: 'timer', timer: `question:${effect.number}` },
        )
        return
      case 'intend': {
        const { redemptionid, alone, amount, saleid } = effect.intent
        if (!alone) {
          intents.set(redemptionid, effect.intent)
          queue.push({ kind: 'intended', redemptionid })
          return
        }
        if (amount > 10 && effect.intent.capture === 'whole') {
          queue.push({ kind: 'not-intended', redemptionid, key: 'redemption.offline', reason: 'no allowance' })
          return
        }
        // One sale, one member: nobody takes twice for it.
        expect(allowed.has(saleid)).toBe(false)
        allowed.add(saleid)
        intents.set(redemptionid, effect.intent)
        queue.push({ kind: 'intended', redemptionid, held: Math.min(amount, 10) })
        return
      }
      case 'forget-intent':
        if (effect.alone !== undefined) allowed.delete(effect.alone)
        intents.delete(effect.redemptionid)
        return
      case 'keep':
        kept.set(effect.sale.saleid, { sale: effect.sale, quote: effect.quote })
        return
      case 'forget':
        kept.delete(effect.saleid)
        return
      case 'commit': {
        commits.push(effect.ref)
        const takes =
          effect.type === 'vafa.sale.completed.v1' && effect.data.redemption ? [effect.data.redemption.redemptionid] : []
        const voids = effect.type === 'vafa.redemption.voided.v1' ? [effect.data.redemptionid] : []
        pending.push({ ref: effect.ref, takes, voids })
        return
      }
      case 'enrol':
        commits.push(effect.ref)
        pending.push({ ref: effect.ref, takes: [], voids: [] })
        return
      case 'print':
      case 'handed':
        receipts.push(effect.ref)
        return
      case 'tell': {
        const { response } = effect
        // `opened` and a success are followed by a quote or a result of the same request: those are no first answers.
        if (response.op !== 'quote' || !requests.get(response.re ?? '')?.answers) if (response.op !== 'result') heard(response.re)
        if (response.op === 'opened') unquoted.add(response.saleid)
        if (response.op === 'quote' && response.re !== undefined) unquoted.delete(response.saleid)
        if (response.op === 'cancelled' || response.op === 'completed') unquoted.delete(response.saleid ?? '')
        if (response.op === 'completed') expect(onDisk).toContain(`sale:${response.saleid}`)
        if (response.op === 'reversed') expect(onDisk).toContain(`reversal:${response.saleid}`)
        if (response.op === 'enrolled') expect(onDisk).toContain(`enrolment:${response.memberid}`)
        if (response.op === 'returned') expect(onDisk).toContain(`return:${response.returnid}`)
        if (response.op === 'claimed') expect(onDisk).toContain(`claim:${response.claimid}`)
        if (response.op === 'day-closed') expect(onDisk).toContain(`day:${response.closeid}`)
        if (response.op === 'quote') {
          expect(response.payable).toBe(response.total - response.discount - (response.redeemed ?? 0))
          const { redeemed = 0 } = response
          if (redeemed > 0)
            expect(state.holds).toContainEqual(expect.objectContaining({ saleid: response.saleid, stage: 'held' }))
        }
        return
      }
    }
  }
  const take = (first: LaneInput) => {
    queue.push(first)
    for (let input = queue.shift(); input; input = queue.shift()) {
      const before = state.phase.at
      const result = step(setup, state, input)
      state = result.state
      moves.add(`${before} ${eventOf(input)} ${state.phase.at}`)
      for (const effect of result.effects) perform(effect)
    }
  }
  const known = (request: LaneRequest): Known => {
    const own = { return: 'return', claim: 'claim', 'close-day': 'day', enrol: 'enrolment' } as const
    if (request.op in own) {
      const of = own[request.op as keyof typeof own]
      const subject = Object.entries(request).find(([name]) => /^(return|claim|close|member)id$/.test(name))?.[1] as string
      if (!onDisk.has(`${of}:${subject}`)) return { is: 'unknown' }
      const totals = { sales: 1, total: 1, discount: 0, reversed: 0 }
      return { is: 'filed', ...(of === 'day' ? { day: { businessdate: '2026-11-21', totals } } : {}) }
    }
    const id = 'saleid' in request ? (request.saleid ?? '') : ''
    const { phase } = state
    if ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid === id) return { is: 'unknown' }
    const booked = onDisk.has(`sale:${id}`)
    const reversed = onDisk.has(`reversal:${id}`)
    if (booked || reversed)
      return { is: 'booked', orderkey: id, ...(booked ? { sale: {} } : {}), ...(reversed ? { reversal: {} } : {}) }
    const open = kept.get(id)
    return open ? { is: 'kept', ...open } : { is: 'unknown' }
  }
  const uuid = () => {
    made += 1
    return `01900000-0000-7000-8000-1${String(made).padStart(11, '0')}`
  }
  const till = (request: LaneRequest) => {
    requests.set(request.id, { answers: 0, lost: false })
    take({
      kind: 'till',
      request,
      device: 'till',
      fresh: uuid(),
      businessdate: '2026-11-21',
      known: known(request),
      shown: [],
      totals: { sales: 1, total: 1, discount: 0, reversed: 0 },
    })
  }
  const next = () => `q${requests.size}`
  const basket = { tillreceipt: 'r', total: 100, lines: [] }

  const act = (a: Action) => {
    switch (a.do) {
      case 'tap': {
        const re = next()
        if (a.byTill) requests.set(re, { answers: 0, lost: false })
        return take({
          kind: 'credential',
          credential: { kind: 'nfc-uid', keyid: 'k', token: a.card.repeat(43) },
          device: 'reader',
          ...(a.byTill ? { re } : {}),
        })
      }
      case 'open':
        return till({ op: 'open', id: next(), saleid: a.sale, sale: { ...basket, tillreceipt: a.receipt } })
      case 'redeem':
        return till({ op: 'redeem', id: next(), saleid: a.sale, amount: a.amount, capture: a.partly ? 'up-to' : 'whole' })
      case 'complete':
        // A till that goes on without waiting for its quote has what it wanted.
        unquoted.delete(a.sale)
        return till({
          op: 'complete',
          id: next(),
          saleid: a.sale,
          tenders: [{ kind: 'cash', amount: a.pays }],
          ...(a.brings ? { sale: basket } : {}),
        })
      case 'record':
        unquoted.delete(a.sale)
        return till({
          op: 'record',
          id: next(),
          saleid: a.sale,
          sale: basket,
          ...(a.advised ? { advice: { applied: [], redeemed: 30 } } : {}),
        })
      case 'cancel':
        return till({ op: 'cancel', id: next(), ...(a.whatever ? {} : { saleid: a.sale }) })
      case 'reverse':
        return till({ op: 'reverse', id: next(), saleid: a.sale, reason: a.reason })
      case 'enrol':
        return till({ op: 'enrol', id: next(), memberid: a.sale, profile: {}, consents: [] })
      case 'return':
        return till({ op: 'return', id: next(), returnid: a.sale, saleid: a.sale, lines: [], amount: 1 })
      case 'claim':
        return till({ op: 'claim', id: next(), claimid: a.sale, reference: 'R' })
      case 'close-day':
        return till({ op: 'close-day', id: next(), closeid: a.sale })
      case 'sign-on':
        return till({ op: 'sign-on', id: next(), operator: 'zahra' })
      case 'sign-off':
        return till({ op: 'sign-off', id: next() })
      case 'commit': {
        const fact = pending.shift()
        if (!fact) return undefined
        onDisk.add(fact.ref)
        for (const id of fact.takes) end(id, 'captured')
        for (const id of fact.voids) end(id, 'voided')
        return take({ kind: 'committed', ref: fact.ref })
      }
      case 'fail': {
        const fact = pending.shift()
        if (!fact) return undefined
        commits.splice(commits.indexOf(fact.ref), 1)
        return take({ kind: 'not-committed', ref: fact.ref, key: 'box.unwritable', reason: 'full' })
      }
      case 'answer': {
        const question = questions.at(-1 - a.late)
        if (!question) return undefined
        const { number, redemptionid, amount = 0 } = question
        const yes = redemptionid
          ? { ...answer, hold: { redemptionid, amount, lapsesat: '2026-11-21T09:15:00.000Z' } }
          : quoteReply
        if (redemptionid && a.says === 'no') declined.add(redemptionid)
        const reply: Reply = a.says === 'yes' ? yes : { ...answer, status: a.says === 'no' ? 'declined' : 'failed' }
        return take({ kind: 'answer', number, reply })
      }
      case 'reply': {
        const ref = [...onDisk][a.pick]
        return ref && take({ kind: 'reply', ref, reply: a.paper ? { ...answer, receipt } : answer })
      }
      case 'decided': {
        const ref = [...onDisk][a.pick]
        return ref && take({ kind: 'decided-alone', ref, receipt: { ...receipt, provisional: true }, effects: [] })
      }
      case 'timer': {
        const timer = [...timers][a.pick]
        if (timer === undefined) return undefined
        timers.delete(timer)
        return take({ kind: 'timer', timer })
      }
      case 'uplink':
        return take({ kind: 'uplink', state: a.state })
      case 'restart':
        return restart()
    }
  }

  /** The box goes down and comes up: only the disk is left. What was on its way there is not. */
  const restart = () => {
    for (const { ref } of pending) commits.splice(commits.indexOf(ref), 1)
    pending = []
    queue = []
    timers.clear()
    questions.length = 0
    unquoted.clear()
    for (const one of requests.values()) one.lost ||= one.answers === 0
    state = { ...initialLane, uplink: state.uplink }
    for (const intent of [...intents.values()]) {
      if (ended.has(intent.redemptionid)) {
        intents.delete(intent.redemptionid)
        continue
      }
      const pinned = kept.get(intent.saleid)?.quote.redemption
      const told = pinned?.redemptionid === intent.redemptionid
      take({ kind: 'recovered-hold', intent: { ...intent, ...(told ? { amount: pinned.amount } : {}) }, pinned: told })
    }
  }

  /** Every fact reaches the disk, every timer goes off, until nothing is left to happen. */
  const settle = () => {
    for (let rounds = 0; rounds < 200 && (pending.length > 0 || timers.size > 0); rounds++) {
      while (pending.length > 0) act({ do: 'commit' })
      const timer = [...timers][0]
      if (timer === undefined) continue
      timers.delete(timer)
      take({ kind: 'timer', timer })
    }
  }
  return {
    act,
    settle,
    commits,
    receipts,
    requests,
    asked,
    declined,
    unquoted,
    ended,
    intents,
    moves,
    allowed,
    state: () => state,
  }
}

const setupOf = (more: Partial<LaneSetup>): LaneSetup => ({
  lane: 'l',
  kind: 'checkout',
  mode: 'live',
  simulators: 'refused',
  currency: 'IRR',
  moneyShown: 'toman',
  budgetMs: 1_500,
  earnOnly: false,
  receiptVia: 'own',
  timeouts: { presentedMs: 120_000, saleMs: 1_800_000, redemptionMs: 600_000, outcomeMs: 30_000 },
  ...more,
})

it.each([
  ['receipts of its own', {}],
  ['receipts by the till', { receiptVia: 'till' as const }],
  ['earning only', { earnOnly: true }],
])(
  'whatever happens in whatever order (a lane with %s): nothing throws, success only after the disk, each sale booked once, each request answered once, each hold captured or given back once',
  (_, more) => {
    fc.assert(
      fc.property(actionsOf, (actions) => {
        const world = worldOf(setupOf(more))
        for (const a of actions) world.act(a)
        expect(new Set(world.commits).size).toBe(world.commits.length)
        expect(world.state().bookings.every(({ ref }) => world.commits.includes(ref))).toBe(true)
        for (const [, ends] of world.ended) expect(ends).toHaveLength(1)
        world.settle()
        expect(questionOf(world.state().phase)).toBeUndefined()
        expect([...world.unquoted]).toEqual([])
        expect(world.state().holds).toEqual([])
        expect([...world.intents]).toEqual([])
        expect([...world.allowed]).toEqual([])
        for (const redemptionid of world.asked)
          if (!world.declined.has(redemptionid)) expect(world.ended.get(redemptionid)).toHaveLength(1)
        for (const [re, { answers, lost }] of world.requests) expect([re, answers, lost]).toEqual([re, lost ? 0 : 1, lost])
      }),
      { numRuns: 400 },
    )
  },
)

it('every way that the table knows is gone', () => {
  // The same histories each time, so that a way which is seldom gone is not missed by chance.
  const seldom = sales.flatMap((id): Action[] => [{ do: 'complete', sale: id, brings: true, pays: 100 }, { do: 'commit' }])
  const histories = [seldom, ...fc.sample(actionsOf, { seed: 20_261_122, numRuns: 700 })]
  const moves = new Set<string>()
  for (const more of [{}, { earnOnly: true }])
    for (const history of histories) {
      const world = worldOf(setupOf(more))
      for (const one of history) world.act(one)
      world.settle()
      for (const move of world.moves) moves.add(move)
    }
  const ways = transitions.flatMap(({ from, on, to }) => from.map((one) => `${one} ${on} ${to}`))
  expect(ways.filter((way) => !moves.has(way))).toEqual([])
})
