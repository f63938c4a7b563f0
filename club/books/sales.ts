import { countersOf } from '#programme/limits.ts'
import { withCatalogue } from '#protocol/catalogue.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { activityLeft } from '../booking/activity.ts'
import { linesShare } from '../booking/redemption.ts'
import { errorReply } from '../booking/replies.ts'
import { restOf } from '../booking/return.ts'
import { bookReversal } from '../booking/reversal.ts'
import { bookSale, type SaleFact } from '../booking/sale.ts'
import { useAllowance } from './allowances.ts'
import { type Booked, type Books, type Entry, SetAside, shopOf } from './context.ts'
import { usedOf } from './counters.ts'
import { addToDay, undoneOnDay } from './day-closes.ts'
import { bookGifts, takeGiftsBack, withRank } from './gifts.ts'
import { soldAs } from './journal.ts'
import { withFacts } from './member-facts.ts'
import type { Member } from './member-records.ts'
import { memberById, saveMember } from './people.ts'
import { closeRedemption, memberOfSpending, spendingOf } from './redemptions.ts'
import { saleTransfers, takeWaitingBack } from './returns.ts'
import { freeReference, tillReceiptKey } from './sale-by-reference.ts'
import { noGifts, type Sale, type Tombstone } from './sale-records.ts'
import { tombstoneKey } from './tombstones.ts'
import { lastSeenAt, nearestVisit, nextSale, tappedAround } from './visits.ts'

/** A sale was paid. */
export function bookCompleted(books: Books, { fact, arrival, effectiveAt }: Entry<SaleFact>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const data = { ...fact.data, lines: withCatalogue(books.catalogue.products, fact.data.lines) }
  const { saleid } = data
  if (data.currency !== programme.currency)
    throw new SetAside('request.invalid', `currency: the books are kept in ${programme.currency}, not in ${data.currency}`)
  if (desk.get('sale', saleid)) throw new SetAside('event.conflict', `saleid ${saleid}: was completed by another event`)
  const known = data.redemption && spendingOf(books, data.redemption, store)
  const lent = data.allowance && useAllowance(books, data.allowance, { store, boxid: fact.boxid, spending: known })
  const spending = known && { ...known, lent: lent?.parts }
  const shown = memberOfSpending(books, spending, data.member, effectiveAt)
  // The box knew whose card it was; what has become of the card since, comes too late.
  const { member, refused } = shown.member || !lent ? shown : { member: memberById(books, lent.memberid), refused: undefined }
  // Quotes are no events: the journal has them with the sale that they were for.
  const quote = books.witness.note('quote', () => {
    const asked = data.quoteid === undefined ? undefined : desk.get('quote', data.quoteid)
    return asked?.store === store && asked.saleid === saleid ? asked : undefined
  })
  const rules = books.programmeOf(quote?.programme ?? data.programmeVersion, effectiveAt)
  const booking = bookSale({
    event: { ...fact, data },
    effectiveAt,
    programme: rules,
    counters: member
      ? usedOf(books, countersOf(rules, { memberid: member.memberid, store, lane: fact.subject, effectiveAt }))
      : {},
    member: member && withFacts(books, member, rules),
    refused,
    nearestVisitAt: member && nearestVisit(desk, member, { at: effectiveAt, programme }),
    quotedDiscount: quote && effectiveAt <= quote.validuntil ? quote.discount : undefined,
    spending,
    reference: freeReference(books, saleid),
    shop: shopOf(books, store),
  })
  const event = desk.nextEvent()
  const given =
    member && booking.member
      ? bookGifts(books, member, {
          programme: rules,
          decision: booking.decision,
          spend: booking.sale.payable,
          beginsVisit: booking.beginsVisit,
          cause: { eventid: fact.id, subject: saleid, store, at: effectiveAt },
        })
      : undefined
  const sale: Sale = {
    ...booking.sale,
    saleid,
    eventid: fact.id,
    events: [event],
    store,
    memberid: member?.memberid,
    lines: data.lines,
    beginsVisit: booking.beginsVisit,
    previousSale: member?.lastSale,
    gifts: given?.gifts ?? noGifts,
    ...(spending ? { redemption: { redemptionid: spending.redemptionid, lines: linesShare(spending.amount, data.lines) } } : {}),
  }
  desk.put('sale', saleid, sale)
  desk.put('reference', sale.reference, { reference: sale.reference, saleid })
  if (sale.tillreceipt !== undefined) noteTillReceipt(books, sale, sale.tillreceipt)
  if (quote) desk.drop('quote', quote.quoteid)
  if (spending) closeRedemption(books, { ...spending, store, memberid: member?.memberid }, 'captured')
  if (member) saveMember(books, member, booking.member ?? member, { ...given?.more, lastSale: saleid })
  desk.post(lent ? [...booking.transfers, ...lent.transfers] : booking.transfers, { event, subject: saleid, at: effectiveAt })
  const revised = addToDay(books, { store, fact })
  const reply = booking.reply(given?.more.rank)
  const newcomer = member?.purchases === 0 ? member.memberid : undefined
  return withWaiting(books, { sale, fact }, { event, reply, revised, newcomer })
}

/** Tills number their receipts from 1 again; people mean the newest. */
function noteTillReceipt({ desk }: Books, { store, saleid, at }: Sale, number: string): void {
  const tillreceipt = tillReceiptKey(store, number)
  const known = desk.get('tillreceipt', tillreceipt)
  const older = known && desk.get('sale', known.saleid)
  if (!older || older.at <= at) desk.put('tillreceipt', tillreceipt, { tillreceipt, saleid })
}

/** Returns and reversals that came first take back what they say at once; their replies are revised. */
function withWaiting(books: Books, { sale, fact }: { sale: Sale; fact: SaleFact }, booked: Booked): Booked {
  const { desk } = books
  const key = tombstoneKey(sale.store, sale.saleid)
  const waiting = desk.get('tombstone', key)
  if (!waiting) return booked
  desk.drop('tombstone', key)
  const returned = takeWaitingBack(books, sale.saleid, waiting.returns ?? [], booked.event)
  const undone = waiting.reversals.map(
    (one): Reply => ({ ...undo(books, sale.saleid, { ...one, event: booked.event }), revision: 2 }),
  )
  const closes = undone.length > 0 ? undoneOnDay(books, { store: sale.store, fact }) : []
  const { display, ...sold } = booked.reply
  const [reversal] = undone
  const last = reversal ?? returned.at(-1)
  const effects = [sold, ...returned, ...(reversal ? [reversal] : [])].flatMap((one) => one.effects)
  const stands = last?.member && last.balances ? { member: last.member, balances: last.balances } : {}
  const left: Reply = reversal ? { ...sold, ...reversal } : { ...sold, ...(display ? { display } : {}), ...stands }
  const reply: Reply = { ...left, inReplyTo: sold.inReplyTo, revision: 1, effects }
  return { ...booked, reply, revised: [...(booked.revised ?? []), ...closes, ...returned, ...undone] }
}

/** Compensates all of a sale for the reversal `by`. */
function undo(books: Books, saleid: string, by: Tombstone): Reply {
  const { desk, programme } = books
  const sale = desk.get('sale', saleid)
  if (!sale) throw new Error(`the sale ${saleid} is not there`)
  const member = sale.memberid === undefined ? undefined : memberById(books, sale.memberid)
  const reversed = sale.reversedBy !== undefined
  const returned = desk.get('returned', saleid)?.value ?? 0
  const booking = bookReversal({
    eventid: by.id,
    programmeVersion: programme.version,
    effectiveAt: by.at,
    overdraft: programme.overdraft ?? 'never',
    saleTransfers: saleTransfers(books, sale),
    sale: { ...restOf(sale, returned), reversed },
    member,
    visitsAfter: member ? member.visits - (passVisitOn(books, sale, member) ? 0 : 1) : 0,
    lastVisitAfter: member && (reversed ? member.lastVisitAt : lastSeenAt(desk, member, saleid)),
    shop: shopOf(books, sale.store),
  })
  desk.post(booking.transfers, { event: by.event, subject: saleid, at: by.at })
  const events = sale.events.includes(by.event) ? sale.events : [...sale.events, by.event]
  desk.put('sale', saleid, {
    ...sale,
    events,
    ...(reversed ? {} : { reversedBy: by.id, beginsVisit: false, gifts: noGifts }),
  })
  const { activity, ...gifts } = sale.gifts
  const left = activity ? { ...gifts, activity: activityLeft(activity, returned, sale.total) } : gifts
  const less = member && !reversed ? takeGiftsBack(books, member, { gifts: left, programme, at: by.at }) : undefined
  if (member && booking.member) saveMember(books, member, booking.member, less)
  return withRank(booking.reply, less?.rank)
}

/**
 * Whether the visit of a sale that goes stays: it was not this sale's to begin, the next sale of it takes its place, or
 * the member tapped.
 */
function passVisitOn({ desk, programme }: Books, { beginsVisit, at, saleid }: Sale, member: Member): boolean {
  if (!beginsVisit || tappedAround(desk, member, { at, programme })) return true
  const next = nextSale(desk, member, { at, saleid })
  if (!next || next.beginsVisit) return false
  desk.put('sale', next.saleid, { ...next, beginsVisit: true })
  return true
}

/** A whole sale is undone; also one that has not come yet. */
export function bookReversed(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.sale.reversed.v1'>>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const { saleid } = fact.data
  const sale = desk.get('sale', saleid)
  if (sale && sale.store !== store) throw new SetAside('sale.unknown', `saleid ${saleid}: is not a sale of this store`)
  const event = desk.nextEvent()
  const by = { id: fact.id, event, at }
  if (sale) {
    const reply = undo(books, saleid, by)
    const revised = sale.reversedBy === undefined ? undoneOnDay(books, { store, fact: soldAs(books, sale).event }) : []
    return { event, reply, revised }
  }
  const key = tombstoneKey(store, saleid)
  const before = desk.get('tombstone', key)
  desk.put('tombstone', key, { ...before, sale: key, store, saleid, reversals: [...(before?.reversals ?? []), by] })
  const reply = errorReply({
    inReplyTo: fact.id,
    programmeVersion: programme.version,
    status: 'pending-original',
    key: 'sale.unknown',
    reason: `saleid ${saleid}: has not come yet; it is undone when it does`,
  })
  return { event, reply }
}
