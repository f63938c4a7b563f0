import { describeError } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { activityLeft, lessOf } from '../booking/activity.ts'
import { balancesOf, summaryOf } from '../booking/member.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import { type Back, backAfter, bookReturn } from '../booking/return.ts'
import type { PostedTransfer } from '../ledger/transfers.ts'
import { type Booked, type Books, type Entry, SetAside, shopOf } from './context.ts'
import { takeGiftsBack, withRank } from './gifts.ts'
import type { Member } from './member-records.ts'
import { memberById, saveMember } from './people.ts'
import { saleByReference } from './sale-by-reference.ts'
import { type Gifts, noGifts, type Sale, type WaitingReturn } from './sale-records.ts'
import { tombstoneKey } from './tombstones.ts'

/** Lines or an amount were brought back; also of a sale that has not come yet. */
export function bookReturned(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.sale.returned.v1'>>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const { saleid, reference, returnid, lines, amount, currency, operator } = fact.data
  if (currency !== programme.currency)
    throw new SetAside('request.invalid', `currency: the books are kept in ${programme.currency}, not in ${currency}`)
  if (lines.length === 0 && amount === undefined)
    throw new SetAside('request.invalid', 'lines, amount: neither says what is returned')
  if (saleid === undefined && reference === undefined)
    throw new SetAside('request.invalid', 'saleid, reference: neither names a sale')
  const named = reference === undefined ? undefined : saleByReference(books, store, reference)
  const sale = saleid === undefined ? named : desk.get('sale', saleid)
  if (sale && sale.store !== store) throw new SetAside('sale.unknown', `${saleid ?? reference}: is not a sale of this store`)
  if (sale && named && sale.saleid !== named.saleid)
    throw new SetAside('request.invalid', `saleid ${saleid}: the reference ${reference} is another sale's`)
  const waiting: WaitingReturn = { id: fact.id, at, returnid, lines, amount, operator }
  if (sale) return takeBack(books, sale, waiting)
  // A code tells nothing of a sale that is not here: when it has come, a person releases the return.
  if (saleid === undefined) throw new SetAside('sale.unknown', `reference ${reference}: no sale of this store has it`)
  const key = tombstoneKey(store, saleid)
  const before = desk.get('tombstone', key)
  const event = desk.nextEvent()
  desk.put('tombstone', key, {
    ...{ sale: key, store, saleid, reversals: before?.reversals ?? [] },
    returns: [...(before?.returns ?? []), waiting],
  })
  const reply = errorReply({
    inReplyTo: fact.id,
    programmeVersion: programme.version,
    status: 'pending-original',
    key: 'sale.unknown',
    reason: `saleid ${saleid}: has not come yet; it is taken back when it does`,
  })
  return { event, reply }
}

function takeBack(books: Books, sale: Sale, given: WaitingReturn): Booked {
  const { desk } = books
  if (sale.reversedBy !== undefined || isRepeat(books, sale, given))
    return { event: desk.nextEvent(), reply: nothingMore(books, sale, given) }
  const before = desk.get('returned', sale.saleid)
  const after = backAfter(sale, before, given)
  if ('wrong' in after) throw new SetAside(after.wrong === 'excessive' ? 'return.excessive' : 'request.invalid', after.detail)
  const event = desk.nextEvent()
  return { event, reply: compensate(books, { sale, given, event, from: before?.value ?? 0, back: after }) }
}

/** The same return under another event: it has its effect once. */
const isRepeat = ({ desk }: Books, { saleid }: Sale, { returnid }: WaitingReturn): boolean =>
  desk.get('returned', saleid)?.returnids.includes(returnid) === true

/** How things stand where there is nothing to take back. */
function nothingMore(books: Books, sale: Sale, { id, at }: WaitingReturn): Reply {
  const { programme } = books
  const member = sale.memberid === undefined ? undefined : memberById(books, sale.memberid)
  const reply: Reply = {
    ...plainReply(id, programme.version),
    ...(member ? { member: summaryOf(member), balances: balancesOf(member, programme.currency, { store: sale.store, at }) } : {}),
  }
  return sale.reversedBy === undefined ? reply : { ...reply, error: describeError('sale.undone') }
}

function compensate(
  books: Books,
  by: {
    sale: Sale
    given: Pick<WaitingReturn, 'id' | 'at' | 'operator'> & { returnid?: string }
    event: number
    from: number
    giftsFrom?: number
    back: Back
  },
): Reply {
  const { desk, programme } = books
  const { sale, given, event, from, giftsFrom = from, back } = by
  const { saleid } = sale
  const member = sale.memberid === undefined ? undefined : memberById(books, sale.memberid)
  const booking = bookReturn({
    eventid: given.id,
    programmeVersion: programme.version,
    effectiveAt: given.at,
    overdraft: programme.overdraft ?? 'never',
    saleTransfers: saleTransfers(books, sale),
    sale,
    operator: given.operator,
    from,
    to: back.value,
    member,
    shop: shopOf(books, sale.store),
  })
  desk.post(booking.transfers, { event, subject: saleid, at: given.at })
  const { returnids: known = [], steps = [] } = desk.get('returned', saleid) ?? {}
  const less = member && giftsBack(books, { sale, member, from: giftsFrom, to: back.value, at: given.at })
  const returnids = given.returnid === undefined ? known : [...known, given.returnid]
  const { value, quantities } = back
  const step = given.returnid === undefined ? [] : [{ event, at: given.at, value, quantities }]
  desk.put('returned', saleid, { saleid, value, quantities, returnids, steps: [...steps, ...step] })
  const events = sale.events.includes(event) ? sale.events : [...sale.events, event]
  desk.put('sale', saleid, { ...sale, events, gifts: less?.gifts ?? sale.gifts })
  if (member && booking.member) saveMember(books, member, booking.member, less?.more)
  return withRank(booking.reply, less?.more.rank)
}

/**
 * Takes back what a sale gave besides money, points and stamps: what tiers are measured by in proportion; its coupons,
 * messages and uses of limits with the whole only. Gives the member's rank, and what is left to be taken back.
 */
function giftsBack(
  books: Books,
  by: { sale: Sale; member: Member; from: number; to: number; at: string },
): { gifts: Gifts; more: Pick<Member, 'rank'> } {
  const { sale, member, from, to, at } = by
  const { total, gifts } = sale
  const { activity, ...others } = gifts
  const going = to >= total ? others : noGifts
  const left = (value: number) => activity && activityLeft(activity, value, total)
  const [before, after] = [left(from), left(to)]
  const gone = before && after ? { activity: lessOf(before, after) } : {}
  const more = takeGiftsBack(books, member, { gifts: { ...going, ...gone }, programme: books.programme, at })
  return { gifts: to >= total ? { ...noGifts, ...(activity ? { activity } : {}) } : gifts, more }
}

/**
 * Takes back of a sale that has just come what was returned before it. What is more than was sold cannot be set aside
 * any more: nothing of it is taken back, and its reply says so.
 */
export function takeWaitingBack(books: Books, saleid: string, waiting: readonly WaitingReturn[], event: number): Reply[] {
  const { desk } = books
  return waiting.map((given) => {
    const sale = desk.get('sale', saleid)
    if (!sale) throw new Error(`the sale ${saleid} is not there`)
    if (isRepeat(books, sale, given)) return { ...nothingMore(books, sale, given), revision: 2 }
    const before = desk.get('returned', saleid)
    const from = before?.value ?? 0
    const back = backAfter(sale, before, given)
    if ('wrong' in back) {
      const error = describeError(back.wrong === 'excessive' ? 'return.excessive' : 'request.invalid', back.detail)
      return { ...nothingMore(books, sale, given), error, revision: 2 }
    }
    return { ...compensate(books, { sale, given, event, from, back }), revision: 2 }
  })
}

/** All transfers of a sale, those that undo others included. */
export const saleTransfers = ({ desk }: Books, { events }: Sale): PostedTransfer[] =>
  events.flatMap((event) => desk.get('postings', String(event))?.transfers ?? [])

/** What a sale earned that is claimed after a part of it was returned: that part's share is taken back at once. */
export function takeReturnedShareBack(
  books: Books,
  saleid: string,
  by: { id: string; event: number; at: string },
): Reply | undefined {
  const sale = books.desk.get('sale', saleid)
  const back = books.desk.get('returned', saleid)
  if (!sale || !back) return undefined
  return compensate(books, { sale, given: by, event: by.event, from: back.value, giftsFrom: 0, back })
}
