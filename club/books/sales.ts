import { countersOf } from '#programme/limits.ts'
import type { Fact } from '#protocol/messages.ts'
import { referenceOf } from '#protocol/reference.ts'
import type { Reply } from '#protocol/reply.ts'
import { errorReply } from '../booking/replies.ts'
import { bookReversal } from '../booking/reversal.ts'
import { bookSale, type SaleBooking, type SaleFact } from '../booking/sale.ts'
import { overdraftOf } from '../ledger/policies.ts'
import { withCatalogue } from './catalogue.ts'
import { type Booked, type Books, type Entry, SetAside, shopOf } from './context.ts'
import { addToDay, undoneOnDay } from './day-closes.ts'
import { soldAs } from './journal.ts'
import { findMember, memberById, saveMember } from './people.ts'
import type { Member, Sale, Tombstone } from './records.ts'
import { lastPurchaseAt, nearestVisit, nextSale } from './visits.ts'

/** What was used of limits so far, by counter. */
export const usedOf = ({ desk }: Books, counters: readonly string[]): Record<string, number> =>
  Object.fromEntries(counters.map((counter) => [counter, desk.get('counter', counter)?.used ?? 0]))

function count({ desk }: Books, counter: string, add: number): void {
  const used = desk.get('counter', counter)?.used ?? 0
  desk.put('counter', counter, { counter, used: used + add })
}

/** The code for people; in the rare case that another sale has it, the next one. */
function freeReference({ desk }: Books, saleid: string): string {
  for (let attempt = 0; ; attempt++) {
    const reference = referenceOf(saleid, attempt)
    if (!desk.get('reference', reference)) return reference
  }
}

export const tillReceiptKey = (store: string, tillreceipt: string): string => `${store}/${tillreceipt}`

/** Notes what a sale uses of the rules' limits and the messages that it schedules; gives their ids. */
export function noteRewards(
  books: Books,
  given: Pick<SaleBooking, 'counters' | 'messages'> & { eventid: string; memberid: string; saleid: string },
): string[] {
  const { counters, messages, eventid, memberid, saleid } = given
  for (const { counter, add } of counters) count(books, counter, add)
  return messages.map(({ ruleid, channel, text, due }, index) => {
    const messageid = `${eventid}/${index}`
    books.desk.put('message', messageid, { messageid, memberid, saleid, ruleid, channel, text, due })
    return messageid
  })
}

/** A sale was paid. */
export function bookCompleted(books: Books, { fact, arrival, effectiveAt }: Entry<SaleFact>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const data = { ...fact.data, lines: withCatalogue(books.catalogue, fact.data.lines) }
  const { saleid } = data
  if (data.redemption) throw new SetAside('event.unsupported', 'redemption: spending credit is not booked yet')
  if (data.currency !== programme.currency)
    throw new SetAside('request.invalid', `currency: the books are kept in ${programme.currency}, not in ${data.currency}`)
  if (desk.get('sale', saleid)) throw new SetAside('event.conflict', `saleid ${saleid}: was completed by another event`)
  const { member, refused } = data.member ? findMember(books, data.member, effectiveAt) : {}
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
    counters: member ? usedOf(books, countersOf(rules, { memberid: member.memberid, store, effectiveAt })) : {},
    member,
    refused,
    nearestVisitAt: member && nearestVisit(desk, member, { at: effectiveAt, programme }),
    quotedDiscount: quote && effectiveAt <= quote.validuntil ? quote.discount : undefined,
    reference: freeReference(books, saleid),
    shop: shopOf(books, store),
  })
  const event = desk.nextEvent()
  const credited = member && booking.member ? member : undefined
  const messages = credited ? noteRewards(books, { ...booking, eventid: fact.id, memberid: credited.memberid, saleid }) : []
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
    counted: credited ? booking.counters : [],
    messages,
  }
  desk.put('sale', saleid, sale)
  desk.put('reference', sale.reference, { reference: sale.reference, saleid })
  if (sale.tillreceipt !== undefined) noteTillReceipt(books, sale, sale.tillreceipt)
  if (quote) desk.drop('quote', quote.quoteid)
  if (member) saveMember(books, member, booking.member ?? member, { lastSale: saleid })
  desk.post(booking.transfers, { event, subject: saleid, at: effectiveAt })
  const revised = addToDay(books, { store, fact })
  return withWaitingReversals(books, { sale, fact }, { event, reply: booking.reply, revised })
}

/** Tills number their receipts from 1 again; people mean the newest. */
function noteTillReceipt({ desk }: Books, { store, saleid, at }: Sale, number: string): void {
  const tillreceipt = tillReceiptKey(store, number)
  const known = desk.get('tillreceipt', tillreceipt)
  const older = known && desk.get('sale', known.saleid)
  if (!older || older.at <= at) desk.put('tillreceipt', tillreceipt, { tillreceipt, saleid })
}

/** Reversals that came first undo the sale at once; their replies are revised. */
function withWaitingReversals(books: Books, { sale, fact }: { sale: Sale; fact: SaleFact }, booked: Booked): Booked {
  const { desk } = books
  const key = tombstoneKey(sale.store, sale.saleid)
  const waiting = desk.get('tombstone', key)
  if (!waiting) return booked
  desk.drop('tombstone', key)
  const revised = waiting.reversals.map(
    (one): Reply => ({ ...undo(books, sale.saleid, { ...one, event: booked.event }), revision: 2 }),
  )
  const closes = undoneOnDay(books, { store: sale.store, fact })
  const { display: _, ...sold } = booked.reply
  const effects = [...sold.effects, ...(revised[0]?.effects ?? [])]
  const reply: Reply = { ...sold, ...revised[0], inReplyTo: sold.inReplyTo, revision: 1, effects }
  return { ...booked, reply, revised: [...(booked.revised ?? []), ...closes, ...revised] }
}

/** Compensates all of a sale for the reversal `by`. */
function undo(books: Books, saleid: string, by: Tombstone): Reply {
  const { desk, programme } = books
  const sale = desk.get('sale', saleid)
  if (!sale) throw new Error(`the sale ${saleid} is not there`)
  const member = sale.memberid === undefined ? undefined : memberById(books, sale.memberid)
  const reversed = sale.reversedBy !== undefined
  const booking = bookReversal({
    eventid: by.id,
    programmeVersion: programme.version,
    effectiveAt: by.at,
    overdraft: overdraftOf(programme),
    saleTransfers: sale.events.flatMap((event) => desk.get('postings', String(event))?.transfers ?? []),
    sale: { ...sale, reversed },
    member,
    visitsAfter: member ? member.visits - (passVisitOn(books, sale, member) ? 0 : 1) : 0,
    lastVisitAfter: member && (reversed ? member.lastVisitAt : lastPurchaseAt(desk, member, saleid)),
    shop: shopOf(books, sale.store),
  })
  desk.post(booking.transfers, { event: by.event, subject: saleid, at: by.at })
  if (!reversed) {
    for (const { counter, add } of sale.counted) count(books, counter, -add)
    for (const messageid of sale.messages) desk.drop('message', messageid)
  }
  const events = sale.events.includes(by.event) ? sale.events : [...sale.events, by.event]
  desk.put('sale', saleid, {
    ...sale,
    events,
    ...(reversed ? {} : { reversedBy: by.id, beginsVisit: false, counted: [], messages: [] }),
  })
  if (member && booking.member) saveMember(books, member, booking.member)
  return booking.reply
}

/** Whether the visit of a sale that goes stays: it was not this sale's to begin, or the next sale of it takes its place. */
function passVisitOn({ desk }: Books, { beginsVisit, at, saleid }: Sale, member: Member): boolean {
  if (!beginsVisit) return true
  const next = nextSale(desk, member, { at, saleid })
  if (!next || next.beginsVisit) return false
  desk.put('sale', next.saleid, { ...next, beginsVisit: true })
  return true
}

export const tombstoneKey = (store: string, saleid: string): string => `${store}/${saleid}`

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
  const before = desk.get('tombstone', key)?.reversals ?? []
  desk.put('tombstone', key, { sale: key, store, saleid, reversals: [...before, by] })
  const reply = errorReply({
    inReplyTo: fact.id,
    programmeVersion: programme.version,
    status: 'pending-original',
    key: 'sale.unknown',
    reason: `saleid ${saleid}: has not come yet; it is undone when it does`,
  })
  return { event, reply }
}
