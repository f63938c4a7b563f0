import { readFileSync } from 'node:fs'
import { bootIdOf } from '#gateway/envelopes.ts'
import type { MessageData } from '#protocol/messages.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type FleetBox, type FleetBoxPlan, openFleetBox } from './fleet-box.ts'

// A process of its own with many boxes in it; whoever has forked it gives its orders and hears what came of them.

/** What stands in the file that is named on its command line. */
export interface FleetPlan {
  club: string
  url: string
  boxes: FleetBoxPlan[]
  /** Cards that belong to members: boxes sell to these. */
  cards: readonly NonNullable<Purchase['member']>[]
}
type Purchase = MessageData<'vafa.sale.completed.v1'>

export type FleetOrder =
  /** What is unanswered so long after the last sale was due is given up. */
  { order: 'sell'; perSecond: number; seconds: number; patienceMs: number } | { order: 'stand' }
export type FleetNews =
  | { news: 'ready' }
  /** Milliseconds since 1970: of each box when the club last began to answer it. */
  | { news: 'all-online'; at: number[] }
  | { news: 'all-offline' }
  /** The answer to `stand`: as with `all-online`, of those whom the club answers now. */
  | { news: 'stands'; at: number[] }
  /** `lost`: how often a box got no answer to a heartbeat in time meanwhile. */
  | { news: 'sold'; ms: number[]; accepted: number; unanswered: number; startedLateMs: number; lost: number }

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as FleetPlan
const tell = (news: FleetNews) => void process.send?.(news)
const online = new Map<string, number>()
let lost = 0
const bootid = bootIdOf(systemRuntime)

const onProof = (store: string, state: 'online' | 'offline') => {
  if (state === 'online') online.set(store, Date.now())
  else if (online.delete(store)) lost += 1
  if (online.size === plan.boxes.length) tell({ news: 'all-online', at: [...online.values()] })
  else if (online.size === 0) tell({ news: 'all-offline' })
}
const boxes: FleetBox[] = []
/** Making a box keeps this process busy for milliseconds; those that are open already must be heard in between. */
async function openAll(): Promise<void> {
  for (const box of plan.boxes) {
    boxes.push(openFleetBox({ plan: box, club: plan.club, url: plan.url, bootid, onProof: (state) => onProof(box.store, state) }))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const lines = Array.from({ length: 4 }, (_, n) => ({
  product: `p${n}`,
  name: `product ${n}`,
  category: ['coffee', 'bread', 'dairy', 'fruit'][n] ?? 'bread',
  quantity: 1 + (n % 3),
  amount: 100_000 + n * 10_000,
}))
const total = lines.reduce((sum, { amount }) => sum + amount, 0)

function purchase(n: number): Purchase {
  const member = plan.cards[Math.floor(Math.random() * plan.cards.length)]
  return {
    saleid: systemRuntime.uuid(),
    ...(member ? { member } : {}),
    businessdate: new Date().toISOString().slice(0, 10),
    tillreceipt: `R${n}`,
    currency: 'IRR',
    total,
    lines,
    mode: 'live',
    applied: [],
    payable: total,
    tenders: [{ kind: 'card', amount: total }],
  }
}

/**
 * So many a second, each at its own moment whether earlier ones are answered or not. A sale counts from the moment in which
 * it was due: a generator that comes too late must not make the club look faster.
 */
async function sell({ perSecond, seconds, patienceMs }: Extract<FleetOrder, { order: 'sell' }>): Promise<void> {
  const count = Math.round(perSecond * seconds)
  const begin = performance.now()
  const ms: number[] = []
  let [accepted, startedLateMs] = [0, 0]
  lost = 0
  const answered: Promise<void>[] = []
  const one = async (n: number, due: number) => {
    startedLateMs = Math.max(startedLateMs, performance.now() - due)
    const status = await boxes[Math.floor(Math.random() * boxes.length)]?.sell(purchase(n))
    ms.push(performance.now() - due)
    if (status === 'accepted') accepted += 1
  }
  for (let n = 0; n < count; ) {
    for (; n < count && begin + (n * 1_000) / perSecond <= performance.now(); n += 1)
      answered.push(one(n, begin + (n * 1_000) / perSecond))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.race([Promise.all(answered), new Promise((resolve) => setTimeout(resolve, patienceMs))])
  tell({ news: 'sold', ms: [...ms], accepted, unanswered: count - ms.length, startedLateMs, lost })
}

process.on('message', (order: FleetOrder) => {
  if (order.order === 'sell') void sell(order)
  else tell({ news: 'stands', at: [...online.values()] })
})
// It ends with whoever started it, whatever ends that.
process.on('disconnect', () => process.exit(0))
tell({ news: 'ready' })
void openAll()
