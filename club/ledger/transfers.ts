/**
 * Double entry: each transfer takes `amount` from one account to another of the same unit. An account's balance is
 * what it was credited less what it was debited, so all balances together are always zero. Transfers are never
 * changed: what was wrong is compensated by its mirror image.
 */
export interface TransferDraft {
  debit: string
  credit: string
  /** Above 0, in the unit of both accounts. */
  amount: number
  kind: TransferKind
  ruleid: string
  /** Of both accounts; the books' currency where it is left out. */
  unit?: string
  /** The transfer that this one undoes. */
  compensates?: number
}

export type TransferKind =
  | 'credit-granted'
  | 'discount-given'
  | 'offline-difference'
  | 'points-granted'
  | 'stamps-granted'
  | 'stamps-used'

/** A transfer that is in the books, at its place. */
export interface PostedTransfer extends TransferDraft {
  seq: number
}

/** As the books show it. */
export interface Transfer extends PostedTransfer {
  unit: string
  /** The id of the event that caused it. */
  eventid: string
  at: string
}

export const accounts = {
  memberCredit: (memberid: string) => `member:${memberid}:credit`,
  /** Points or stamps of a member, by their unit (`points:club`). */
  memberUnit: (memberid: string, unit: string) => `member:${memberid}:${unit}`,
  /** Against members' points or stamps of a unit. */
  issuedUnit: (unit: string) => `house:issued:${unit}`,
  /** Against members' credit: what the club owes for it. */
  issued: 'house:issued',
  /** Discounts that the club promised. */
  discounts: 'house:discounts',
  /** What a box gave without the club less what the club would have given. */
  offlineDifferences: 'house:offline-differences',
  /** Cash discounts that a store laid out for the club. */
  storeDiscounts: (store: string) => `store:${store}:discounts`,
} as const

/** Whose an account is: members' balances stand with the member, the others' are kept as totals. */
export const accountOwner = (account: string): 'member' | 'house' => (account.startsWith('member:') ? 'member' : 'house')

/** The mirror images of transfers that have not been undone yet. */
export function compensate(transfers: readonly PostedTransfer[]): TransferDraft[] {
  const undone = new Set(transfers.map((one) => one.compensates))
  return transfers
    .filter((one) => one.compensates === undefined && !undone.has(one.seq))
    .map(({ debit, credit, amount, kind, ruleid, unit, seq }) => ({
      debit: credit,
      credit: debit,
      amount,
      kind,
      ruleid,
      ...(unit === undefined ? {} : { unit }),
      compensates: seq,
    }))
}

/** What transfers add to one account. */
export function changeOf(account: string, transfers: readonly TransferDraft[]): number {
  let change = 0
  for (const one of transfers) {
    if (one.credit === account) change += one.amount
    if (one.debit === account) change -= one.amount
  }
  return change
}

/** A balance after transfers. Throws where it would leave the range of exact integers. */
export function balanceAfter(balance: number, account: string, transfers: readonly TransferDraft[]): number {
  const after = balance + changeOf(account, transfers)
  if (!Number.isSafeInteger(after)) throw new RangeError(`the balance of ${account} would leave the range of exact integers`)
  return after
}
