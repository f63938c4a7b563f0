import type { LotKey } from './lots.ts'

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
  /** The lot of the member's account that it adds to or takes from; none where a debt grows or is paid. */
  lot?: LotKey
  /** The transfer of which this one undoes as much as its amount. */
  compensates?: number
}

export type TransferKind =
  | 'credit-granted'
  | 'credit-held'
  | 'hold-released'
  | 'credit-redeemed'
  | 'credit-expired'
  | 'points-expired'
  | 'written-off'
  | 'clearing'
  | 'discount-given'
  | 'offline-difference'
  | 'points-granted'
  | 'stamps-granted'
  | 'stamps-used'
  /** Set aside for a box that gives while the club is away; not used; used. */
  | 'allowance-granted'
  | 'allowance-released'
  | 'allowance-used'
  /** Two people of head office decided it. */
  | 'credit-adjusted'
  /** What a member brought along from another club. */
  | 'balance-imported'
  /** From a member that turned out to be another one. */
  | 'members-merged'

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
  /** What is held of a member's credit until it is captured, voided or lapses. */
  memberHeld: (memberid: string) => `member:${memberid}:held`,
  /** Points or stamps of a member, by their unit (`points:club`). */
  memberUnit: (memberid: string, unit: string) => `member:${memberid}:${unit}`,
  /** Against members' points or stamps of a unit. */
  issuedUnit: (unit: string) => `house:issued:${unit}`,
  /** Against members' credit: what the club owes for it. */
  issued: 'house:issued',
  /** Against what members brought along from another club, by its unit; credit has none in its name. */
  imported: (unit: string) => (unit === 'credit' ? 'house:imported' : `house:imported:${unit}`),
  /** Against credit that head office gave or took by hand. */
  adjusted: 'house:adjusted',
  /** What goes from one member to another who is the same person; always 0 in the end. */
  merged: (unit: string) => (unit === 'credit' ? 'house:merged' : `house:merged:${unit}`),
  /** Credit that stores took instead of money. */
  redeemed: 'house:redeemed',
  /** Credit that was not used in time. */
  expired: 'house:expired',
  /** Points that were not used in time. */
  expiredUnit: (unit: string) => `house:expired:${unit}`,
  /** What was to be taken back and was not there any more. */
  writtenOff: 'house:written-off',
  writtenOffUnit: (unit: string) => `house:written-off:${unit}`,
  /** What a store is owed (above 0) or owes for credit that one store granted and another took. */
  storeClearing: (store: string) => `store:${store}:clearing`,
  /** Discounts that the club promised. */
  discounts: 'house:discounts',
  /** What a box gave without the club less what the club would have given. */
  offlineDifferences: 'house:offline-differences',
  /** Members' credit that is lent to a store's box, which can spend it while the club is away. */
  storeAllowances: (store: string) => `store:${store}:allowances`,
  /** Discounts and gifts that a store's box may give while the club is away; against `giftAllowances`. */
  storeGiftAllowances: (store: string) => `store:${store}:gift-allowances`,
  giftAllowances: 'house:allowances',
  /** Cash discounts that a store laid out for the club. */
  storeDiscounts: (store: string) => `store:${store}:discounts`,
} as const

/** Whose an account is: members' balances stand with the member, the others' are kept as totals. */
export const accountOwner = (account: string): 'member' | 'house' => (account.startsWith('member:') ? 'member' : 'house')

/** The transfers that stand, each with the amount of it that has not been undone yet. */
export function standingTransfers(transfers: readonly PostedTransfer[]): PostedTransfer[] {
  const undone = new Map<number, number>()
  for (const { compensates, amount } of transfers)
    if (compensates !== undefined) undone.set(compensates, (undone.get(compensates) ?? 0) + amount)
  return transfers.flatMap((one) => {
    const left = one.amount - (undone.get(one.seq) ?? 0)
    return one.compensates !== undefined || left === 0 ? [] : [{ ...one, amount: left }]
  })
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
