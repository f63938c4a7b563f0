import type { Connection, DeviceEvent } from '#drivers/contract.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { TestHost } from './test-host.ts'

/** What came to a lane, and what it has booked by id. */
export interface AnsweringLane {
  readonly requests: TillRequest[]
  readonly booked: Map<string, TillRequest>
  readonly undone: Set<string>
  /** Says nothing to the next request of this kind, until `release` brings its answers. */
  holdBack(op: TillRequest['op']): { release(): void }
}

const member = { memberid: '01890a5d-ac96-774b-bcce-b302099a8057', number: '1000001234', visits: 7, displayName: 'سارا' }
const balances = [{ unit: 'credit' as const, currency: 'IRR', available: 162_750, pending: 0 }]
const totals = { sales: 3, total: 1_350_000, discount: 45_000, reversed: 1 }

/** Plays the lanes of a driver under test: takes ten percent off, books each id once. */
export function answerAsLane(host: TestHost, connectionNow: () => Connection): AnsweringLane {
  const requests: TillRequest[] = []
  const booked = new Map<string, TillRequest>()
  const undone = new Set<string>()
  const held = new Map<TillRequest['op'], (() => void)[]>()

  const take = (event: DeviceEvent) => {
    if (event.kind !== 'till') return
    const { request, lane } = event
    requests.push(request)
    const connection = connectionNow()
    const till = lane === undefined ? connection.till : connection.tills?.get(lane)
    const answer = () => {
      for (const response of answersTo(request)) till?.send({ ...response, re: request.id })
    }
    const waiting = held.get(request.op)
    if (!waiting) return answer()
    held.delete(request.op)
    waiting.push(answer)
  }

  const answersTo = (request: TillRequest): TillResponse[] => {
    const refuse = (key: Parameters<typeof describeError>[0]): TillResponse[] => [{ op: 'error', error: describeError(key) }]
    switch (request.op) {
      case 'present':
        return request.credential.value.endsWith('0')
          ? refuse('credential.unknown')
          : [{ op: 'member', member, balances, prompts: [] }]
      case 'open': {
        const { saleid = '', sale } = request
        const discount = sale.total / 10
        const quote = { total: sale.total, discount, payable: sale.total - discount, decidedBy: 'club' as const }
        const effects = [{ kind: 'discount' as const, ruleid: 'first', desired: discount, granted: discount, currency: 'IRR' }]
        return [
          { op: 'opened', saleid },
          { op: 'quote', saleid, ...quote, effects, prompts: [] },
        ]
      }
      case 'redeem':
        return [
          {
            op: 'quote',
            saleid: request.saleid,
            total: 450_000,
            discount: 45_000,
            redeemed: request.amount,
            payable: 405_000 - request.amount,
            effects: [],
            prompts: [],
            decidedBy: 'club',
          },
        ]
      case 'complete':
      case 'record': {
        const { saleid = '' } = request
        if (undone.has(saleid)) return refuse('sale.undone')
        if (!booked.has(saleid)) booked.set(saleid, request)
        return [{ op: 'completed', saleid }, result(saleid)]
      }
      case 'reverse':
        undone.add(request.saleid)
        return [{ op: 'reversed', saleid: request.saleid }, result(request.saleid)]
      case 'return': {
        const { returnid = '' } = request
        if (!booked.has(returnid)) booked.set(returnid, request)
        return [{ op: 'returned', returnid }, result(returnid)]
      }
      case 'look-up':
        return [{ op: 'sale', reference: request.reference, balances: [], prompts: [], effects: [] }]
      case 'totals':
        return [{ op: 'totals', businessdate: '2026-11-22', ...totals, redeemed: 0, returned: 0 }]
      case 'close-day':
        return [
          { op: 'day-closed', closeid: request.closeid ?? '', businessdate: '2026-11-22', totals: request.totals ?? totals },
          { op: 'result', status: 'accepted', balances: [], prompts: [], effects: [] },
        ]
      case 'sign-on':
        return [{ op: 'signed-on', operator: request.operator }]
      case 'sign-off':
        return [{ op: 'signed-off' }]
      case 'ping':
        return [{ op: 'pong' }]
      default:
        return refuse('request.invalid')
    }
  }

  const result = (saleid: string): TillResponse => ({
    op: 'result',
    saleid,
    status: 'accepted',
    member,
    balances,
    effects: [{ kind: 'credit', ruleid: 'base', desired: 40_500, granted: 40_500, currency: 'IRR' }],
    prompts: [{ audience: 'operator', text: { fa: 'خوش آمد بگویید', en: 'Welcome her' }, ruleid: 'first' }],
    receipt: {
      version: 1,
      reference: '7K3M9-QXZ2A',
      provisional: false,
      blocks: [
        { kind: 'heading', text: { fa: 'رسید باشگاه', en: 'Club receipt' } },
        {
          kind: 'pair',
          field: 'balance',
          label: { fa: 'مانده اعتبار', en: 'Credit balance' },
          value: { kind: 'money', amount: 162_750, currency: 'IRR', shown: 'toman' },
        },
      ],
    },
  })

  host.onEvent(take)
  return {
    requests,
    booked,
    undone,
    holdBack(op) {
      const waiting: (() => void)[] = []
      held.set(op, waiting)
      return {
        release() {
          for (const answer of waiting.splice(0)) answer()
        },
      }
    },
  }
}
