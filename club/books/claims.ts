import { countersOf } from '#programme/limits.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { clubOfQr, normaliseReference } from '#protocol/reference.ts'
import { plainReply } from '../booking/replies.ts'
import { bookSale } from '../booking/sale.ts'
import { type Booked, type Books, type Entry, shopOf } from './context.ts'
import { usedOf } from './counters.ts'
import { bookGifts } from './gifts.ts'
import { soldAs } from './journal.ts'
import { withFacts } from './member-facts.ts'
import { findMember, saveMember } from './people.ts'
import { takeReturnedShareBack } from './returns.ts'
import type { Sale } from './sale-records.ts'
import { nearestVisit } from './visits.ts'

/**
 * A sale that nobody's card was shown for gets its member by its receipt's code: what it would have earned at its own
 * instant, by the rules that decided it, is booked once. Where it cannot be claimed, the reply says why and nothing
 * is booked.
 */
export function bookClaim(books: Books, { fact, arrival, effectiveAt }: Entry<Fact<'vafa.receipt.claimed.v1'>>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const shop = shopOf(books, store)
  const unchanged = (key: ErrorKey): Booked => {
    const reply = { ...plainReply(fact.id, programme.version), error: describeError(key) }
    return { event: desk.nextEvent(), reply }
  }
  const sale = claimedSale(books, { text: fact.data.reference, club: shop.club })
  // Of other stores' sales nothing is told, so that no box can try codes.
  if (!sale || sale.store !== store) return unchanged('sale.unknown')
  if (sale.reversedBy !== undefined) return unchanged('sale.undone')
  if (sale.memberid !== undefined) return unchanged('sale.claimed')
  const { member, refused } = findMember(books, fact.data.member, effectiveAt)
  if (!member) return unchanged(refused)

  const { saleid, at } = sale
  const { memberid } = member
  const sold = soldAs(books, sale)
  const rules = books.programmeOf(sold.programmeVersion, at)
  const booking = bookSale({
    event: { ...sold.event, id: fact.id, data: { ...sold.event.data, lines: [...sale.lines] } },
    effectiveAt: at,
    programme: rules,
    counters: usedOf(books, countersOf(rules, { memberid, store, lane: sold.event.subject, effectiveAt: at })),
    member: withFacts(books, member, rules),
    refused,
    nearestVisitAt: nearestVisit(desk, member, { at, programme }),
    quotedDiscount: undefined,
    reference: sale.reference,
    shop,
  })
  const event = desk.nextEvent()
  const given = bookGifts(books, member, {
    programme: rules,
    decision: booking.decision,
    spend: sale.payable,
    beginsVisit: booking.beginsVisit,
    cause: { eventid: fact.id, subject: saleid, store, at },
  })
  desk.put('sale', saleid, {
    ...sale,
    memberid,
    events: [...sale.events, event],
    beginsVisit: booking.beginsVisit,
    previousSale: member.lastSale,
    gifts: given.gifts,
    claimedBy: fact.id,
  })
  saveMember(books, member, booking.member ?? member, { ...given.more, lastSale: saleid })
  // What was taken off the sale was booked with it.
  const earned = booking.transfers.filter(({ kind }) => kind !== 'discount-given' && kind !== 'offline-difference')
  desk.post(earned, { event, subject: saleid, at })
  const reply = booking.reply(given.more.rank)
  const back = takeReturnedShareBack(books, saleid, { id: fact.id, event, at: effectiveAt })
  const { member: stands, balances = [], effects = [] } = back ?? {}
  const less = stands ? { member: stands, balances, effects: [...reply.effects, ...effects] } : {}
  const newcomer = member.purchases === 0 ? memberid : undefined
  return { event, reply: { ...reply, ...less }, newcomer }
}

/** Only by the code of its receipt: a till's own numbers could be guessed. */
function claimedSale({ desk }: Books, { text, club }: { text: string; club: string }): Sale | undefined {
  const named = clubOfQr(text)
  const code = named === undefined || named === club ? normaliseReference(text) : undefined
  const known = code === undefined ? undefined : desk.get('reference', code)
  return known && desk.get('sale', known.saleid)
}
