import { durationMs } from '#programme/duration.ts'
import { countersOf } from '#programme/limits.ts'
import type { Fact } from '#protocol/messages.ts'
import { referenceOf } from '#protocol/reference.ts'
import type { Reply } from '#protocol/reply.ts'
import { errorReply } from '../booking/replies.ts'
import { bookReversal } from '../booking/reversal.ts'
import { bookSale, type SaleFact } from '../booking/sale.ts'
import type { StoredMember } from './sqlite-members.ts'
import { type Booked, type Entry, SetAside, type SqliteParts } from './sqlite-parts.ts'
import type { StoredSale } from './sqlite-sales.ts'

/** Sales and their reversals: loads what a booking needs, writes what it decided. */
export function sqliteSaleFacts(parts: SqliteParts) {
  const { shops, programme, programmeOf, journal, ledger, members, sales, rewards } = parts
  const visitGapMs = durationMs(programme.visitGap) ?? 0
  const shopOf = (store: string) => {
    const shop = shops.get(store)
    if (!shop) throw new SetAside('store.unknown', `store ${store} is not in the club's configuration`)
    return shop
  }

  /** The code for people; in the rare case that another sale has it, the next one. */
  function freeReference(saleid: string): string {
    for (let attempt = 0; ; attempt++) {
      const reference = referenceOf(saleid, attempt)
      if (!sales.byReference(reference)) return reference
    }
  }

  /** When the member was seen around an instant: a backlog brings sales that are older than the last one known. */
  function nearestVisit({ row, lastVisitAt }: StoredMember, at: string): string | undefined {
    if (lastVisitAt === undefined || at >= lastVisitAt) return lastVisitAt
    const around = (ms: number) => new Date(Date.parse(at) + ms).toISOString()
    return sales.seenBetween(row, around(-visitGapMs), around(visitGapMs)) ?? lastVisitAt
  }

  function completed({ fact, arrival, effectiveAt }: Entry<SaleFact>): Booked {
    const { store } = arrival
    const { data } = fact
    if (data.redemption) throw new SetAside('event.unsupported', 'redemption: spending credit is not booked yet')
    if (data.currency !== programme.currency)
      throw new SetAside('request.invalid', `currency: the books are kept in ${programme.currency}, not in ${data.currency}`)
    if (sales.byId(data.saleid)) throw new SetAside('event.conflict', `saleid ${data.saleid}: was completed by another event`)
    const member = data.member && members.byCredential(data.member)
    const quote = data.quoteid === undefined ? undefined : sales.quote(data.quoteid, store, data.saleid)
    const rules = programmeOf(quote?.programme ?? data.programmeVersion)
    const booking = bookSale({
      event: fact,
      effectiveAt,
      programme: rules,
      counters: member ? rewards.used(countersOf(rules, { memberid: member.memberid, store, effectiveAt })) : {},
      member,
      nearestVisitAt: member && nearestVisit(member, effectiveAt),
      quotedDiscount: quote && effectiveAt <= quote.validuntil ? quote.discount : undefined,
      reference: freeReference(data.saleid),
      shop: shopOf(store),
    })
    const seq = journal.nextSeq()
    const sale: StoredSale = {
      ...booking.sale,
      saleid: data.saleid,
      event: seq,
      store,
      member: member?.row,
      beginsVisit: booking.beginsVisit,
      reversedBy: undefined,
    }
    sales.insert(sale)
    if (member && booking.member) {
      members.openUnits(member, Object.keys(booking.member.units))
      members.save({ ...booking.member, row: member.row })
      rewards.book(booking, { eventid: fact.id, saleid: data.saleid, member })
    }
    ledger.post(booking.transfers, { event: seq, saleid: data.saleid, at: effectiveAt })
    return withWaitingReversals(sale, booking.reply, seq)
  }

  /** Reversals that came first undo the sale at once; their replies are revised. */
  function withWaitingReversals(sale: StoredSale, reply: Reply, seq: number): Booked {
    const revised: Reply[] = []
    let standing = sale
    for (const waiting of sales.unbury(sale.store, sale.saleid)) {
      revised.push({ ...undo(standing, waiting), revision: 2 })
      standing = { ...standing, reversedBy: waiting.event, beginsVisit: false }
    }
    const first = revised[0]
    if (!first) return { seq, reply }
    const { display: _, ...sold } = reply
    const effects = [...reply.effects, ...first.effects]
    return { seq, reply: { ...sold, ...first, inReplyTo: reply.inReplyTo, revision: 1, effects }, revised }
  }

  /** Compensates all of a sale for the reversal `by`. */
  function undo(sale: StoredSale, by: { id: string; event: number; at: string }): Reply {
    const member = sale.member === undefined ? undefined : members.byRow(sale.member)
    const reversed = sale.reversedBy !== undefined
    const booking = bookReversal({
      eventid: by.id,
      programmeVersion: programme.version,
      saleTransfers: ledger.postedFor(sale.saleid),
      sale: { ...sale, reversed },
      member,
      visitsAfter: member ? member.visits - (passVisitOn(sale) ? 0 : 1) : 0,
      lastVisitAfter: member && (reversed ? member.lastVisitAt : sales.lastAt(member.row, sale.saleid)),
      shop: shopOf(sale.store),
    })
    ledger.post(booking.transfers, { event: by.event, saleid: sale.saleid, at: by.at })
    if (!reversed) {
      sales.reverse(sale.saleid, by.event)
      rewards.undo(sale.saleid)
    }
    if (member && booking.member) members.save({ ...booking.member, row: member.row })
    return booking.reply
  }

  /** Whether the visit of a sale that goes stays: it was not this sale's to begin, or the next sale of it takes its place. */
  function passVisitOn(sale: StoredSale): boolean {
    if (!sale.beginsVisit || sale.member === undefined) return true
    const next = sales.nextOf(sale.member, sale.at, sale.saleid)
    if (!next || next.beginsVisit) return false
    sales.beginVisit(next.saleid)
    return true
  }

  function reversed({ fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.sale.reversed.v1'>>): Booked {
    const { saleid } = fact.data
    const sale = sales.byId(saleid)
    if (sale && sale.store !== arrival.store) throw new SetAside('sale.unknown', `saleid ${saleid}: is not a sale of this store`)
    const seq = journal.nextSeq()
    if (sale) return { seq, reply: undo(sale, { id: fact.id, event: seq, at }) }
    sales.bury(arrival.store, saleid, { event: seq, id: fact.id, at })
    const reply = errorReply({
      inReplyTo: fact.id,
      programmeVersion: programme.version,
      status: 'pending-original',
      key: 'sale.unknown',
      reason: `saleid ${saleid}: has not come yet; it is undone when it does`,
    })
    return { seq, reply }
  }

  return { completed, reversed }
}
