import type { Fact } from '#protocol/messages.ts'
import { proRata } from '#protocol/money.ts'
import type { Reply } from '#protocol/reply.ts'
import { restOf } from '../booking/return.ts'
import type { Returned, Sale } from '../books/sale-records.ts'
import type { Increment } from './increments.ts'
import { type CountedSale, saleIncrements } from './sale-measures.ts'
import { type CountedTransfer, transferIncrements } from './transfer-measures.ts'

/** A journal entry as measures read it. */
export interface JournalRow {
  seq: number
  id: string
  store: string
  type: string
  effectiveat: string
  body: string
  reply: string
  memberid: string | null
}

/** A transfer as it stands in its table. */
export interface TransferRow {
  event: number
  debit: string
  credit: string
  amount: number
  kind: string
  ruleid: string
  at: string
  compensates: number | null
}

/** What belongs to an entry, as the books have it when it is counted. */
export interface Surroundings {
  /** The sale that the entry is about, whether it completed it or not. */
  sale: Sale | undefined
  /** The journal entry that completed that sale. */
  completed: JournalRow | undefined
  /** The first reversal of that sale. */
  reversal: Pick<JournalRow, 'seq' | 'id' | 'effectiveat'> | undefined
  /** What was brought back of that sale. */
  returned: Returned | undefined
  /** What the entry posted. */
  transfers: readonly TransferRow[]
  /** The age band of the sale's member at an instant. */
  ages(at: string): string | undefined
}

/** The place of a sale in the journal. */
export const placeOf = ({ events }: Sale): number => events[0] ?? 0

/**
 * What one journal entry counts in. It depends on the entry and what came before it in the journal, not on when it is
 * counted: what a later entry did to its sale is that entry's to count.
 *
 * A reversal or return that came before its sale did nothing at its own place: the sale's entry counts both.
 */
export function entryIncrements(entry: JournalRow, given: Surroundings): Increment[] {
  const { sale, completed, reversal } = given
  const { seq, store } = entry
  const completes = sale !== undefined && completed?.id === entry.id
  const increments = transferIncrements(store, given.transfers.map(countedTransfer))
  if (!sale || !completed) return increments
  const count = (flow: CountedSale['flow'], at: string, part: Part) =>
    increments.push(...saleIncrements({ ...countedSale(sale, completed), ...part, flow, at, ages: given.ages(at) }))
  if (completes) count('sale', sale.at, partOf(sale, nothingBack, wholly(sale)))
  const steps = given.returned?.steps ?? []
  steps.forEach((step, index) => {
    if (step.event === seq) count('return', step.at, partOf(sale, steps[index - 1] ?? nothingBack, step))
  })
  const undone = reversal && Math.max(reversal.seq, placeOf(sale)) === seq
  if (undone) count('reversal', reversal.effectiveat, partOf(sale, steps.at(-1) ?? nothingBack, wholly(sale)))
  return increments
}

type Part = Pick<CountedSale, 'total' | 'discount' | 'payable' | 'lines'>
type Back = Pick<Returned, 'value' | 'quantities'>
const nothingBack: Back = { value: 0, quantities: [] }
const wholly = ({ total, lines }: Sale): Back => ({ value: total, quantities: lines.map(({ quantity }) => quantity) })

/** What lies between two states of what was brought back of a sale: all of it, a return, or what a reversal found left. */
function partOf(sale: Sale, from: Back, to: Back): Part {
  const [before, after] = [restOf(sale, from.value), restOf(sale, to.value)]
  const lines = sale.lines.flatMap((line, index) => {
    const [was, is] = [from, to].map(({ quantities }) => Math.round((quantities[index] ?? 0) * 1_000_000))
    const whole = Math.round(line.quantity * 1_000_000)
    if (was === undefined || is === undefined || is === was) return []
    const amount = proRata(line.amount, is, whole) - proRata(line.amount, was, whole)
    return [{ ...line, quantity: (is - was) / 1_000_000, amount }]
  })
  const [discount, payable] = [before.discount - after.discount, before.payable - after.payable]
  return { total: before.total - after.total, discount, payable, lines }
}

const countedTransfer = ({ compensates, ...transfer }: TransferRow): CountedTransfer => ({
  ...transfer,
  undoes: compensates !== null,
})

function countedSale(sale: Sale, { body, reply, memberid }: JournalRow): Omit<CountedSale, 'flow' | 'at' | 'ages' | keyof Part> {
  const { subject, data } = JSON.parse(body) as Fact<'vafa.sale.completed.v1'>
  const { effects, prompts, member } = JSON.parse(reply) as Reply
  const gifts = effects.filter(({ kind }) => !kind.endsWith('-revoked') && !kind.endsWith('-restored'))
  return {
    store: sale.store,
    lane: subject,
    operator: sale.operator,
    ofMember: memberid !== null,
    tier: member?.tier,
    tenders: data.tenders,
    fired: [...gifts, ...prompts].map(({ ruleid }) => ruleid),
  }
}
