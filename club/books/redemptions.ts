import { mostBy, redeemable } from '#programme/redemption.ts'
import type { Programme } from '#programme/schema.ts'
import type { Credential } from '#protocol/credentials.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Fact, Request } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { balancesOf, type Outlook, standingOf, summaryOf } from '../booking/member.ts'
import { redeem, type Spending } from '../booking/redemption.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import { type HeldPart, openPurse } from '../ledger/purse.ts'
import { accounts } from '../ledger/transfers.ts'
import { memberDisplay } from '../receipt-of.ts'
import { takeBackAllowance } from './allowances.ts'
import { type Booked, type Books, type Entry, SetAside } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { journalEvent, knownEvent } from './journal.ts'
import type { Member } from './member-records.ts'
import { redemptionByCode } from './one-time-codes.ts'
import { type Found, findMember, memberById, saveMember } from './people.ts'
import type { Redemption } from './sale-records.ts'

/** A till has this long to complete the sale; what it takes off later is booked as well, if it is still there. */
export const holdMs = 15 * 60_000

/** A redemption of a store, whatever came of it so far. Another store's is refused. */
export function redemptionOf({ desk }: Books, redemptionid: string, store: string): Redemption | undefined {
  const known = desk.get('redemption', redemptionid)
  if (known && known.store !== store)
    throw new SetAside('event.conflict', `redemptionid ${redemptionid}: is a redemption of another store`)
  return known
}

/** What is set aside for a redemption, lot by lot. */
export function heldFor({ desk }: Books, { state, heldBy }: Redemption): HeldPart[] {
  if (state !== 'held' || heldBy === undefined) return []
  const transfers = desk.get('postings', String(heldBy))?.transfers ?? []
  return transfers.flatMap(({ kind, lot, amount, seq }) => (kind === 'credit-held' && lot ? [{ lot, amount, seq }] : []))
}

/** Credit that a fact of `store` says was spent, as the books know it. */
export function spendingOf(books: Books, given: { redemptionid: string; amount: number }, store: string): Spending {
  const known = redemptionOf(books, given.redemptionid, store)
  return { ...given, held: known ? heldFor(books, known) : [], spentBefore: known?.state === 'captured' }
}

/** A member as a till sees them to whom a code was shown: what is held for the code can be spent there. */
export function withCodesCredit(books: Books, member: Member, shown: Credential | undefined, at: string): Member {
  const code = redemptionByCode(books, shown)
  if (!code) return member
  const purse = openPurse(member, at)
  purse.endHold(code.redemptionid, heldFor(books, code), { amount: 0, to: accounts.redeemed })
  return { ...member, ...purse.means() }
}

/** Notes what came of a redemption, also of one of which nobody had heard. */
export function closeRedemption(
  { desk }: Books,
  { redemptionid, store, memberid }: { redemptionid: string; store: string; memberid?: string | undefined },
  state: 'captured' | 'voided' | 'lapsed',
): void {
  const known = desk.get('redemption', redemptionid)
  desk.put('redemption', redemptionid, { redemptionid, store, amount: 0, memberid, ...known, state })
}

type Reserved = Request<'vafa.redemption.reserved.v1'>

/**
 * Holds credit. Gives the reply's text; what it changes has to be durable before anybody hears of it. A repeat, by
 * the message's id or by the redemption's, is told what was held and holds nothing more.
 */
export function reserve(books: Books, entry: Entry<Reserved>): { reply: string; memberid?: string | undefined } {
  const { desk, programme, shops } = books
  const { fact: request, arrival, hash, effectiveAt: at } = entry
  const { redemptionid, member: credential, amount, currency, capture } = request.data
  const seen = { store: arrival.store, at }
  const decline = (key: ErrorKey, more: { member?: Member; reason?: string } = {}) => {
    const { member, reason } = more
    const reply: Reply = {
      ...errorReply({
        inReplyTo: request.id,
        programmeVersion: programme.version,
        status: 'declined',
        key,
        ...(reason === undefined ? {} : { reason }),
      }),
      ...(member ? standing(books, member, seen) : {}),
    }
    return { reply: JSON.stringify(reply), memberid: reply.member?.memberid }
  }
  const known = knownEvent(books, { store: arrival.store, id: request.id, hash })
  if (known.is === 'repeat') return known
  if (known.is === 'conflict') return decline('event.conflict')
  if (currency !== programme.currency)
    return decline('request.invalid', { reason: `currency: the books are kept in ${programme.currency}, not in ${currency}` })
  if (amount === 0) return decline('request.invalid', { reason: 'amount: must be above 0' })
  if (credential.token === undefined) return decline('credential.unproven')
  const { member, refused } = findMember(books, credential, at)
  if (!member) return decline(refused)

  const before = desk.get('redemption', redemptionid)
  if (before) {
    const same = before.store === arrival.store && before.memberid === member.memberid && before.lapsesAt !== undefined
    if (!same || before.state !== 'held') return decline('redemption.closed', { member })
    const hold = { redemptionid, amount: before.amount, lapsesat: before.lapsesAt ?? at }
    const reply = { ...plainReply(request.id, programme.version), ...standing(books, member, seen), hold }
    return { reply: JSON.stringify(reply), memberid: member.memberid }
  }
  const purse = openPurse(member, at)
  // Of a code that was shown the till's own hold takes the place; what the till leaves of it is the member's again.
  const code = redemptionByCode(books, credential)
  if (code) purse.endHold(code.redemptionid, heldFor(books, code), { amount: 0, to: accounts.redeemed })
  const lapsesAt = new Date(Date.parse(at) + holdMs).toISOString()
  const { returned } = request.data
  const back = returned && takeBackAllowance(books, returned, { store: arrival.store, boxid: request.boxid, purse })
  const { available } = standingOf(back || code ? { ...member, ...purse.means() } : member, 'credit', at)
  if (available < (capture === 'whole' ? amount : 1)) return decline('credit.insufficient', { member })
  const most = Math.min(mostBy(programme, credential), code?.amount ?? Number.MAX_SAFE_INTEGER)
  if (most < (capture === 'whole' ? amount : 1))
    return decline('redemption.unproven', { member, reason: `amount: at most ${most} by a ${credential.kind}` })
  const allowed = allowedOf(programme, Math.min(amount, available, most))
  if (allowed < (capture === 'whole' ? amount : 1))
    return decline('redemption.refused', { member, reason: `amount: ${JSON.stringify(programme.redemption)}` })
  const held = purse.hold({ redemptionid, amount: allowed, lapsesAt })

  const event = desk.nextEvent()
  const left = back?.keep()
  if (code?.state === 'held') closeRedemption(books, code, 'voided')
  desk.post(purse.transfers, { event, subject: redemptionid, at })
  const after = saveMember(books, member, { ...member, ...purse.means() }, left)
  addToDossier(books, member.memberid, { events: [event] })
  desk.put('redemption', redemptionid, {
    redemptionid,
    store: arrival.store,
    state: 'held',
    memberid: member.memberid,
    amount: held.amount,
    lapsesAt,
    heldBy: event,
  })
  const shop = shops.get(arrival.store)
  const reply: Reply = {
    ...plainReply(request.id, programme.version),
    ...standing(books, after, seen),
    hold: { redemptionid, amount: held.amount, lapsesat: lapsesAt },
    ...(shop ? { display: memberDisplay(shop, after, programme.currency, at) } : {}),
  }
  return {
    reply: journalEvent(books, entry, { event, reply, originalid: undefined, locked: undefined }),
    memberid: member.memberid,
  }
}

/** The most of an amount that the programme lets a member spend at once; its share of a purchase is the till's to keep. */
export const allowedOf = ({ redemption }: Programme, amount: number): number =>
  redeemable({
    programme: { redemption: redemption && { ...redemption, atMostShare: undefined } },
    balance: amount,
    total: amount,
  })

const standing = ({ programme }: Books, member: Member, seen: Outlook) => ({
  member: summaryOf(member),
  balances: balancesOf(member, programme.currency, seen),
})

/** Credit was spent without a sale. */
export function bookCaptured(books: Books, entry: Entry<Fact<'vafa.redemption.captured.v1'>>): Booked {
  const { desk, programme } = books
  const { fact, arrival, effectiveAt: at } = entry
  const { redemptionid, amount, currency, member: credential } = fact.data
  const { store } = arrival
  if (currency !== programme.currency)
    throw new SetAside('request.invalid', `currency: the books are kept in ${programme.currency}, not in ${currency}`)
  const spending = spendingOf(books, { redemptionid, amount }, store)
  const { member, refused } = memberOfSpending(books, spending, credential, at)
  const event = desk.nextEvent()
  const purse = member && openPurse(member, at)
  const others = spending.spentBefore ? [] : redeem(purse, spending, store)
  desk.post([...(purse?.transfers ?? []), ...others], { event, subject: redemptionid, at })
  closeRedemption(books, { redemptionid, store, memberid: member?.memberid }, 'captured')
  const reply = plainReply(fact.id, programme.version)
  if (!member || !purse) return { event, reply: { ...reply, error: describeError(refused ?? 'credential.unknown') } }
  const after = saveMember(books, member, { ...member, ...purse.means() })
  if (purse.transfers.length > 0) addToDossier(books, member.memberid, { events: [event] })
  const effects: Reply['effects'] = spending.spentBefore
    ? []
    : [{ kind: 'credit-redeemed', ruleid: 'redemption', amount, currency }]
  return { event, reply: { ...reply, ...standing(books, after, { store, at }), effects } }
}

/** A hold is dropped. One that has not come yet will find that it is too late; what was spent stays spent. */
export function bookVoided(books: Books, entry: Entry<Fact<'vafa.redemption.voided.v1'>>): Booked {
  const { desk, programme } = books
  const { fact, arrival, effectiveAt: at } = entry
  const { redemptionid } = fact.data
  const known = redemptionOf(books, redemptionid, arrival.store)
  const event = desk.nextEvent()
  const reply = plainReply(fact.id, programme.version)
  if (known?.state === 'captured') return { event, reply }
  const after = known && dropHold(books, known, { event, at })
  closeRedemption(books, { redemptionid, store: arrival.store }, 'voided')
  return { event, reply: after ? { ...reply, ...standing(books, after, { store: arrival.store, at }) } : reply }
}

/** What is held for a redemption is the member's again. */
export function dropHold(books: Books, redemption: Redemption, { event, at }: { event: number; at: string }): Member | undefined {
  const held = heldFor(books, redemption)
  const member = redemption.memberid === undefined ? undefined : memberById(books, redemption.memberid)
  if (!member) return undefined
  const purse = openPurse(member, at)
  purse.endHold(redemption.redemptionid, held, { amount: 0, to: accounts.redeemed })
  books.desk.post(purse.transfers, { event, subject: redemption.redemptionid, at })
  if (purse.transfers.length > 0) addToDossier(books, member.memberid, { events: [event] })
  return saveMember(books, member, { ...member, ...purse.means() })
}

/** Whose credit it is: what is held is its member's, whatever card was shown at the end; else whoever was there. */
export function memberOfSpending(
  books: Books,
  spending: Spending | undefined,
  shown: Credential | undefined,
  at: string,
): Partial<Found> {
  const known = spending && books.desk.get('redemption', spending.redemptionid)
  const reserved = known?.memberid === undefined ? undefined : memberById(books, known.memberid)
  const found: Partial<Found> = shown && !(reserved && known?.state === 'held') ? findMember(books, shown, at) : {}
  return found.member === undefined && reserved ? { member: reserved } : found
}
