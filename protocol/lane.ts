import { z } from 'zod'
import { compiledSchema } from './compiled-schema.ts'
import { credentialKind } from './credentials.ts'
import { balance, effect, prompt } from './effects.ts'
import { replyError } from './errors.ts'
import { id } from './ids.ts'
import { basketLine, consent, memberProfile, saleMode, tender } from './messages.ts'
import { amount, currency } from './money.ts'
import { displayContent, receiptDocument } from './receipt.ts'
import { memberSummary } from './reply.ts'
import { scan } from './scan.ts'
import { localised } from './text.ts'

/**
 * What a till (or a kiosk) and a lane say to each other, whatever carries it: JSON lines over TCP today, the box's
 * own MQTT (`lanes/{lane}/input` and `/replies`), HTTP later. `id` is the till's own number of the request (a repeat
 * of a `complete` with the same sale is answered, not booked again); responses carry it as `re`.
 */
const request = { id: z.string().min(1).max(60) }

export const tillSale = z.object({
  tillreceipt: z.string().min(1).max(60),
  operator: z.string().max(60).optional(),
  shift: z.string().max(60).optional(),
  currency: currency.optional().meta({ description: "the lane's own where it is left out" }),
  total: amount,
  lines: z.array(basketLine).max(500),
})
export type TillSale = z.infer<typeof tillSale>

export const tillRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('open'), ...request, sale: tillSale }),
  z
    .object({
      op: z.literal('complete'),
      ...request,
      saleid: id,
      tenders: z.array(tender).max(20),
      sale: tillSale.optional().meta({ description: 'the final basket; needed where the box has restarted since `open`' }),
    })
    .meta({ description: 'the customer has paid what the quote said' }),
  z.object({ op: z.literal('cancel'), ...request, saleid: id.optional() }),
  z.object({ op: z.literal('reverse'), ...request, saleid: id, operator: z.string().max(60).optional() }),
  z
    .object({ op: z.literal('reprint'), ...request, saleid: id })
    .meta({ description: 'prints the last receipt of that sale again, marked as a copy' }),
  z.object({
    op: z.literal('present'),
    ...request,
    credential: z.object({ kind: credentialKind, value: z.string().min(1).max(200) }),
  }),
  z
    .object({
      op: z.literal('enrol'),
      ...request,
      profile: memberProfile,
      consents: z.array(consent).max(30),
      operator: z.string().max(60).optional(),
    })
    .meta({ description: 'signs up whoever has just presented a card at this lane' }),
  z.object({ op: z.literal('ping'), ...request }),
])
export type TillRequest = z.infer<typeof tillRequest>
export const compiledTillRequest = compiledSchema(tillRequest)

const answers = { re: z.string().optional().meta({ description: 'the request it answers; absent where the lane speaks first' }) }

export const tillResponse = z.discriminatedUnion('op', [
  z.object({ op: z.literal('opened'), ...answers, saleid: id }),
  z.object({
    op: z.literal('quote'),
    ...answers,
    saleid: id,
    total: amount,
    discount: amount,
    payable: amount,
    effects: z.array(effect),
    prompts: z.array(prompt),
    decidedBy: z.enum(['club', 'box']),
  }),
  z.object({
    op: z.literal('member'),
    ...answers,
    member: memberSummary.optional(),
    balances: z.array(balance),
    prompts: z.array(prompt),
  }),
  z.object({ op: z.literal('completed'), ...answers, saleid: id }).meta({ description: 'safe on the disk of the box' }),
  z.object({ op: z.literal('reversed'), ...answers, saleid: id }).meta({ description: 'safe on the disk of the box' }),
  z.object({ op: z.literal('enrolled'), ...answers, memberid: id }).meta({ description: 'safe on the disk of the box' }),
  z.object({ op: z.literal('cancelled'), ...answers, saleid: id.optional() }),
  z
    .object({
      op: z.literal('result'),
      ...answers,
      saleid: id.optional(),
      status: z.enum(['accepted', 'quarantined', 'pending-original', 'provisional']),
      member: memberSummary.optional(),
      balances: z.array(balance),
      effects: z.array(effect),
      prompts: z.array(prompt),
      receipt: receiptDocument.optional(),
      error: replyError.optional(),
    })
    .meta({ description: 'what the club (or, provisionally, the box) made of it' }),
  z.object({ op: z.literal('printed'), ...answers, saleid: id }).meta({ description: 'the copy is with the printer' }),
  z
    .object({
      op: z.literal('scanned'),
      ...answers,
      ...scan.shape,
      product: z.string().min(1).max(60).optional().meta({ description: "as the chain's own list of products names it" }),
      name: localised.partial().optional(),
    })
    .meta({ description: "the lane's scanner has read what is no member's: a product, a coupon" }),
  z.object({ op: z.literal('pong'), ...answers }),
  z.object({ op: z.literal('error'), ...answers, error: replyError }),
])
export type TillResponse = z.infer<typeof tillResponse>
export const compiledTillResponse = compiledSchema(tillResponse)

/** `lanes/{lane}/screen`, retained: the lane's state as it may be shown to whoever stands there. */
export const laneScreen = z.object({
  lane: z.string(),
  state: z.enum(['idle', 'presented', 'open', 'quoted', 'tendering', 'completed', 'cancelled']),
  mode: saleMode,
  uplink: z.enum(['online', 'offline']),
  display: displayContent.optional(),
  prompts: z.array(prompt),
})
export type LaneScreen = z.infer<typeof laneScreen>
