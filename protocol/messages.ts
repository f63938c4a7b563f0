import { z } from 'zod'
import { type CompiledSchema, compiledSchema } from './compiled-schema.ts'
import { credential } from './credentials.ts'
import { appliedEffect, effect } from './effects.ts'
import { factFields, requestFields } from './envelope.ts'
import { birthDate, civilDate, id, instant } from './ids.ts'
import { amount, basisPoints, currency, signedAmount } from './money.ts'
import { receiptDocument } from './receipt.ts'
import { language } from './text.ts'

/** Training sales look like live ones at the till; a live club sets them aside. */
export const saleMode = z.enum(['live', 'training'])

export const basketLine = z.object({
  product: z.string().min(1).max(60).meta({ description: "the catalogue's code" }),
  name: z.string().max(120).optional(),
  category: z.string().max(60).optional(),
  brand: z.string().max(60).optional(),
  quantity: z.number().positive().max(1_000_000),
  amount: amount.meta({ description: "the line's price for the whole quantity, tax included" }),
  taxrate: basisPoints.optional(),
})
export type BasketLine = z.infer<typeof basketLine>

export const tenderKinds = ['cash', 'card', 'transfer', 'voucher', 'other'] as const
export const tender = z.object({ kind: z.enum(tenderKinds), amount })
export type Tender = z.infer<typeof tender>

/** What a quote and a completed sale have in common. `total` is the price before the club's discounts, tax included. */
const saleFields = {
  saleid: id,
  member: credential.optional(),
  operator: z.string().max(60).optional(),
  shift: z.string().max(60).optional(),
  businessdate: civilDate,
  tillreceipt: z.string().min(1).max(60).optional(),
  currency,
  total: amount,
  lines: z.array(basketLine).max(500),
  mode: saleMode,
}

export const saleQuoted = z.object(saleFields)
export type SaleQuoted = z.infer<typeof saleQuoted>

export const saleCompleted = z
  .object({
    ...saleFields,
    quoteid: id.optional(),
    programmeVersion: z.int().min(0).optional().meta({ description: 'the version that the quote pinned' }),
    applied: z.array(appliedEffect).max(50),
    redemption: z.object({ redemptionid: id, amount }).optional(),
    allowance: z
      .object({ serial: z.int().min(1), credit: amount, gifts: amount })
      .optional()
      .meta({ description: 'what of it was given without the club, out of which allowance (docs/offline.md)' }),
    payable: amount.meta({ description: 'total less discounts and redeemed credit: what the customer paid' }),
    tenders: z.array(tender).max(20),
  })
  .refine((s) => s.total - s.applied.reduce((a, e) => a + e.amount, 0) - (s.redemption?.amount ?? 0) === s.payable, {
    path: ['payable'],
    error: 'must be the total less what was applied and redeemed',
  })
  .refine((s) => s.tenders.reduce((a, t) => a + t.amount, 0) === s.payable, {
    path: ['tenders'],
    error: 'must add up to payable',
  })
export type SaleCompleted = z.infer<typeof saleCompleted>

export const saleReversed = z.object({
  saleid: id,
  reason: z.enum(['operator', 'terminal', 'timeout', 'duplicate']),
  operator: z.string().max(60).optional(),
  mode: saleMode,
})
export type SaleReversed = z.infer<typeof saleReversed>

/** A profile sealed to the club's public key (protocol/sealing.ts); opened it is a `memberProfile`. */
export const sealed = z.object({ keyid: z.string().min(1).max(40), box: z.string().max(20_000) })
export type Sealed = z.infer<typeof sealed>

/** What a person tells of himself or herself; in an update each field that is given replaces the older one. */
export const memberProfile = z.object({
  displayName: z.string().min(1).max(80).optional(),
  mobile: z
    .string()
    .regex(/^\+989\d{9}$/)
    .optional(),
  birthday: birthDate.optional(),
  sex: z.enum(['female', 'male', 'other']).optional(),
  area: z.string().min(1).max(120).optional().meta({ description: 'the part of town, or the town' }),
  education: z.string().min(1).max(60).optional(),
  email: z.email().max(254).optional(),
  language: language.optional().meta({ description: 'of what is sent to the member' }),
  custom: z
    .record(z.string().min(1).max(40), z.string().max(200))
    .refine((fields) => Object.keys(fields).length <= 30, 'at most 30 fields')
    .optional()
    .meta({ description: "the club's own fields; each that is given replaces the older one of its name" }),
})
export type MemberProfile = z.infer<typeof memberProfile>

/** `fingerprint`: that a sensor of a store keeps a finger; the other three say what a member may be written for. */
export const consentPurposes = ['club', 'promotion', 'survey', 'fingerprint'] as const
export const consentChannels = ['sms', 'messenger', 'email', 'push', 'receipt'] as const
export const consent = z.object({
  purpose: z.enum(consentPurposes),
  channel: z.enum(consentChannels).optional().meta({ description: 'every channel, where it is left out' }),
  given: z.boolean(),
})
export type Consent = z.infer<typeof consent>

const memberFields = {
  memberid: id,
  credentials: z.array(credential).min(1).max(10),
  profile: sealed.optional(),
  consents: z.array(consent).max(30),
  operator: z.string().max(60).optional(),
  referredBy: z.string().min(1).max(20).optional().meta({ description: 'the number of the member who brought this one in' }),
  mode: saleMode.optional().meta({ description: 'live, where it is left out; in training nobody is signed up' }),
}

export const offerReaction = z.enum(['accepted', 'later', 'refused'])

/** What a message type carries. `class` says how it travels: a request lapses, a fact is durable and never declined. */
interface Definition {
  class: 'request' | 'fact'
  meaning: string
  data: z.ZodType
}

export const messageTypes = {
  'vafa.credential.presented.v1': {
    class: 'request',
    meaning: 'who is this?',
    data: z.object({
      credential,
      detail: z.enum(['account']).optional().meta({ description: 'with `account` in the reply: for the member’s own eyes' }),
    }),
  },
  'vafa.sale.quoted.v1': { class: 'request', meaning: 'what would this basket get?', data: saleQuoted },
  'vafa.sale.looked-up.v1': {
    class: 'request',
    meaning: "a past sale by its receipt's code or number",
    data: z.object({ reference: z.string().min(1).max(60) }),
  },
  'vafa.redemption.reserved.v1': {
    class: 'request',
    meaning: 'hold this credit',
    data: z.object({
      redemptionid: id,
      saleid: id.optional(),
      member: credential,
      amount,
      currency,
      capture: z.enum(['whole', 'up-to']),
      returned: z
        .object({ serial: z.int().min(1), credit: amount })
        .optional()
        .meta({ description: 'of the box’s own allowance for this member: it gives none of it any more, so that the club can' }),
    }),
  },
  'vafa.code.issued.v1': {
    class: 'request',
    meaning: 'issue a one-time code',
    data: z.object({
      member: credential.meta({ description: 'to prove a mobile: its token, whether it is a member’s or not' }),
      purpose: z.enum(['prove-mobile', 'redeem']),
      amount: amount.optional().meta({ description: 'of a redemption: the most that the code may spend' }),
      mobile: sealed
        .optional()
        .meta({ description: 'where the code of `prove-mobile` goes: a profile with nothing but `mobile`' }),
      language: language.optional().meta({ description: 'of the message' }),
    }),
  },
  'vafa.code.presented.v1': {
    class: 'request',
    meaning: 'a one-time code was entered',
    data: z.object({
      credential,
      purpose: z.enum(['prove-mobile', 'redeem']),
      saleid: id.optional(),
      code: z
        .string()
        .regex(/^\d{4,8}$/)
        .optional()
        .meta({ description: 'of `prove-mobile`: what the person typed' }),
    }),
  },
  'vafa.box.heartbeat.v1': {
    class: 'request',
    meaning: 'is the club there, and what time does it have?',
    data: z.object({ sentat: instant }),
  },
  'vafa.visit.recorded.v1': { class: 'fact', meaning: 'a tap with no sale', data: z.object({ member: credential }) },
  'vafa.sale.completed.v1': { class: 'fact', meaning: 'paid', data: saleCompleted },
  'vafa.redemption.captured.v1': {
    class: 'fact',
    meaning: 'credit spent without a sale',
    data: z.object({ redemptionid: id, member: credential, amount, currency }),
  },
  'vafa.redemption.voided.v1': { class: 'fact', meaning: 'a hold dropped', data: z.object({ redemptionid: id }) },
  'vafa.receipt.claimed.v1': {
    class: 'fact',
    meaning: "a sale without a member gets its member by its receipt's code",
    data: z.object({ reference: z.string().min(1).max(60), member: credential }),
  },
  'vafa.sale.reversed.v1': { class: 'fact', meaning: 'the whole sale undone', data: saleReversed },
  'vafa.sale.returned.v1': {
    class: 'fact',
    meaning: 'lines or an amount brought back',
    data: z.object({
      returnid: id,
      saleid: id.optional(),
      reference: z.string().max(60).optional(),
      lines: z.array(z.object({ line: z.int().min(0), quantity: z.number().positive() })).max(500),
      amount: amount.optional(),
      currency,
      operator: z.string().max(60).optional(),
      mode: saleMode,
    }),
  },
  'vafa.decision.advised.v1': {
    class: 'fact',
    meaning: 'what the box decided without the club',
    data: z.object({
      original: z.object({ ...factFields, type: z.literal('vafa.sale.completed.v1'), data: saleCompleted }),
      effects: z.array(effect).max(50),
      programmeVersion: z.int().min(0),
      decidedat: instant,
      reference: receiptDocument.shape.reference,
      credit: z.object({ known: signedAmount, usable: amount }).optional().meta({
        description:
          'as the slip shows it: what was last known of the member’s, less this sale, and what of it the box could still give',
      }),
    }),
  },
  'vafa.receipt.printed.v1': {
    class: 'fact',
    meaning: 'what the customer was really handed',
    data: z.object({
      saleid: id,
      reference: receiptDocument.shape.reference,
      via: z.enum(['own', 'till', 'terminal']),
      provisional: z.boolean(),
      confirmed: z.boolean().meta({ description: 'the printer said that the job was completed' }),
    }),
  },
  'vafa.member.enrolled.v1': { class: 'fact', meaning: 'sign-up with consent', data: z.object(memberFields) },
  'vafa.member.updated.v1': {
    class: 'fact',
    meaning: 'a changed profile or consent',
    data: z.object({ memberid: id, profile: sealed.optional(), consents: z.array(consent).max(30) }),
  },
  'vafa.member.erased.v1': { class: 'fact', meaning: 'the member asked to be forgotten', data: z.object({ memberid: id }) },
  'vafa.card.linked.v1': {
    class: 'fact',
    meaning: 'a further credential of a member',
    data: z.object({ memberid: id, credential }),
  },
  'vafa.card.blocked.v1': {
    class: 'fact',
    meaning: 'a credential is no longer good',
    data: z.object({ credential, reason: z.enum(['lost', 'stolen', 'worn', 'abuse']) }),
  },
  'vafa.card.replaced.v1': {
    class: 'fact',
    meaning: 'one credential takes the place of another',
    data: z.object({ old: credential, new: credential }),
  },
  'vafa.offer.reacted.v1': {
    class: 'fact',
    meaning: "the customer's reaction to an offer",
    data: z.object({
      member: credential,
      offerid: z.string().min(1).max(60),
      saleid: id.optional().meta({ description: 'the sale at which it was offered' }),
      reaction: offerReaction,
      operator: z.string().max(60).optional(),
    }),
  },
  'vafa.survey.answered.v1': {
    class: 'fact',
    meaning: 'four options and a comment',
    data: z.object({
      member: credential,
      surveyid: z.string().min(1).max(60),
      option: z.int().min(1).max(4),
      comment: z.string().max(1_000).optional(),
    }),
  },
  'vafa.day.closed.v1': {
    class: 'fact',
    meaning: "the till's totals for a day",
    data: z.object({
      businessdate: civilDate,
      currency,
      sales: z.int().min(0),
      total: amount,
      discount: amount,
      reversed: z.int().min(0),
      mode: saleMode,
    }),
  },
} as const satisfies Record<string, Definition>

export type MessageType = keyof typeof messageTypes
export type FactType = { [T in MessageType]: (typeof messageTypes)[T]['class'] extends 'fact' ? T : never }[MessageType]
export type RequestType = Exclude<MessageType, FactType>
export type MessageData<T extends MessageType> = z.infer<(typeof messageTypes)[T]['data']>

const factEnvelope = z.object({ ...factFields })
const requestEnvelope = z.object({ ...requestFields })

export type Fact<T extends FactType = FactType> = {
  [K in T]: z.infer<typeof factEnvelope> & { type: K; data: MessageData<K> }
}[T]
export type Request<T extends RequestType = RequestType> = {
  [K in T]: z.infer<typeof requestEnvelope> & { type: K; data: MessageData<K> }
}[T]
export type Message = Fact | Request

export const isMessageType = (type: unknown): type is MessageType => typeof type === 'string' && Object.hasOwn(messageTypes, type)

/** The schema of one whole message: envelope and data. */
export function messageSchema(type: MessageType): z.ZodType<Message> {
  const definition = messageTypes[type]
  const fields = definition.class === 'fact' ? factFields : requestFields
  return z.object({ ...fields, type: z.literal(type), data: definition.data }) as unknown as z.ZodType<Message>
}

const schemas = new Map<MessageType, CompiledSchema<Message>>()

function compiledMessage(type: MessageType): CompiledSchema<Message> {
  const known = schemas.get(type)
  if (known) return known
  const compiled = compiledSchema(messageSchema(type))
  schemas.set(type, compiled)
  return compiled
}

/** Gets ready to parse messages of one type, so that the first one does not wait for it. */
export const warmMessage = (type: MessageType): void => compiledMessage(type).warm()

export type Parsed =
  | { ok: true; message: Message }
  /** `id` and `type` are given where they could be read, so that a bad fact can still be answered. */
  | { ok: false; id?: string; type?: string; reason: string }

/** Parses one message from the wire. Never throws; `reason` names the first field that is wrong and how. */
export function parseMessage(payload: Uint8Array | string): Parsed {
  let json: unknown
  try {
    json = JSON.parse(typeof payload === 'string' ? payload : new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
  return parseMessageValue(json)
}

/** As `parseMessage`, from a value that is JSON already. */
export function parseMessageValue(json: unknown): Parsed {
  if (json === null || typeof json !== 'object') return { ok: false, reason: 'not an object' }
  const { id: givenId, type } = json as Record<string, unknown>
  const refuse = (reason: string): Parsed => ({
    ok: false,
    ...(id.safeParse(givenId).success ? { id: givenId as string } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    reason,
  })
  if (!isMessageType(type)) return refuse(`unknown type ${JSON.stringify(type)}`)
  const result = compiledMessage(type).safeParse(json)
  if (result.success) return { ok: true, message: result.data }
  const issue = result.error.issues[0]
  return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
}

export const isFact = (message: Message): message is Fact => messageTypes[message.type].class === 'fact'
