import {
  activated,
  addToLot,
  hasLots,
  type Lot,
  type LotKey,
  type LotPart,
  type Taken,
  takeBack,
  takeExpired,
  takeUsable,
} from './lots.ts'
import { accounts, type TransferDraft, type TransferKind } from './transfers.ts'

/** What a member has. */
export interface Means {
  memberid: string
  /** The balance of the member's credit account, with what is pending and without what is held. */
  credit: number
  /** Balances of points and stamps by unit (`points:club`). */
  units: Readonly<Record<string, number>>
  lots: readonly Lot[]
  /** Credit that is set aside for redemptions that have neither been captured nor dropped. */
  holds?: readonly Hold[] | undefined
}

export interface Hold {
  redemptionid: string
  amount: number
  /** The instant from which it is no longer held. */
  lapsesAt: string
}

/** Whether what a return takes back may leave a balance below zero; otherwise the house bears what is not there. */
export type Overdraft = 'never' | 'returns'

/** Why something moves; `compensates` names the transfer that it undoes. */
interface Cause {
  kind: TransferKind
  ruleid: string
  compensates?: number
}

/**
 * A member's means while one event is booked: every movement is a transfer and a change of lots at once, so that
 * neither can be without the other. `at` is the instant of the event.
 */
export function openPurse(before: Means, at: string) {
  const { memberid } = before
  let credit = before.credit
  let units = before.units
  let lots = activated(before.lots, at)
  let holds = before.holds ?? []
  const transfers: TransferDraft[] = []

  const accountOf = (unit: string) => (unit === 'credit' ? accounts.memberCredit(memberid) : accounts.memberUnit(memberid, unit))
  const unitOf = (unit: string) => (unit === 'credit' ? {} : { unit })
  const balanceOf = (unit: string) => (unit === 'credit' ? credit : (units[unit] ?? 0))

  function change(unit: string, by: number): void {
    const after = balanceOf(unit) + by
    if (!Number.isSafeInteger(after))
      throw new RangeError(`the balance of ${accountOf(unit)} would leave the range of exact integers`)
    if (unit === 'credit') credit = after
    else units = { ...units, [unit]: after }
  }

  /** What comes in pays a debt first; the rest is in a lot. */
  function receive(unit: string, debit: string, { lot, amount }: { lot: LotKey; amount: number }, cause: Cause): void {
    if (amount === 0) return
    const base = { ...cause, ...unitOf(unit), debit, credit: accountOf(unit) }
    const debt = hasLots(unit) ? Math.min(amount, Math.max(0, -balanceOf(unit))) : amount
    if (debt > 0) transfers.push({ ...base, amount: debt })
    if (amount > debt) transfers.push({ ...base, amount: amount - debt, lot })
    if (hasLots(unit)) lots = addToLot(lots, unit, { lot, amount: amount - debt })
    change(unit, amount)
  }

  /** What has been taken from lots goes to an account. */
  function give(unit: string, to: string, taken: Taken, cause: Cause): void {
    lots = taken.lots
    for (const { lot, amount } of taken.parts)
      transfers.push({ ...cause, ...unitOf(unit), debit: accountOf(unit), credit: to, amount, lot })
    change(unit, -taken.amount)
  }

  function giveWithoutLot(unit: string, to: string, amount: number, cause: Cause): void {
    if (amount === 0) return
    transfers.push({ ...cause, ...unitOf(unit), debit: accountOf(unit), credit: to, amount })
    change(unit, -amount)
  }

  return {
    memberid,
    /** What has been moved so far. */
    transfers,
    /** What the member has now. */
    means: () => ({ memberid, credit, units, lots, holds }) satisfies Means,
    receive,
    /** Takes what is not in lots, such as stamps. */
    giveWithoutLot,
    /** Gives up to `amount` of what can be used now to an account; tells from which lots. */
    spend(unit: string, to: string, amount: number, cause: Cause): Taken {
      const taken = takeUsable(lots, { unit, amount, at })
      give(unit, to, taken, cause)
      return taken
    },
    /** Gives what has expired to an account; tells from which lots. */
    expire(unit: string, to: string, cause: Cause): Taken {
      const taken = takeExpired(lots, { unit, at })
      give(unit, to, taken, cause)
      return taken
    },
    /**
     * Takes `amount` back that came from `from` into `lot`; tells how much the member really gave. What is not there
     * any more becomes a debt where the overdraft allows it; otherwise `writtenOff` bears it.
     */
    takeBack(
      unit: string,
      { from, lot, amount, writtenOff, overdraft }: Grant & { writtenOff: string; overdraft: Overdraft },
      cause: Cause,
    ): number {
      if (!hasLots(unit)) {
        giveWithoutLot(unit, from, amount, cause)
        return amount
      }
      const taken = takeBack(lots, { unit, amount, at, ...(lot ? { key: lot } : {}) })
      give(unit, from, taken, cause)
      const rest = amount - taken.amount
      if (rest === 0) return amount
      if (overdraft === 'returns' && balanceOf(unit) <= 0) {
        giveWithoutLot(unit, from, rest, cause)
        return amount
      }
      transfers.push({ ...cause, kind: 'written-off', ...unitOf(unit), debit: writtenOff, credit: from, amount: rest })
      return taken.amount
    },
    /** Sets up to `hold.amount` of the credit aside that can be used now; tells from which lots. */
    hold({ redemptionid, amount, lapsesAt }: Hold): Taken {
      const taken = takeUsable(lots, { unit: 'credit', amount, at })
      give('credit', accounts.memberHeld(memberid), taken, { kind: 'credit-held', ruleid: 'redemption' })
      if (taken.amount > 0) holds = [...holds, { redemptionid, amount: taken.amount, lapsesAt }]
      return taken
    },
    /**
     * Ends a hold: up to `captured` of it goes to an account, the rest is the member's again. `held` is what was set
     * aside, lot by lot. Tells what was captured.
     */
    endHold(redemptionid: string, held: readonly HeldPart[], captured: { amount: number; to: string }): LotPart[] {
      holds = holds.filter((one) => one.redemptionid !== redemptionid)
      const debit = accounts.memberHeld(memberid)
      const parts: LotPart[] = []
      let rest = captured.amount
      for (const { lot, amount, seq } of held) {
        const part = Math.min(rest, amount)
        rest -= part
        if (part > 0) {
          parts.push({ lot, amount: part })
          transfers.push({ debit, credit: captured.to, amount: part, kind: 'credit-redeemed', ruleid: 'redemption', lot })
        }
        receive(
          'credit',
          debit,
          { lot, amount: amount - part },
          { kind: 'hold-released', ruleid: 'redemption', compensates: seq },
        )
      }
      return parts
    },
  }
}
export type Purse = ReturnType<typeof openPurse>

/** Something that came in; a piece of it that paid a debt is in no lot. */
export interface Grant {
  from: string
  lot?: LotKey | undefined
  amount: number
}

/** A part of a hold, and the transfer that set it aside. */
export interface HeldPart extends LotPart {
  seq: number
}

/** The account against what a member has of a unit. */
export const issuedAccount = (unit: string): string => (unit === 'credit' ? accounts.issued : accounts.issuedUnit(unit))
export const writtenOffAccount = (unit: string): string =>
  unit === 'credit' ? accounts.writtenOff : accounts.writtenOffUnit(unit)
