import { describeError } from '#protocol/errors.ts'
import { rial, writeAmount } from '#protocol/iso8583/amounts.ts'
import type { ExchangeName } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { tagValue, writePrivateData } from '#protocol/iso8583/private-data.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { referenceOf } from '#protocol/reference.ts'
import {
  type Answer,
  bookedFields,
  effectTags,
  receiptFields,
  referenceFrom,
  refusal,
  retrievalOf,
  standingFields,
} from './answer-parts.ts'
import type { TerminalPlace } from './place.ts'
import {
  amountOf,
  businessDateOf,
  credentialOf,
  givenOf,
  instantOf,
  Refused,
  type RequestTags,
  saleOf,
  tagsOf,
  tendersOf,
  totalOf,
} from './request-parts.ts'
import { type Identity, identityOf, rememberQuote, reversedBy, wasQuoted } from './sale-identity.ts'

/**
 * A terminal's request as what is asked of the lane, one after the other: it yields a request and is given the first
 * response to it, yields nothing and is given the next one, and returns the answer's own fields. Pure but for what the
 * place remembers. Throws `Refused` for a message that
 * cannot be taken as it is.
 */
export type Conversation = Generator<TillRequest | undefined, Answer, TillResponse>

interface Asked {
  message: IsoMessage
  tags: RequestTags
  place: TerminalPlace
}

/** What the lane is asked for; undefined where the driver answers by itself (echo, keys). */
export function conversationOf(name: ExchangeName, message: IsoMessage, place: TerminalPlace): Conversation | undefined {
  const asked: Asked = { message, tags: tagsOf(message), place }
  switch (name) {
    case 'who-is-this':
      return whoIsThis(asked)
    case 'quote':
      return quote(asked)
    case 'hold':
      return hold(asked)
    case 'past-sale':
      return pastSale(asked)
    case 'sale':
      return sale(asked)
    case 'advice':
      return advice(asked)
    case 'return':
      return bringBack(asked)
    case 'reversal':
    case 'reversal-advice':
      return reversal(asked)
    case 'reconciliation':
      return reconciliation(asked)
    case 'sign-on':
    case 'sign-off':
      return signing(asked, name)
    case 'key-exchange':
    case 'echo':
      return undefined
  }
}

/** The lane answered what it was not asked for: a fault of ours, said as one. */
const odd = (response: TillResponse, place: TerminalPlace): Answer =>
  refusal(response.op === 'error' ? response.error : describeError('club.failed', `answered ${response.op}`), place)

function* whoIsThis({ message, tags, place }: Asked): Conversation {
  const credential = credentialOf(message, tags)
  if (!credential) throw new Refused('30', 'DE 2, 35 or 48 CR')
  const heard = yield { op: 'present', id: place.nextId(), credential }
  if (heard.op !== 'member') return odd(heard, place)
  return { 39: '00', ...standingFields(heard, place) }
}

function* quote(asked: Asked): Conversation {
  const { message, tags, place } = asked
  const credential = credentialOf(message, tags)
  const { saleid, originalid } = identityOf(message, tags, place)
  rememberQuote(place, saleid, retrievalOf(referenceOf(saleid)))
  let heard = yield {
    op: 'open',
    id: place.nextId(),
    saleid,
    originalid,
    sale: saleOf(message, tags, totalOf(message, tags)),
    ...(credential ? { credential } : {}),
    named: true,
  }
  if (heard.op === 'opened') heard = yield undefined
  return quoteAnswer(heard, place)
}

function* hold({ message, tags, place }: Asked): Conversation {
  const { saleid } = identityOf(message, tags, place)
  const heard = yield { op: 'redeem', id: place.nextId(), saleid, amount: amountOf(message), capture: 'whole' }
  return quoteAnswer(heard, place)
}

function quoteAnswer(heard: TillResponse, place: TerminalPlace): Answer {
  if (heard.op !== 'quote') return odd(heard, place)
  const { saleid, total, discount, redeemed, payable, effects, decidedBy, error } = heard
  const text = writePrivateData([
    ['TL', String(total)],
    ['DS', String(discount)],
    ...(redeemed ? [['RD', String(redeemed)] as const] : []),
    ['DB', decidedBy === 'club' ? 'C' : 'B'],
    ['SI', saleid],
    ...effectTags(effects),
  ])
  const standing = standingFields(heard, place)
  return {
    39: '00',
    4: writeAmount(payable),
    37: retrievalOf(referenceOf(saleid)),
    49: rial,
    ...(text ? { 48: text } : {}),
    ...standing,
    // The quote stands, whoever the card is: the cashier hears why it is nobody's.
    ...(error && !standing[61] ? { 61: refusal(error, place)[61] } : {}),
  }
}

function* pastSale({ message, place }: Asked): Conversation {
  const heard = yield { op: 'look-up', id: place.nextId(), reference: referenceFrom(message.fields[37] ?? '') }
  if (heard.op !== 'sale') return odd(heard, place)
  const text = writePrivateData(effectTags(heard.effects))
  return {
    39: '00',
    37: message.fields[37],
    ...(text ? { 48: text } : {}),
    ...standingFields(heard, place),
    ...receiptFields(heard.receipt, place),
  }
}

function* sale(asked: Asked): Conversation {
  const { message, tags, place } = asked
  const identity = identityOf(message, tags, place)
  if (!wasQuoted(place, identity.saleid)) {
    const { applied, redeemed } = givenOf(tags)
    if (applied.length > 0 || redeemed > 0) throw new Refused('12', 'no quote: send 0220')
    return yield* booked(asked, recording(asked, identity, amountOf(message)), identity.saleid)
  }
  return yield* booked(
    asked,
    {
      op: 'complete',
      id: place.nextId(),
      saleid: identity.saleid,
      tenders: tendersOf(message, tags),
      sale: saleOf(message, tags, totalOf(message, tags)),
    },
    identity.saleid,
  )
}

function recording({ message, tags, place }: Asked, { saleid, originalid }: Identity, total: number) {
  const credential = credentialOf(message, tags)
  return {
    op: 'record' as const,
    id: place.nextId(),
    saleid,
    originalid,
    sale: saleOf(message, tags, total),
    tenders: tendersOf(message, tags),
    ...(credential ? { credential } : {}),
    named: true as const,
  }
}

/**
 * Whatever the terminal gave, its sum is what counts: a total that does not agree with it gives way, and so do lines that
 * do not add up, so that an advice is never refused for what cannot be changed any more.
 */
function* advice(asked: Asked): Conversation {
  const { message, tags, place } = asked
  const identity = identityOf(message, tags, place)
  const { applied, effects, redeemed } = givenOf(tags)
  const paid = amountOf(message)
  const total = paid + redeemed + applied.reduce((sum, { amount }) => sum + amount, 0)
  const request = recording(asked, identity, total)
  const lines = request.sale.lines.reduce((sum, { amount }) => sum + amount, 0) === total ? request.sale.lines : []
  const tendered = request.tenders.reduce((sum, { amount }) => sum + amount, 0)
  const now = place.now()
  const at = instantOf(message.fields[7], now)
  return yield* booked(
    asked,
    {
      ...request,
      sale: { ...request.sale, lines },
      tenders: tendered === paid ? request.tenders : paid > 0 ? [{ kind: 'card', amount: paid }] : [],
      ...(at !== undefined && at <= now ? { at: new Date(at).toISOString() } : {}),
      advice: {
        applied,
        ...(redeemed > 0 ? { redeemed } : {}),
        ...(effects.length > 0 ? { effects } : {}),
      },
    },
    identity.saleid,
  )
}

function* bringBack(asked: Asked): Conversation {
  const { message, tags, place } = asked
  const { saleid: returnid } = identityOf(message, tags, place)
  const operator = tagValue(tags[60], 'OP')
  return yield* booked(
    asked,
    {
      op: 'return',
      id: place.nextId(),
      returnid,
      reference: referenceFrom(message.fields[37] ?? ''),
      lines: [],
      amount: amountOf(message),
      ...(operator ? { operator } : {}),
    },
    returnid,
  )
}

/** A fact: once it is on disk the answer is 00, whatever the club says of it, and whether it says anything in time. */
function* booked({ message, place }: Asked, request: TillRequest, subject: string): Conversation {
  const first = yield request
  if (first.op !== 'completed' && first.op !== 'returned' && first.op !== 'reversed') return odd(first, place)
  const kept = message.fields[4] === undefined ? {} : { 4: message.fields[4] }
  const heard = yield undefined
  if (heard.op !== 'result') return { 39: '00', ...kept, ...bookedFields({ subject }) }
  const { status, receipt, effects } = heard
  return {
    39: '00',
    ...kept,
    ...bookedFields({ subject, status, reference: receipt?.reference, effects }),
    ...standingFields(heard, place),
    ...receiptFields(receipt, place),
  }
}

/** Always 00 once it is on disk: a terminal sends a reversal until it hears that. */
function* reversal(asked: Asked): Conversation {
  const { message, tags, place } = asked
  const { saleid, originalMti } = reversedBy(message, tags, place)
  const undone = { 39: '00', 90: message.fields[90] } as const
  if (message.fields[3]?.startsWith('20')) throw new Refused('12', 'repeat a return instead')
  if (originalMti.startsWith('01') && message.fields[3]?.startsWith('18')) {
    const heard = yield { op: 'redeem', id: place.nextId(), saleid, amount: 0 }
    // Of a sale that is not open any more nothing is held.
    return heard.op === 'error' && heard.error.retryable ? refusal(heard.error, place) : undone
  }
  const operator = tagValue(tags[60], 'OP')
  const answer = yield* booked(
    asked,
    { op: 'reverse', id: place.nextId(), saleid, reason: 'terminal', ...(operator ? { operator } : {}) },
    saleid,
  )
  return answer[39] === '00' ? { ...answer, ...undone } : answer
}

function* reconciliation({ message, tags, place }: Asked): Conversation {
  const { fields } = message
  const businessdate = businessDateOf(fields[15], place.now())
  const day = businessdate === undefined ? {} : { businessdate }
  const { saleid: closeid } = identityOf(message, tags, place)
  const box = yield { op: 'totals', id: place.nextId(), ...day }
  if (box.op !== 'totals') return odd(box, place)
  const { sales, total, discount, reversed } = box
  const own = fields[76] === undefined && fields[88] === undefined
  const totals = own
    ? { sales, total, discount, reversed }
    : {
        sales: Number(fields[76] ?? 0),
        total: safely(Number(fields[88] ?? 0)),
        discount: Number(/^\d{1,15}$/.exec(tagValue(tags[60], 'DD') ?? '')?.[0] ?? discount),
        reversed: Number(fields[77] ?? 0),
      }
  const agrees = totals.sales === sales && totals.total === total && totals.reversed === reversed && totals.discount === discount
  let heard = yield { op: 'close-day', id: place.nextId(), closeid, ...day, totals }
  if (heard.op !== 'day-closed') return odd(heard, place)
  heard = yield undefined
  return {
    39: '00',
    66: agrees ? '1' : '2',
    74: String(box.returned),
    76: String(sales),
    77: String(reversed),
    88: String(total),
    ...(fields[15] === undefined ? {} : { 15: fields[15] }),
    ...(heard.op === 'result' ? receiptFields(heard.receipt, place) : {}),
  }
}

/** Sixteen digits can say more rials than a number holds exactly. */
function safely(amount: number): number {
  if (!Number.isSafeInteger(amount)) throw new Refused('13', 'DE 88')
  return amount
}

function* signing({ tags, place }: Asked, name: 'sign-on' | 'sign-off'): Conversation {
  const operator = tagValue(tags[60], 'OP')
  const shift = tagValue(tags[60], 'SH')
  if (name === 'sign-on' && !operator) {
    const heard = yield { op: 'ping', id: place.nextId() }
    if (heard.op !== 'pong') return odd(heard, place)
    const { mode, simulators } = heard
    return {
      39: '00',
      48: writePrivateData([
        ...(mode === undefined ? [] : [['LM', mode] as const]),
        ...(simulators === undefined ? [] : [['SM', simulators] as const]),
      ]),
    }
  }
  const heard = yield name === 'sign-on'
    ? { op: 'sign-on', id: place.nextId(), operator: operator ?? '', ...(shift ? { shift } : {}) }
    : { op: 'sign-off', id: place.nextId() }
  return heard.op === 'signed-on' || heard.op === 'signed-off' ? { 39: '00' } : odd(heard, place)
}
