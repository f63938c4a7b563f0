import { proRata } from '#protocol/money.ts'
import { issuedAccount, type Overdraft, type Purse, writtenOffAccount } from '../ledger/purse.ts'
import { accounts, type PostedTransfer, standingTransfers, type TransferDraft } from '../ledger/transfers.ts'

/** Something of a sale that was undone: how much of it the member really gave back or got back. */
export interface Undone {
  kind: 'credit-redeemed' | 'credit-granted' | 'points-granted' | 'stamps-granted' | 'stamps-used'
  ruleid: string
  unit: string
  amount: number
}

export interface Undoing {
  transfers: TransferDraft[]
  /** What a member is told of it. */
  undone: Undone[]
}

/**
 * Undoes what still stands of transfers. Credit that was spent goes back to the lots that it came from, then what was
 * earned is taken back: from its own lot, then from others; what is not there any more is a debt or written off.
 * Without a purse (nobody is a member) the other transfers are undone alone. With a `share`, as much is undone as is
 * missing until that part of everything is undone.
 */
export function undo(
  all: readonly PostedTransfer[],
  { purse, overdraft, share }: { purse: Purse | undefined; overdraft: Overdraft; share?: Share },
): Undoing {
  const standing = share ? shareOf(all, share) : standingTransfers(all)
  const undone: Undone[] = []
  const others: TransferDraft[] = []
  for (const one of standing) {
    const { kind, ruleid, seq, amount, lot } = one
    if (kind === 'credit-redeemed' && lot && purse) {
      purse.receive('credit', accounts.redeemed, { lot, amount }, { kind, ruleid, compensates: seq })
      undone.push({ kind, ruleid, unit: 'credit', amount })
    } else if (isOthers(one)) others.push(mirrored(one))
  }
  if (!purse) return { transfers: others, undone }
  // Used stamps come back first: what was earned is taken from them too.
  for (const { kind, ruleid, seq, amount, unit = '' } of standing)
    if (kind === 'stamps-used')
      purse.receive(unit, issuedAccount(unit), { lot: { issuedBy: '' }, amount }, { kind, ruleid, compensates: seq })
  for (const { kind, ruleid, seq, amount, lot, unit: own } of standing) {
    const unit = kind === 'credit-granted' ? 'credit' : (own ?? '')
    const cause = { kind, ruleid, compensates: seq }
    if (kind === 'stamps-used') undone.push({ kind, ruleid, unit, amount })
    else if (kind === 'credit-granted' || kind === 'points-granted' || kind === 'stamps-granted') {
      const grant = { from: issuedAccount(unit), lot, amount, writtenOff: writtenOffAccount(unit), overdraft }
      undone.push({ kind, ruleid, unit, amount: purse.takeBack(unit, grant, cause) })
    }
  }
  return { transfers: [...others, ...purse.transfers], undone: undone.filter((one) => one.amount > 0) }
}

/** `part` of `whole`. */
export interface Share {
  part: number
  whole: number
}

/**
 * Of each transfer what is still to be undone until the share of it is: what the member keeps of a grant, and gets back
 * of credit that was spent, is rounded down; used stamps come back with the whole only.
 */
function shareOf(all: readonly PostedTransfer[], { part, whole }: Share): PostedTransfer[] {
  const granted = new Map(all.map((one) => [one.seq, one.amount]))
  return standingTransfers(all).flatMap((one) => {
    const amount = granted.get(one.seq) ?? one.amount
    const before = amount - one.amount
    const due = Math.max(0, undoneOf(one.kind, amount, { part, whole }) - before)
    return due === 0 ? [] : [{ ...one, amount: due }]
  })
}

function undoneOf(kind: PostedTransfer['kind'], amount: number, { part, whole }: Share): number {
  if (part >= whole) return amount
  if (kind === 'stamps-used') return 0
  const isGrant = kind === 'credit-granted' || kind === 'points-granted' || kind === 'stamps-granted'
  return isGrant ? amount - proRata(amount, whole - part, whole) : proRata(amount, part, whole)
}

/** What is no member's: discounts, differences, clearing between stores. What a box was lent has been given all the same. */
const isOthers = ({ debit, credit, kind }: TransferDraft) =>
  !debit.startsWith('member:') && !credit.startsWith('member:') && kind !== 'credit-redeemed' && kind !== 'allowance-used'

function mirrored({ seq, debit, credit, amount, kind, ruleid, unit }: PostedTransfer): TransferDraft {
  return { debit: credit, credit: debit, amount, kind, ruleid, ...(unit === undefined ? {} : { unit }), compensates: seq }
}
