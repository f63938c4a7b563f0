import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Sale } from '../books/records.ts'
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
 * A reversal that came before its sale did nothing at its own place: the sale's entry counts both.
 */
export function entryIncrements(entry: JournalRow, given: Surroundings): Increment[] {
  const { sale, completed, reversal } = given
  const { seq, store } = entry
  const completes = sale !== undefined && completed?.id === entry.id
  const increments = transferIncrements(store, given.transfers.map(countedTransfer))
  if (!sale || !completed) return increments
  const counted = (flow: CountedSale['flow'], at: string) =>
    saleIncrements({ ...countedSale(sale, completed), flow, at, ages: given.ages(at) })
  if (completes) increments.push(...counted('sale', sale.at))
  const undone = reversal && Math.max(reversal.seq, placeOf(sale)) === seq
  if (undone) increments.push(...counted('reversal', reversal.effectiveat))
  return increments
}

const countedTransfer = ({ compensates, ...transfer }: TransferRow): CountedTransfer => ({
  ...transfer,
  undoes: compensates !== null,
})

function countedSale(sale: Sale, { body, reply, memberid }: JournalRow): Omit<CountedSale, 'flow' | 'at' | 'ages'> {
  const { subject, data } = JSON.parse(body) as Fact<'vafa.sale.completed.v1'>
  const { effects, prompts, member } = JSON.parse(reply) as Reply
  const gifts = effects.filter(({ kind }) => !kind.endsWith('-revoked') && !kind.endsWith('-restored'))
  return {
    store: sale.store,
    lane: subject,
    operator: sale.operator,
    ofMember: memberid !== null,
    tier: member?.tier,
    total: sale.total,
    discount: sale.discount,
    payable: sale.payable,
    lines: sale.lines,
    tenders: data.tenders,
    fired: [...gifts, ...prompts].map(({ ruleid }) => ruleid),
  }
}
