import { allot } from '#protocol/money.ts'
import { headOffice } from '../books/head-office.ts'
import type { LotPart } from '../ledger/lots.ts'
import type { HeldPart, Purse } from '../ledger/purse.ts'
import { accounts, type TransferDraft } from '../ledger/transfers.ts'

/** Credit that a till took instead of money. */
export interface Spending {
  redemptionid: string
  amount: number
  /** What the club had set aside for it, lot by lot; nothing where it had lapsed, was dropped or never asked for. */
  held: readonly HeldPart[]
  /** The same redemption has been spent before: nobody pays twice. */
  spentBefore: boolean
  /** What of it a box gave out of an allowance, lot by lot; it has left the member's credit already. */
  lent?: readonly LotPart[] | undefined
}

/**
 * Books credit that `store` took instead of money, as it has happened: first of what was lent to its box, then of what is held for it (the rest of that
 * is the member's again), then of what can be used otherwise; what nobody has is an offline difference. What moves in
 * the purse is in the purse's transfers; gives the others.
 */
export function redeem(
  purse: Purse | undefined,
  { redemptionid, amount, held, spentBefore, lent = [] }: Spending,
  store: string,
): TransferDraft[] {
  const to = accounts.redeemed
  const wanted = spentBefore || !purse ? 0 : amount - sumOf(lent)
  const fromHold = purse && held.length > 0 ? purse.endHold(redemptionid, held, { amount: wanted, to }) : []
  const rest = wanted - sumOf(fromHold)
  const cause = { kind: 'credit-redeemed', ruleid: 'redemption' } as const
  const others = purse && rest > 0 ? purse.spend('credit', to, rest, cause).parts : []
  const taken = [...lent, ...fromHold, ...others]
  const missing = amount - sumOf(taken)
  const debit = accounts.storeAllowances(store)
  return [
    ...lent.map(({ lot, amount: part }) => ({ ...cause, debit, credit: to, amount: part, lot })),
    ...clearing(taken, store),
    ...(missing > 0
      ? [
          {
            debit: accounts.offlineDifferences,
            credit: to,
            amount: missing,
            kind: 'offline-difference' as const,
            ruleid: 'redemption',
          },
        ]
      : []),
  ]
}

const sumOf = (parts: readonly LotPart[]) => parts.reduce((sum, one) => sum + one.amount, 0)

/** Who granted the credit pays who took it; what the club granted itself, no store pays for. */
function clearing(parts: readonly LotPart[], store: string): TransferDraft[] {
  const owed = new Map<string, number>()
  for (const { lot, amount } of parts) {
    const { issuedBy } = lot
    if (issuedBy !== store && issuedBy !== headOffice) owed.set(issuedBy, (owed.get(issuedBy) ?? 0) + amount)
  }
  return [...owed].map(([issuedBy, amount]) => ({
    debit: accounts.storeClearing(issuedBy),
    credit: accounts.storeClearing(store),
    amount,
    kind: 'clearing',
    ruleid: 'redemption',
  }))
}

/** How much of what was redeemed each line bears: in proportion to its price, exactly. */
export const linesShare = (amount: number, lines: readonly { amount: number }[]): number[] =>
  allot(
    amount,
    lines.map((one) => one.amount),
  )
