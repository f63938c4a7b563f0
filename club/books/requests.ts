import { type Decision, decide } from '#programme/decide.ts'
import { countersOf } from '#programme/limits.ts'
import { withCatalogue } from '#protocol/catalogue.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import { isFact, type Request, type Sealed } from '#protocol/messages.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { copyOfReceipt } from '#protocol/receipt-copy.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Arrival, ReadArrival } from '../booking/arrival.ts'
import { balancesOf, summaryOf } from '../booking/member.ts'
import { discreet, errorReply, plainReply } from '../booking/replies.ts'
import { memberDisplay, quoteDisplay } from '../receipt-of.ts'
import { withReturned } from '../return-receipt.ts'
import { accountOf } from './account.ts'
import { type Books, SetAside, shopOf } from './context.ts'
import { usedOf } from './counters.ts'
import type { Taken } from './facts.ts'
import { issueRedemptionCode } from './issuing-codes.ts'
import { replyTo } from './journal.ts'
import { withFacts } from './member-facts.ts'
import type { Member } from './member-records.ts'
import { codePrompts } from './one-time-codes.ts'
import { findMember } from './people.ts'
import { openProfile } from './persons.ts'
import { proven } from './proofs.ts'
import { unsentReplies } from './quarantine.ts'
import { reserve, withCodesCredit } from './redemptions.ts'
import { remarksTo } from './remarks.ts'
import { freeReference, saleByReference } from './sale-by-reference.ts'

const quoteValidMs = 15 * 60_000

const decline = ({ programme }: Books, inReplyTo: string, key: ErrorKey, reason?: string): Reply =>
  errorReply({
    inReplyTo,
    programmeVersion: programme.version,
    status: 'declined',
    key,
    ...(reason === undefined ? {} : { reason }),
  })

/** What a decision about somebody needs besides the event. */
function circumstances(books: Books, { memberid }: Member, { subject }: Request, { store, receivedat: effectiveAt }: Arrival) {
  const { programme } = books
  return {
    programme,
    place: { store, lane: subject },
    context: { counters: usedOf(books, countersOf(programme, { memberid, store, lane: subject, effectiveAt })) },
    effectiveAt,
  }
}

function presented(books: Books, request: Request<'vafa.credential.presented.v1'>, arrival: Arrival): Reply {
  const { programme, shops } = books
  const { credential } = request.data
  if (credential.token === undefined) return decline(books, request.id, 'credential.unproven')
  const { member: found, refused } = findMember(books, credential, arrival.receivedat)
  if (!found) return decline(books, request.id, refused)
  const member = withCodesCredit(books, found, credential, arrival.receivedat)
  const decision = decide({
    ...circumstances(books, member, request, arrival),
    member: withFacts(books, member, programme),
    event: { kind: 'presented' },
  })
  const shop = shops.get(arrival.store)
  return {
    ...plainReply(request.id, programme.version),
    member: summaryOf(member),
    balances: balancesOf(member, programme.currency, { store: arrival.store, at: arrival.receivedat }),
    prompts: [...codePrompts(books, credential, arrival.store), ...decision.prompts, ...remarksTo(books, member, arrival.store)],
    ...offersIn(decision),
    ...(request.data.detail === 'account'
      ? { account: accountOf(books, member, { at: arrival.receivedat, offers: decision.offers }) }
      : {}),
    ruleFailures: discreet(decision.ruleFailures),
    ...(shop ? { display: memberDisplay(shop, member, programme.currency, arrival.receivedat) } : {}),
  }
}

/** What the member may have free and has not taken. */
const offersIn = ({ offers }: Pick<Decision, 'offers'>): Pick<Reply, 'offers'> =>
  offers.length === 0 ? {} : { offers: offers.map(({ upTo, ...one }) => ({ ...one, ...(upTo === undefined ? {} : { upTo }) })) }

function quoted(books: Books, request: Request<'vafa.sale.quoted.v1'>, arrival: Arrival, uuid: () => string): Reply {
  const { shops } = books
  const { store, receivedat } = arrival
  // A quote pins its version, so the books keep its rules from now on.
  const programme = books.programmeOf(books.programme.version, receivedat)
  const { saleid, total, currency, member: credential, mode } = request.data
  const lines = withCatalogue(books.catalogue.products, request.data.lines)
  const { member: found, refused } = credential ? findMember(books, credential, receivedat) : {}
  const member = found && withCodesCredit(books, found, credential, receivedat)
  const { effects, discount, payable, prompts, ruleFailures, offers } = decide({
    ...(member
      ? circumstances(books, member, request, arrival)
      : { programme, context: { counters: {} }, effectiveAt: receivedat }),
    member: member && withFacts(books, member, programme),
    event: { kind: 'quote', total, currency, lines },
  })
  const quoteid = uuid()
  const validuntil = new Date(Date.parse(receivedat) + quoteValidMs).toISOString()
  if (mode === 'live') {
    books.desk.put('quote', quoteid, { quoteid, store, saleid, programme: programme.version, discount, validuntil })
    // Looked for now: whoever pays need not wait for it.
    freeReference(books, saleid)
  }
  const shop = shops.get(store)
  return {
    ...plainReply(request.id, programme.version),
    ...(member ? { member: summaryOf(member), balances: balancesOf(member, programme.currency, { store, at: receivedat }) } : {}),
    ...(refused ? { error: describeError(refused) } : {}),
    quote: { quoteid, validuntil, total, discount, payable },
    effects,
    prompts: [...codePrompts(books, member && credential, store), ...prompts],
    ...offersIn({ offers }),
    ruleFailures: discreet(ruleFailures),
    ...(shop ? { display: quoteDisplay(shop, { currency, total, discount, payable }) } : {}),
  }
}

/**
 * A store finds its own sales. One that was undone is answered with its reversal; of one that was returned in part the
 * slip says what is left.
 */
function lookedUp(books: Books, request: Request<'vafa.sale.looked-up.v1'>, { store }: Arrival): Reply {
  const sale = saleByReference(books, store, request.data.reference)
  const known = sale?.store === store ? replyTo(books, sale.reversedBy ?? sale.claimedBy ?? sale.eventid) : undefined
  if (!sale || !known) return decline(books, request.id, 'sale.unknown')
  const { receipt, display: _, error: __, ...booked } = JSON.parse(known.reply) as Reply
  const back = sale.reversedBy === undefined ? books.desk.get('returned', sale.saleid) : undefined
  const stands = (slip: ReceiptDocument) =>
    back ? withReturned(slip, { shop: shopOf(books, store), sale, returned: back.value }) : slip
  return {
    ...booked,
    inReplyTo: request.id,
    revision: 1,
    prompts: [],
    ...(receipt ? { receipt: copyOfReceipt(stands(receipt)) } : {}),
  }
}

/** What a box sealed with another key, or no number, is no mobile. */
function mobileIn(books: Books, sealed: Sealed): string | undefined {
  try {
    return openProfile(books, sealed).mobile
  } catch (error) {
    if (error instanceof SetAside) return undefined
    throw error
  }
}

/** A code goes to a mobile, member's or not: what is answered tells nobody whether it is one. */
function sendMobileCode(books: Books, { id, data }: Request<'vafa.code.issued.v1'>, { store, receivedat }: Arrival): Reply {
  const { member, mobile: sealed, language = 'fa' } = data
  const mobile = sealed && mobileIn(books, sealed)
  if (member.token === undefined || mobile === undefined)
    return decline(books, id, 'request.invalid', 'mobile: needs the number, sealed to the club')
  const token = books.pepper.token(member.token)
  const issued = books.mobileCodes.issue({ id, token, mobile, language, store, at: Date.parse(receivedat) })
  if (issued === 'too-many') return decline(books, id, 'code.too-many')
  return { ...plainReply(id, books.programme.version), code: { until: new Date(issued.until).toISOString() } }
}

function mobileProven(books: Books, { id, data }: Request<'vafa.code.presented.v1'>, { receivedat }: Arrival): Reply {
  const { credential, code, purpose } = data
  if (purpose !== 'prove-mobile' || credential.token === undefined || code === undefined)
    return decline(books, id, 'request.invalid', 'purpose: a code of a redemption is shown as a card is')
  const token = books.pepper.token(credential.token)
  const right = books.mobileCodes.isRight({ id, token, code, at: Date.parse(receivedat) })
  return right ? plainReply(id, books.programme.version) : decline(books, id, 'code.wrong')
}

const isTimely = ({ clocksynced, expiresat }: Request, { receivedat }: Arrival): boolean =>
  clocksynced === 'unsynced' || Date.parse(expiresat) >= Date.parse(receivedat)

function replyToRequest(books: Books, request: Request, arrival: Arrival, uuid: () => string): Reply {
  const { receivedat } = arrival
  // Boxes measure their clock's offset with it, so it is answered however wrong that clock is.
  if (request.type === 'vafa.box.heartbeat.v1')
    return { ...plainReply(request.id, books.programme.version), clubTime: receivedat }
  if (!isTimely(request, arrival)) return decline(books, request.id, 'request.expired')
  switch (request.type) {
    case 'vafa.credential.presented.v1':
      return presented(books, request, arrival)
    case 'vafa.sale.quoted.v1':
      return quoted(books, request, arrival, uuid)
    case 'vafa.sale.looked-up.v1':
      return lookedUp(books, request, arrival)
    case 'vafa.code.issued.v1':
      return sendMobileCode(books, request, arrival)
    case 'vafa.code.presented.v1':
      return mobileProven(books, request, arrival)
    default:
      return decline(books, request.id, 'event.unsupported', `type: ${request.type} is not answered yet`)
  }
}

/** Answers a request. What came too late is declined with `request.expired`; only quotes and holds leave a trace. */
export function takeRequest(books: Books, arrival: Arrival, read: ReadArrival, uuid: () => string): Taken {
  const answerWith = (reply: Reply) => ({
    inReplyTo: reply.inReplyTo,
    reply: JSON.stringify(reply),
    memberid: reply.member?.memberid,
  })
  if (!read.ok) {
    const notices = [{ store: arrival.store, id: read.id, key: read.key, reason: read.reason }]
    return { answers: read.madeUp ? [] : [answerWith(decline(books, read.id, read.key, read.reason))], notices }
  }
  const { hash, json } = read
  const { message, notices } = proven(books, read.message, arrival)
  if (message.type === 'vafa.redemption.reserved.v1' && isTimely(message, arrival)) {
    const entry = { fact: message, hash, json, arrival, effectiveAt: arrival.receivedat }
    return { answers: [{ inReplyTo: message.id, ...reserve(books, entry) }], notices }
  }
  if (message.type === 'vafa.code.issued.v1' && message.data.purpose === 'redeem' && isTimely(message, arrival)) {
    const entry = { fact: message, hash, json, arrival, effectiveAt: arrival.receivedat }
    return { answers: [{ inReplyTo: message.id, ...issueRedemptionCode(books, entry) }], notices }
  }
  const reply = isFact(message)
    ? decline(books, message.id, 'request.invalid', 'type: a fact, sent as a request')
    : replyToRequest(books, message, arrival, uuid)
  const waiting = message.type === 'vafa.box.heartbeat.v1' ? unsentReplies(books, arrival.store) : []
  return { answers: [answerWith(reply), ...waiting], notices }
}
