import { z } from 'zod'
import { account } from './account.ts'
import { compiledSchema } from './compiled-schema.ts'
import { credentialKind } from './credentials.ts'
import { appliedEffect, balance, effect, offer, prompt } from './effects.ts'
import { replyError } from './errors.ts'
import { civilDate, id, instant } from './ids.ts'
import { basketLine, consent, memberProfile, offerReaction, saleMode, saleReversed, tender } from './messages.ts'
import { amount, currency } from './money.ts'
import { displayContent, receiptBlock, receiptDocument } from './receipt.ts'
import { memberSummary } from './reply.ts'
import { scan } from './scan.ts'
import { deviceHealth } from './state.ts'
import { language, localised } from './text.ts'

/**
 * What a till, a terminal or a kiosk and a lane say to each other, whatever carries it: JSON lines over TCP, the box's
 * own MQTT (`lanes/{lane}/input` and `/replies`), HTTP; ISO 8583 and nexo are mapped to it. `id` is the sender's own
 * number of the request; answers carry it as `re`, and each request gets exactly one first answer: what its `op` says
 * below, or `error`. What is booked has an id of its own (`saleid`, `returnid`, `claimid`, `closeid`, `memberid`): the
 * sender may choose it, and a repeat with the same one is answered, not booked again.
 */
const request = { id: z.string().min(1).max(60) }

/** Whom the box makes a token of at once; the raw value goes no further. */
const shownCredential = z.object({ kind: credentialKind, value: z.string().min(1).max(2_000) })
export type ShownCredential = z.infer<typeof shownCredential>

const named = z
  .literal(true)
  .optional()
  .meta({ description: 'the customer is named with the sale (`credential`): whom this till only asked about (`present`) is not' })
const operator = z.string().max(60).optional().meta({ description: 'whoever has signed on at the lane, where it is left out' })
const originalid = z
  .string()
  .min(1)
  .max(120)
  .optional()
  .meta({ description: "the sale in the origin's own journal (protocol/origin.ts)" })
const reference = z
  .string()
  .min(1)
  .max(60)
  .meta({ description: "the receipt's code, its QR's content, or the till's receipt number" })

export const tillSale = z.object({
  tillreceipt: z.string().min(1).max(60),
  operator,
  shift: z.string().max(60).optional(),
  businessdate: civilDate.optional().meta({ description: "the store's civil date where it is left out" }),
  currency: currency.optional().meta({ description: "the lane's own where it is left out" }),
  total: amount,
  lines: z.array(basketLine).max(500),
})
export type TillSale = z.infer<typeof tillSale>

export const dayTotals = z.object({ sales: z.int().min(0), total: amount, discount: amount, reversed: z.int().min(0) })
export type LaneTotals = z.infer<typeof dayTotals>

/** As a person types it; the box makes a token of it at once. */
const typedMobile = z.string().min(10).max(20)

export const tillRequest = z.discriminatedUnion('op', [
  z
    .object({
      op: z.literal('open'),
      ...request,
      sale: tillSale,
      saleid: id.optional(),
      originalid,
      credential: shownCredential.optional().meta({ description: 'who is buying, where the till knows already' }),
      named,
    })
    .meta({ description: '→ `opened`, then `quote`; again with the same `tillreceipt` or `saleid`: a changed basket' }),
  z
    .object({
      op: z.literal('redeem'),
      ...request,
      saleid: id,
      amount: amount.meta({ description: 'in all; 0 gives back what is held' }),
      capture: z
        .enum(['whole', 'up-to'])
        .optional()
        .meta({ description: '`whole`, where it is left out; `up-to`: less will do' }),
    })
    .meta({ description: 'pay so much of the quoted sale from the credit of its member → `quote` with `redeemed`' }),
  z
    .object({
      op: z.literal('complete'),
      ...request,
      saleid: id,
      tenders: z.array(tender).max(20),
      sale: tillSale.optional().meta({ description: 'the final basket; needed where the box has restarted since `open`' }),
    })
    .meta({ description: 'the customer has paid what the quote said → `completed`, then `result`' }),
  z
    .object({
      op: z.literal('record'),
      ...request,
      sale: tillSale,
      saleid: id.optional(),
      originalid,
      credential: shownCredential
        .optional()
        .meta({ description: 'who was buying; else whoever has just tapped, where it is no advice' }),
      named,
      tenders: z.array(tender).max(20).optional().meta({ description: 'one of kind `other`, where it is left out' }),
      at: instant.optional().meta({ description: 'when it was paid, where that was not just now' }),
      advice: z
        .object({
          applied: z.array(appliedEffect).max(50),
          redeemed: amount.optional().meta({ description: 'credit that it took instead of money' }),
          effects: z.array(effect).max(50).optional().meta({ description: 'what else it promised the customer' }),
        })
        .optional()
        .meta({ description: 'what a terminal gave that approved the sale alone: booked as it is' }),
    })
    .meta({ description: 'a sale that is paid already, without a quote → `completed`, then `result`' }),
  z
    .object({ op: z.literal('cancel'), ...request, saleid: id.optional() })
    .meta({ description: '→ `cancelled`; without `saleid` whatever stands at the lane' }),
  z
    .object({
      op: z.literal('reverse'),
      ...request,
      saleid: id,
      reason: saleReversed.shape.reason.optional().meta({ description: '`operator`, where it is left out' }),
      operator,
    })
    .meta({
      description:
        'undoes a sale as a whole → `reversed`, then `result`; also one that never arrived: should it come late, it is undone. One that is not paid yet is undone for `terminal` and `timeout` only: else cancel it',
    }),
  z
    .object({
      op: z.literal('return'),
      ...request,
      returnid: id.optional(),
      saleid: id.optional(),
      reference: reference.optional(),
      lines: z.array(z.object({ line: z.int().min(0), quantity: z.number().positive() })).max(500),
      amount: amount.optional().meta({ description: "of the price before discounts; counts instead of the lines' prices" }),
      operator,
    })
    .meta({
      description: 'lines or an amount of a sale brought back, named by `saleid` or `reference` → `returned`, then `result`',
    }),
  z
    .object({ op: z.literal('look-up'), ...request, reference })
    .meta({ description: 'a past sale of this store → `sale`; asks the club' }),
  z
    .object({
      op: z.literal('claim'),
      ...request,
      claimid: id.optional(),
      reference,
      credential: shownCredential.optional().meta({ description: 'else whoever stands at the lane' }),
    })
    .meta({ description: 'a sale without a member gets its member → `claimed`, then `result`' }),
  z
    .object({ op: z.literal('reprint'), ...request, saleid: id })
    .meta({ description: 'prints the last receipt of that sale again, marked as a copy → `printed`' }),
  z
    .object({ op: z.literal('print'), ...request, blocks: z.array(receiptBlock).min(1).max(500) })
    .meta({ description: "a paper of the till's own on the lane's printer → `printed`" }),
  z
    .object({ op: z.literal('show'), ...request, lines: z.array(z.string().max(200)).min(1).max(20) })
    .meta({ description: "on the lane's customer display, until the lane shows something itself → `shown`" }),
  z
    .object({ op: z.literal('present'), ...request, credential: shownCredential })
    .meta({ description: 'a card, a phone or a number that the till itself has read → `member`' }),
  z
    .object({
      op: z.literal('enrol'),
      ...request,
      memberid: id.optional(),
      credentials: z
        .array(shownCredential)
        .max(9)
        .optional()
        .meta({ description: 'besides the card that was presented at the lane' }),
      profile: memberProfile,
      consents: z.array(consent).max(30),
      referredBy: z.string().min(1).max(20).optional().meta({ description: 'the number of the member who brought this one in' }),
      operator,
    })
    .meta({
      description:
        'signs up whoever has presented a card; one whose mobile or card the club knows already gets the others too → `enrolled`, then `result`',
    }),
  z
    .object({
      op: z.literal('sign-on'),
      ...request,
      operator: z.string().min(1).max(60),
      shift: z.string().min(1).max(60).optional(),
    })
    .meta({ description: 'whoever works at the lane from now on → `signed-on`' }),
  z.object({ op: z.literal('sign-off'), ...request }).meta({ description: '→ `signed-off`' }),
  z
    .object({ op: z.literal('totals'), ...request, businessdate: civilDate.optional() })
    .meta({ description: 'what this lane has on the disk of the box for a day → `totals`' }),
  z
    .object({
      op: z.literal('close-day'),
      ...request,
      closeid: id.optional(),
      businessdate: civilDate.optional().meta({ description: 'today at the store, where it is left out' }),
      totals: dayTotals.optional().meta({ description: "the till's own; the box's, where it has none" }),
    })
    .meta({ description: "the till's totals against the club's → `day-closed`, then `result`" }),
  z
    .object({
      op: z.literal('enrol-finger'),
      ...request,
      consent: z.literal(true).meta({ description: 'the customer was asked and has agreed' }),
      operator,
    })
    .meta({
      description:
        "stores a finger of the member who stands at the lane in the lane's sensor, and the consent at the club → `finger` at each step, `finger-enrolled`",
    }),
  z
    .object({ op: z.literal('forget-finger'), ...request, operator })
    .meta({ description: 'takes back the consent of the member who stands at the lane → `finger-forgotten`' }),
  z
    .object({ op: z.literal('send-code'), ...request, mobile: typedMobile, language: language.optional() })
    .meta({ description: 'the club sends a one-time code to this mobile → `code-sent`' }),
  z
    .object({ op: z.literal('prove-mobile'), ...request, mobile: typedMobile, code: z.string().regex(/^\d{4,8}$/) })
    .meta({ description: 'the code that came to this mobile; whoever has it then stands at the lane → `member`' }),
  z.object({ op: z.literal('issue-code'), ...request, amount: amount.min(1) }).meta({
    description: 'a one-time code by which the member at the lane can spend so much credit at any till of the club → `code`',
  }),
  z
    .object({ op: z.literal('react'), ...request, offerid: z.string().min(1).max(60), reaction: offerReaction, operator })
    .meta({ description: 'what the member at the lane said to an offer → `noted`' }),
  z
    .object({
      op: z.literal('answer-survey'),
      ...request,
      surveyid: z.string().min(1).max(60),
      option: z.int().min(1).max(4),
      comment: z.string().max(1_000).optional(),
    })
    .meta({ description: 'of the member at the lane → `noted`' }),
  z
    .object({ op: z.literal('receipts'), ...request })
    .meta({ description: 'the last sales of this lane, for a reprint → `receipts`' }),
  z
    .object({
      op: z.literal('staff'),
      ...request,
      pin: z.string().regex(/^\d{4,12}$/),
      ask: z.enum(['devices', 'test-print', 'doctor']),
    })
    .meta({ description: 'for who looks after the lane; each with the store’s PIN → `staff`' }),
  z.object({ op: z.literal('ping'), ...request }).meta({ description: '→ `pong`' }),
])
export type TillRequest = z.infer<typeof tillRequest>
export const compiledTillRequest = compiledSchema(tillRequest)

const answers = { re: z.string().optional().meta({ description: 'the request it answers; absent where the lane speaks first' }) }
const onDisk = { description: 'safe on the disk of the box' }
const standing = { member: memberSummary.optional(), balances: z.array(balance), prompts: z.array(prompt) }

/** A sale of this lane, as its own cashier may see it again. */
const laneReceipt = z.object({
  saleid: id,
  at: instant,
  tillreceipt: z.string().optional(),
  currency,
  total: amount,
  payable: amount,
  member: z.boolean().meta({ description: 'somebody showed a card' }),
  state: z.enum(['final', 'provisional', 'waiting', 'reversed']).meta({ description: 'what was handed to the customer' }),
})
export type LaneReceipt = z.infer<typeof laneReceipt>

export const tillResponse = z.discriminatedUnion('op', [
  z.object({ op: z.literal('opened'), ...answers, saleid: id }),
  z.object({
    op: z.literal('quote'),
    ...answers,
    saleid: id,
    total: amount,
    discount: amount,
    redeemed: amount.optional().meta({ description: 'credit that is held for this sale' }),
    payable: amount.meta({ description: 'total less discount and redeemed credit' }),
    effects: z.array(effect),
    prompts: z.array(prompt),
    offers: z.array(offer).optional().meta({ description: 'what the member may have free and is not in the basket yet' }),
    member: memberSummary.optional().meta({ description: 'whose quote it is, where the club said so' }),
    balances: z.array(balance).optional(),
    error: replyError.optional().meta({ description: 'why the card that was shown is nobody’s; the quote stands' }),
    decidedBy: z.enum(['club', 'box']),
  }),
  z.object({ op: z.literal('member'), ...answers, ...standing, offers: z.array(offer).optional() }),
  z.object({ op: z.literal('completed'), ...answers, saleid: id }).meta(onDisk),
  z.object({ op: z.literal('reversed'), ...answers, saleid: id }).meta(onDisk),
  z.object({ op: z.literal('returned'), ...answers, returnid: id, saleid: id.optional() }).meta(onDisk),
  z.object({ op: z.literal('claimed'), ...answers, claimid: id }).meta(onDisk),
  z.object({ op: z.literal('enrolled'), ...answers, memberid: id }).meta(onDisk),
  z.object({ op: z.literal('day-closed'), ...answers, closeid: id, businessdate: civilDate, totals: dayTotals }).meta(onDisk),
  z.object({ op: z.literal('cancelled'), ...answers, saleid: id.optional() }),
  z
    .object({
      op: z.literal('result'),
      ...answers,
      saleid: id.optional(),
      status: z.enum(['accepted', 'quarantined', 'pending-original', 'provisional']),
      ...standing,
      effects: z.array(effect),
      receipt: receiptDocument.optional(),
      error: replyError.optional(),
    })
    .meta({ description: 'what the club (or, provisionally, the box) made of it' }),
  z
    .object({
      op: z.literal('sale'),
      ...answers,
      reference,
      ...standing,
      effects: z.array(effect),
      receipt: receiptDocument.optional(),
    })
    .meta({ description: 'a past sale; its receipt is marked as a copy and says what is left of it' }),
  z
    .object({
      op: z.literal('totals'),
      ...answers,
      businessdate: civilDate,
      ...dayTotals.shape,
      redeemed: amount,
      returned: z.int().min(0),
    })
    .meta({ description: 'what the box has of this lane and day; `returned`: how many returns' }),
  z.object({ op: z.literal('signed-on'), ...answers, operator: z.string(), shift: z.string().optional() }),
  z.object({ op: z.literal('signed-off'), ...answers, operator: z.string().optional() }),
  z
    .object({ op: z.literal('finger'), ...answers, step: z.enum(['place', 'lift', 'again', 'stored']), text: localised })
    .meta({ description: 'what the customer is to do next while a finger is stored' }),
  z.object({ op: z.literal('finger-enrolled'), ...answers, memberid: id }).meta(onDisk),
  z.object({ op: z.literal('finger-forgotten'), ...answers, fingers: z.int().min(0) }).meta({
    description:
      'so many fingers of the member are deleted from the sensors of this box, those that are away as soon as they are back',
  }),
  z
    .object({ op: z.literal('printed'), ...answers, saleid: id.optional().meta({ description: 'whose copy it is' }) })
    .meta({ description: 'it is with the printer' }),
  z.object({ op: z.literal('shown'), ...answers }),
  z
    .object({
      op: z.literal('scanned'),
      ...answers,
      ...scan.shape,
      product: z.string().min(1).max(60).optional().meta({ description: "as the chain's own list of products names it" }),
      name: localised.partial().optional(),
    })
    .meta({ description: "the lane's scanner has read what is no member's: a product, a coupon" }),
  z.object({
    op: z.literal('pong'),
    ...answers,
    uplink: z.enum(['online', 'offline']).optional().meta({ description: 'the line to the club' }),
    mode: saleMode.optional().meta({ description: 'of the lane' }),
    simulators: z
      .enum(['welcome', 'refused'])
      .optional()
      .meta({ description: 'whether a simulator may act on this lane; each asks before it does (docs/simulators.md)' }),
  }),
  z.object({ op: z.literal('code-sent'), ...answers, until: instant.meta({ description: 'it is good for so long' }) }),
  z
    .object({ op: z.literal('code'), ...answers, code: z.string(), digits: z.string(), amount, until: instant })
    .meta({ description: '`code`: for a QR; `digits`: the same for a keypad, typed as a member’s number' }),
  z.object({ op: z.literal('noted'), ...answers }).meta(onDisk),
  z.object({ op: z.literal('receipts'), ...answers, receipts: z.array(laneReceipt).max(20) }),
  z
    .object({
      op: z.literal('staff'),
      ...answers,
      devices: z.array(deviceHealth).optional(),
      printed: z.boolean().optional(),
      findings: z
        .array(
          z.object({
            subject: z.string(),
            status: z.enum(['ok', 'warning', 'failed']),
            layer: z.string().optional(),
            detail: z.string(),
            persian: z.string().optional(),
            command: z.string().optional(),
          }),
        )
        .optional(),
    })
    .meta({ description: 'what was asked for, of the devices of this box' }),
  z.object({ op: z.literal('error'), ...answers, error: replyError }),
])
export type TillResponse = z.infer<typeof tillResponse>
export const compiledTillResponse = compiledSchema(tillResponse)

/** Who stands at a lane, as that person and the cashier may see it. */
export const laneCustomer = z.object({
  via: credentialKind,
  name: z.string().optional().meta({ description: 'as the member wants to be called; never in what is retained' }),
  number: z.string().optional().meta({ description: 'the last four digits of the member’s number' }),
  visits: z.int().min(0).optional(),
  tier: localised.optional(),
  balances: z.array(balance),
  offers: z.array(offer).optional(),
  account: account.optional(),
  decidedBy: z.enum(['club', 'box']).meta({ description: '`box`: what it last knew, while the club is away' }),
})
export type LaneCustomer = z.infer<typeof laneCustomer>

/** The sale that stands at a lane, as it was quoted; before that only its total. */
export const laneSale = z.object({
  saleid: id,
  tillreceipt: z.string().optional(),
  total: amount,
  discount: amount,
  redeemed: amount,
  payable: amount,
  effects: z.array(effect),
  offers: z.array(offer).optional(),
  decidedBy: z.enum(['club', 'box']).optional(),
})
export type LaneSale = z.infer<typeof laneSale>

export const laneKind = z.enum(['checkout', 'kiosk'])

/** `lanes/{lane}/screen`, retained: the lane's state as it may be shown to whoever stands there. */
export const laneScreen = z.object({
  lane: z.string(),
  kind: laneKind.optional().meta({ description: '`checkout`, where it is left out' }),
  state: z.enum(['idle', 'presented', 'open', 'quoted', 'tendering', 'completed', 'cancelled']),
  mode: saleMode,
  uplink: z.enum(['online', 'offline']),
  display: displayContent.optional(),
  prompts: z.array(prompt),
  asking: z.boolean().optional().meta({ description: 'a question is on its way: who is it, what does it cost?' }),
  customer: laneCustomer.optional(),
  sale: laneSale.optional(),
  operator: z.string().optional(),
  error: replyError.optional().meta({ description: 'why whoever showed something is not known, or what did not work' }),
})
export type LaneScreen = z.infer<typeof laneScreen>
