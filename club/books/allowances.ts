import type { SaleCompleted } from '#protocol/messages.ts'
import { regularShards } from '#protocol/regulars.ts'
import { coveredBy } from '../booking/lending.ts'
import type { Spending } from '../booking/redemption.ts'
import type { LotPart } from '../ledger/lots.ts'
import { type HeldPart, openPurse, type Purse } from '../ledger/purse.ts'
import { accounts, type TransferDraft } from '../ledger/transfers.ts'
import { allowanceKey } from './allowance-records.ts'
import type { Books } from './context.ts'
import type { Member } from './member-records.ts'
import { memberById, saveMember } from './people.ts'

export interface AllowanceGrant {
  store: string
  boxid: string
  serial: number
  shard: number
  credit: number
  gifts: number
  until: string
}

const ruleid = 'allowance'

/** What boxes were lent of a member's credit, by store and in their order, once it is `change` more at one. */
function lentAfter({ lent = {} }: Pick<Member, 'lent'>, store: string, change: number): Pick<Member, 'lent'> {
  const entries = Object.entries({ ...lent, [store]: (lent[store] ?? 0) + change }).filter(([, credit]) => credit > 0)
  return { lent: entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/**
 * Lends credit of the member's, and gifts of the house's, to the box of a store: from now on nobody else can give them,
 * until the box has told of all that it gave. Less credit than was asked for is lent where less is there.
 */
export function grantAllowance(
  books: Books,
  member: Member,
  { store, boxid, serial, shard, credit, gifts, until }: AllowanceGrant,
  { event, at }: { event: number; at: string },
): void {
  const { desk } = books
  if (shard >= regularShards) throw new Error(`there is no shard ${shard}`)
  const purse = openPurse(member, at)
  const { amount } = purse.spend('credit', accounts.storeAllowances(store), credit, { kind: 'allowance-granted', ruleid })
  const giftsHeld: TransferDraft[] =
    gifts === 0
      ? []
      : [
          {
            debit: accounts.giftAllowances,
            credit: accounts.storeGiftAllowances(store),
            amount: gifts,
            kind: 'allowance-granted',
            ruleid,
          },
        ]
  const allowance = allowanceKey(store, serial)
  desk.post([...purse.transfers, ...giftsHeld], { event, subject: `allowance:${allowance}`, at })
  const posted = desk.get('postings', String(event))?.transfers ?? []
  const giftseq = posted.find((one) => one.credit === accounts.storeGiftAllowances(store))?.seq
  desk.put('allowance', allowance, {
    ...{ allowance, store, boxid, serial, memberid: member.memberid, shard, credit: amount, gifts, until },
    granted: { credit: amount, gifts },
    parts: posted.flatMap(({ lot, amount: part, seq }) => (lot ? [{ lot, amount: part, seq }] : [])),
    ...(giftseq === undefined ? {} : { giftseq }),
  })
  saveMember(books, member, { ...member, ...purse.means() }, lentAfter(member, store, amount))
}

/** What was not given is the member's, and the house's, again. */
export function endAllowance(
  books: Books,
  member: Member,
  { store, serial }: { store: string; serial: number },
  { event, at }: { event: number; at: string },
): void {
  const { desk } = books
  const allowance = allowanceKey(store, serial)
  const known = desk.get('allowance', allowance)
  if (!known) throw new Error(`the allowance ${allowance} is not there`)
  const purse = openPurse(member, at)
  for (const { lot, amount, seq } of known.parts)
    purse.receive(
      'credit',
      accounts.storeAllowances(store),
      { lot, amount },
      { kind: 'allowance-released', ruleid, compensates: seq },
    )
  const gifts: TransferDraft[] =
    known.gifts === 0 || known.giftseq === undefined
      ? []
      : [
          {
            debit: accounts.storeGiftAllowances(store),
            credit: accounts.giftAllowances,
            amount: known.gifts,
            kind: 'allowance-released',
            ruleid,
            compensates: known.giftseq,
          },
        ]
  desk.post([...purse.transfers, ...gifts], { event, subject: `allowance:${allowance}`, at })
  desk.drop('allowance', allowance)
  saveMember(books, member, { ...member, ...purse.means() }, lentAfter(member, store, -known.credit))
}

/**
 * Credit that a box gives up, since the club is to hold it: it is the member's again, lot by lot. `keep` puts what is left of
 * the allowance, and gives what is left to the member's record; until then nothing has changed.
 */
export function takeBackAllowance(
  books: Books,
  { serial, credit }: { serial: number; credit: number },
  { store, boxid, purse }: { store: string; boxid: string; purse: Purse },
): { keep(): Pick<Member, 'lent'> } | undefined {
  const { desk } = books
  const known = desk.get('allowance', allowanceKey(store, serial))
  const member = known && memberById(books, known.memberid)
  if (known?.boxid !== boxid || member?.memberid !== purse.memberid) return undefined
  const { covered, left } = coveredBy(known, { credit, gifts: 0 })
  const { taken, left: parts } = takeParts(known.parts, covered.credit)
  for (const { lot, amount, seq } of taken)
    purse.receive(
      'credit',
      accounts.storeAllowances(store),
      { lot, amount },
      { kind: 'allowance-released', ruleid, compensates: seq },
    )
  return {
    keep() {
      desk.put('allowance', known.allowance, { ...left, parts })
      return lentAfter(member, store, -covered.credit)
    },
  }
}

export interface LentToSale {
  memberid: string
  /** Credit that the sale was paid with. */
  parts: LotPart[]
  /** Gifts that the box gave. */
  transfers: TransferDraft[]
}

/**
 * What a sale has used of an allowance: it is accounted for from now on. Nothing where the allowance is another box's, or
 * has ended: what was given then is booked as anything else that a box gave without the club.
 */
export function useAllowance(
  books: Books,
  { serial, credit, gifts }: NonNullable<SaleCompleted['allowance']>,
  { store, boxid, spending }: { store: string; boxid: string; spending: Spending | undefined },
): LentToSale | undefined {
  const { desk } = books
  const known = desk.get('allowance', allowanceKey(store, serial))
  if (known?.boxid !== boxid) return undefined
  const most = spending && !spending.spentBefore ? Math.min(credit, spending.amount) : 0
  const { covered, left } = coveredBy(known, { credit: most, gifts })
  const { taken, left: parts } = takeParts(known.parts, covered.credit)
  const given = covered.gifts
  desk.put('allowance', known.allowance, { ...left, parts })
  const lender = memberById(books, known.memberid)
  if (lender && covered.credit > 0) saveMember(books, lender, lender, lentAfter(lender, store, -covered.credit))
  return {
    memberid: known.memberid,
    parts: taken,
    transfers:
      given === 0
        ? []
        : [
            {
              debit: accounts.storeGiftAllowances(store),
              credit: accounts.giftAllowances,
              amount: given,
              kind: 'allowance-used',
              ruleid,
            },
          ],
  }
}

function takeParts(parts: readonly HeldPart[], amount: number): { taken: HeldPart[]; left: HeldPart[] } {
  const taken: HeldPart[] = []
  const left: HeldPart[] = []
  let rest = amount
  for (const { lot, amount: there, seq } of parts) {
    const part = Math.min(rest, there)
    rest -= part
    if (part > 0) taken.push({ lot, amount: part, seq })
    if (there > part) left.push({ lot, amount: there - part, seq })
  }
  return { taken, left }
}
