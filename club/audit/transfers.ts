import { chainOf, postingsMax } from '../books/desk.ts'
import type { Reader } from '../store/questions.ts'
import { type TransferRow, transferOf } from '../store/transfer-row.ts'
import type { Finding } from './finding.ts'
import { rowsOf } from './pages.ts'

type Row = TransferRow & { event: number; chain: string }

/** Where a chain must pass through: the transfer of a number and its link. */
export interface Passing {
  seq: number
  chain: string
}

export interface Chained {
  transfers: number
  /** The last transfer and its link; number 0 and no link where there is none. */
  last: Passing
}

const rowName = (seq: number) => `transfers ${seq}`

/** Walks along the chain: every link, no gap, no mixing of units, and everything that compensates fits what it undoes. */
export async function checkTransfers(
  reader: Reader,
  { currency, through }: { currency: string; through?: Passing | undefined },
): Promise<Finding | Chained> {
  let last: Passing = { seq: 0, chain: '' }
  let transfers = 0
  let passed = through === undefined || through.seq === 0
  for await (const row of rowsOf<Row>(reader, {
    columns: 'debit, credit, amount, unit, kind, ruleid, compensates, issuedby, activeat, expiresat, event, chain',
    from: 'transfers',
    key: 'seq',
    first: -1,
  })) {
    const seq = Number((row as Row & { pagekey: number }).pagekey)
    const one = { ...row, seq, amount: Number(row.amount), event: Number(row.event) }
    const finding = linkFault(one, last) ?? unitFault(one, currency) ?? (await undoingFault(reader, one))
    if (finding) return finding
    if (through?.seq === seq) {
      if (through.chain !== one.chain)
        return { check: 'checkpoint', row: rowName(seq), what: 'its link is not the one that the checkpoint states' }
      passed = true
    }
    last = { seq, chain: one.chain }
    transfers++
  }
  if (!passed && through)
    return { check: 'checkpoint', row: rowName(through.seq), what: 'is not there, and the checkpoint states it' }
  return { transfers, last }
}

function linkFault(one: Row & { seq: number }, last: Passing): Finding | undefined {
  const { seq, chain, event } = one
  const fault = (what: string): Finding => ({ check: 'chain', row: rowName(seq), what })
  const starts = seq % postingsMax === 0
  if (event !== Math.floor(seq / postingsMax)) return fault(`it names event ${event}`)
  if (!starts && seq !== last.seq + 1) return fault(`the transfer before it, ${seq - 1}, is not there`)
  const compensates = one.compensates === null ? {} : { compensates: Number(one.compensates) }
  const { debit, credit, amount, unit } = one
  const should = chainOf(last.chain, { seq, debit, credit, amount, unit, ...compensates } as Parameters<typeof chainOf>[1])
  if (chain !== should)
    return fault('its link does not follow from it and the link before it: it or one before it was changed or taken out')
  if (!Number.isSafeInteger(amount) || amount <= 0) return fault(`its amount is ${amount}`)
  return undefined
}

/** The unit that an account is kept in. */
export function unitOfAccount(account: string, currency: string): string {
  const parts = account.split(':')
  const of = (from: number) => parts.slice(from).join(':') || currency
  if (parts[0] === 'member') return parts[2] === 'credit' || parts[2] === 'held' ? currency : of(2)
  return parts[0] === 'house' ? of(2) : currency
}

function unitFault({ seq, debit, credit, unit }: Row & { seq: number }, currency: string): Finding | undefined {
  for (const account of [debit, credit]) {
    const own = unitOfAccount(account, currency)
    if (own !== unit) return { check: 'units', row: rowName(seq), what: `it moves ${unit}, and ${account} is kept in ${own}` }
  }
  return undefined
}

/** What undoes a transfer goes back one of its ways, and all of it together never beyond it. */
async function undoingFault(reader: Reader, one: Row & { seq: number }): Promise<Finding | undefined> {
  const { seq, compensates } = one
  if (compensates === null) return undefined
  const fault = (what: string): Finding => ({ check: 'compensations', row: rowName(seq), what })
  const [row] = await reader.query<TransferRow & { undone: number | string }>(
    `SELECT seq, debit, credit, amount, unit, kind, ruleid, compensates, issuedby, activeat, expiresat,
     (SELECT SUM(amount) FROM transfers c WHERE c.compensates = t.seq AND c.seq <= $2) AS undone FROM transfers t WHERE seq = $1`,
    [Number(compensates), seq],
  )
  if (!row || Number(compensates) >= seq) return fault(`it undoes transfer ${compensates}, which is not before it`)
  const undone = transferOf(row)
  if (undone.compensates !== undefined) return fault(`it undoes transfer ${compensates}, which undoes another itself`)
  if (undone.unit !== one.unit) return fault(`it moves ${one.unit}, and what it undoes moved ${undone.unit}`)
  if (one.debit !== undone.credit && one.credit !== undone.debit)
    return fault(`it moves from ${one.debit} to ${one.credit}, which is no way back of transfer ${compensates}`)
  if (Number(row.undone) > Number(undone.amount))
    return fault(`with it ${row.undone} of transfer ${compensates} is undone, which moved ${undone.amount}`)
  return undefined
}
