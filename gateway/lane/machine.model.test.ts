import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Reply } from '#protocol/reply.ts'
import { questionOf } from './draft.ts'
import type { LaneEffect, LaneInput } from './inputs.ts'
import { step } from './machine.ts'
import { initialLane, type LaneSetup, type LaneState } from './state.ts'

/**
 * The machine against the worst order of events that we can think of. The world below does what the runner does
 * (numbers questions, remembers timers, knows what is on disk), but everything may come late, twice, or never.
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
  fc.record({ do: fc.constant('tap' as const), card: fc.constantFrom('A', 'B'), byTill: fc.boolean() }),
  fc.record({ do: fc.constant('open' as const), sale, receipt: fc.constantFrom('r1', 'r2') }),
  fc.record({ do: fc.constant('complete' as const), sale, brings: fc.boolean(), pays: fc.constantFrom(100, 90) }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'reverse' as const), sale }),
  fc.record({ do: fc.constant('enrol' as const), sale }),
  fc.record({ do: fc.constantFrom('commit' as const, 'fail' as const) }),
  fc.record({ do: fc.constant('answer' as const), number: fc.integer({ min: 0, max: 12 }), good: fc.boolean() }),
  fc.record({
    do: fc.constant('reply' as const),
    of: fc.constantFrom('sale', 'reversal', 'enrolment'),
    sale,
    paper: fc.boolean(),
  }),
  fc.record({ do: fc.constant('decided' as const), sale, of: fc.constantFrom('sale', 'reversal') }),
  fc.record({ do: fc.constant('timer' as const), pick: fc.nat(9) }),
  fc.record({ do: fc.constant('uplink' as const), state: fc.constantFrom('online' as const, 'offline' as const) }),
)
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

function worldOf(setup: LaneSetup) {
  let state: LaneState = initialLane
  const timers = new Set<string>()
  const pending: string[] = []
  const onDisk = new Set<string>()
  const commits: string[] = []
  const receipts: string[] = []
  const results: string[] = []
  /** How often each `present` was answered. */
  const presents = new Map<string, number>()

  const perform = (effect: LaneEffect) => {
    switch (effect.kind) {
      case 'timer':
        timers.add(effect.timer)
        return
      case 'cancel-timer':
        timers.delete(effect.timer)
        return
      case 'commit':
      case 'enrol':
        commits.push(effect.ref)
        pending.push(effect.ref)
        return
      case 'print':
      case 'handed':
        receipts.push(effect.ref)
        return
      case 'tell': {
        const { response } = effect
        const answers = response.re === undefined ? undefined : presents.get(response.re)
        if (response.re !== undefined && answers !== undefined) presents.set(response.re, answers + 1)
        if (response.op === 'completed') expect(onDisk).toContain(`sale:${response.saleid}`)
        if (response.op === 'reversed') expect(onDisk).toContain(`reversal:${response.saleid}`)
        if (response.op === 'enrolled') expect(onDisk).toContain(`enrolment:${response.memberid}`)
        if (response.op === 'result' && response.saleid) results.push(response.saleid)
        return
      }
    }
  }
  const take = (input: LaneInput) => {
    const result = step(setup, state, input)
    state = result.state
    for (const effect of result.effects) perform(effect)
  }
  const till = (request: Extract<LaneInput, { kind: 'till' }>['request'], id: string) => {
    const booked = onDisk.has(`sale:${id}`)
    const reversed = onDisk.has(`reversal:${id}`)
    const known: Extract<LaneInput, { kind: 'till' }>['known'] =
      booked || reversed
        ? { is: 'booked', orderkey: id, ...(booked ? { sale: {} } : {}), ...(reversed ? { reversal: {} } : {}) }
        : { is: 'unknown' }
    take({ kind: 'till', request, device: 'till', fresh: id, businessdate: '2026-11-21', known })
  }

  const act = (a: Action) => {
    switch (a.do) {
      case 'tap': {
        const re = `present-${presents.size}`
        if (a.byTill) presents.set(re, 0)
        return take({
          kind: 'credential',
          credential: { kind: 'nfc-uid', keyid: 'k', token: a.card.repeat(43) },
          device: 'reader',
          ...(a.byTill ? { re } : {}),
        })
      }
      case 'open':
        if (commits.some((ref) => ref.endsWith(a.sale))) return undefined
        return till({ op: 'open', id: 'o', sale: { tillreceipt: a.receipt, total: 100, lines: [] } }, a.sale)
      case 'complete':
        return till(
          {
            op: 'complete',
            id: 'c',
            saleid: a.sale,
            tenders: [{ kind: 'cash', amount: a.pays }],
            ...(a.brings ? { sale: { tillreceipt: 'r', total: 100, lines: [] } } : {}),
          },
          a.sale,
        )
      case 'cancel':
      case 'reverse':
        return till({ op: a.do, id: 'x', saleid: a.sale }, a.sale)
      case 'enrol':
        if (commits.includes(`enrolment:${a.sale}`)) return undefined
        return till({ op: 'enrol', id: 'e', profile: {}, consents: [] }, a.sale)
      case 'commit': {
        const ref = pending.shift()
        if (ref === undefined) return undefined
        onDisk.add(ref)
        return take({ kind: 'committed', ref })
      }
      case 'fail': {
        const ref = pending.shift()
        if (ref === undefined) return undefined
        commits.splice(commits.indexOf(ref), 1)
        return take({ kind: 'not-committed', ref, key: 'box.unwritable', reason: 'full' })
      }
      case 'answer':
        return take({ kind: 'answer', number: a.number, reply: a.good ? quoteReply : { ...answer, status: 'declined' } })
      case 'reply':
        if (!onDisk.has(`${a.of}:${a.sale}`)) return undefined
        return take({ kind: 'reply', ref: `${a.of}:${a.sale}`, reply: a.paper ? { ...answer, receipt } : answer })
      case 'decided':
        return take({ kind: 'decided-alone', ref: `${a.of}:${a.sale}`, receipt: { ...receipt, provisional: true }, effects: [] })
      case 'timer': {
        const timer = [...timers][a.pick]
        if (timer === undefined) return undefined
        timers.delete(timer)
        return take({ kind: 'timer', timer })
      }
      case 'uplink':
        return take({ kind: 'uplink', state: a.state })
    }
  }
  return { act, commits, receipts, results, presents, state: () => state }
}

it.each(['own', 'till'] as const)(
  'whatever happens in whatever order (receipts via %s): nothing throws, success only after the disk, each sale booked once, one receipt, each `present` answered once',
  (receiptVia) => {
    const setup: LaneSetup = {
      lane: 'l',
      mode: 'live',
      currency: 'IRR',
      moneyShown: 'toman',
      budgetMs: 1_500,
      earnOnly: false,
      receiptVia,
    }
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const world = worldOf(setup)
        for (const a of actions) world.act(a)
        expect(new Set(world.commits).size).toBe(world.commits.length)
        expect(new Set(world.receipts).size).toBe(world.receipts.length)
        const waiting = questionOf(world.state().phase)?.presents ?? []
        for (const [re, answers] of world.presents) expect([re, answers]).toEqual([re, waiting.includes(re) ? 0 : 1])
        expect(world.state().bookings.every(({ ref }) => world.commits.includes(ref))).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  },
)
