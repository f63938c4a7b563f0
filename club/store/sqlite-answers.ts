import { decide } from '#programme/decide.ts'
import { countersOf } from '#programme/limits.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import { isFact, type Request } from '#protocol/messages.ts'
import { copyOfReceipt } from '#protocol/receipt-copy.ts'
import { normaliseReference } from '#protocol/reference.ts'
import type { Reply } from '#protocol/reply.ts'
import { type Arrival, readArrival } from '../booking/arrival.ts'
import { balancesOf, summaryOf } from '../booking/member.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import { memberDisplay, quoteDisplay } from '../receipt-of.ts'
import type { StoredMember } from './sqlite-members.ts'
import { answerWith, type SqliteParts } from './sqlite-parts.ts'
import type { Outcome } from './store.ts'

const quoteValidMs = 15 * 60_000

/** Answers requests. What came too late is declined with `request.expired`; only quotes leave a trace. */
export function sqliteAnswers(parts: SqliteParts, { uuid }: { uuid: () => string }) {
  const { shops, programme, journal, members, sales, rewards } = parts
  /** What a decision about somebody needs besides the event. */
  const circumstances = ({ memberid }: StoredMember, { subject }: Request, { store, receivedat: effectiveAt }: Arrival) => ({
    programme,
    place: { store, lane: subject },
    context: { counters: rewards.used(countersOf(programme, { memberid, store, effectiveAt })) },
    effectiveAt,
  })
  const decline = (inReplyTo: string, key: ErrorKey, reason?: string): Reply =>
    errorReply({
      inReplyTo,
      programmeVersion: programme.version,
      status: 'declined',
      key,
      ...(reason === undefined ? {} : { reason }),
    })

  function presented(request: Request<'vafa.credential.presented.v1'>, arrival: Arrival): Reply {
    const { credential } = request.data
    if (credential.token === undefined) return decline(request.id, 'credential.unproven')
    const member = members.byCredential(credential)
    if (!member) return decline(request.id, 'credential.unknown')
    const decision = decide({ ...circumstances(member, request, arrival), member, event: { kind: 'presented' } })
    const shop = shops.get(arrival.store)
    return {
      ...plainReply(request.id, programme.version),
      member: summaryOf(member),
      balances: balancesOf(member, programme.currency),
      prompts: decision.prompts,
      ruleFailures: decision.ruleFailures,
      ...(shop ? { display: memberDisplay(shop, member, programme.currency) } : {}),
    }
  }

  function quoted(request: Request<'vafa.sale.quoted.v1'>, arrival: Arrival): Reply {
    const { store, receivedat } = arrival
    const { saleid, total, currency, lines, member: credential, mode } = request.data
    const member = credential && members.byCredential(credential)
    const event = { kind: 'quote' as const, total, currency, lines }
    const { effects, discount, payable, prompts, ruleFailures } = decide({
      ...(member ? circumstances(member, request, arrival) : { programme, context: { counters: {} }, effectiveAt: receivedat }),
      member,
      event,
    })
    const quoteid = uuid()
    const validuntil = new Date(Date.parse(receivedat) + quoteValidMs).toISOString()
    if (mode === 'live') sales.insertQuote({ quoteid, store, saleid, programme: programme.version, discount, validuntil })
    const shop = shops.get(store)
    return {
      ...plainReply(request.id, programme.version),
      ...(member ? { member: summaryOf(member), balances: balancesOf(member, programme.currency) } : {}),
      ...(credential && !member ? { error: describeError('credential.unknown') } : {}),
      quote: { quoteid, validuntil, total, discount, payable },
      effects,
      prompts,
      ruleFailures,
      ...(shop ? { display: quoteDisplay(shop, { currency, total, discount, payable }) } : {}),
    }
  }

  /**
   * By the club's code (typed, or the QR's content) or the till's own receipt number; a store finds its own sales.
   * A sale that was undone is answered with its reversal.
   */
  function lookedUp(request: Request<'vafa.sale.looked-up.v1'>, { store }: Arrival): Reply {
    const reference = normaliseReference(request.data.reference)
    const sale =
      (reference === undefined ? undefined : sales.byReference(reference)) ?? sales.byTillReceipt(store, request.data.reference)
    const known = sale?.store === store ? journal.replyAt(sale.reversedBy ?? sale.event) : undefined
    if (!known) return decline(request.id, 'sale.unknown')
    const { receipt, display: _, error: __, ...booked } = JSON.parse(known.reply) as Reply
    return { ...booked, inReplyTo: request.id, revision: 1, prompts: [], ...(receipt ? { receipt: copyOfReceipt(receipt) } : {}) }
  }

  function replyTo(request: Request, arrival: Arrival): Reply {
    const { receivedat } = arrival
    // Boxes measure their clock's offset with it, so it is answered however wrong that clock is.
    if (request.type === 'vafa.box.heartbeat.v1') return { ...plainReply(request.id, programme.version), clubTime: receivedat }
    const timely = request.clocksynced === 'unsynced' || Date.parse(request.expiresat) >= Date.parse(receivedat)
    if (!timely) return decline(request.id, 'request.expired')
    switch (request.type) {
      case 'vafa.credential.presented.v1':
        return presented(request, arrival)
      case 'vafa.sale.quoted.v1':
        return quoted(request, arrival)
      case 'vafa.sale.looked-up.v1':
        return lookedUp(request, arrival)
      default:
        return decline(request.id, 'event.unsupported', `type: ${request.type} is not answered yet`)
    }
  }

  return {
    answer(arrival: Arrival): Outcome {
      const read = readArrival(arrival)
      const { store } = arrival
      if (!read.ok) {
        const notices = [{ store, id: read.id, key: read.key, reason: read.reason }]
        return { answers: read.madeUp ? [] : [answerWith(parts, store, decline(read.id, read.key, read.reason))], notices }
      }
      const { message } = read
      if (isFact(message))
        return {
          answers: [answerWith(parts, store, decline(message.id, 'request.invalid', 'type: a fact, sent as a request'))],
          notices: [],
        }
      return { answers: [answerWith(parts, store, replyTo(message, arrival))], notices: [] }
    },
  }
}
