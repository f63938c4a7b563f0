import { compile } from '#programme/compiled.ts'
import type { Programme } from '#programme/schema.ts'
import type { Effect, Prompt } from '#protocol/effects.ts'
import type { DisplayContent, ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import { referenceQr } from '#protocol/reference.ts'
import type { Localised } from '#protocol/text.ts'
import type { LabelledValue, Value } from '#protocol/values.ts'
import { balancesOf, creditSeen, type MemberState } from './booking/member.ts'
import type { Shop } from './booking/shop.ts'

/** What a slip tells of a sale. Amounts in the currency's smallest unit. */
export interface SaleOnPaper {
  /** When it happened (ISO 8601). */
  at: string
  currency: string
  total: number
  discount: number
  payable: number
  /** Credit that was taken instead of money. */
  redeemed?: number | undefined
  reference: string
  operator?: string | undefined
  tillreceipt?: string | undefined
}

export interface SlipBasics {
  shop: Shop
  sale: SaleOnPaper
  /** As the member stands after it. */
  member: MemberState | undefined
  /** The instant of that (ISO 8601). */
  at: string
  effects: readonly Effect[]
}

interface SlipOptions extends SlipBasics {
  prompts: readonly Prompt[]
  /** Whose rules decided: they know how many stamps a card has. */
  programme: Programme
}

/** Receipts show the last four digits of a member's number and no name. */
export const maskedNumber = (number: string): string => `••••${number.slice(-4)}`

export const labelled = (field: ReceiptField, value: Value): LabelledValue => ({ field, label: receiptFields[field], value })
export const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', ...labelled(field, value) })
export const total = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'total', ...labelled(field, value) })
const code = (text: string): Value => ({ kind: 'code', code: text })
const centred = (text: Localised): ReceiptBlock => ({ kind: 'text', text, align: 'center' })
export const moneyOf =
  (shop: Shop, currency: string) =>
  (amount: number): Value => ({ kind: 'money', amount, currency, shown: shop.moneyShown })

const creditOf = (effects: readonly Effect[]) =>
  effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)
export const restoredOf = (effects: readonly Effect[]) =>
  effects.reduce((sum, one) => (one.kind === 'credit-restored' ? sum + one.amount : sum), 0)
export const revokedOf = (effects: readonly Effect[]) =>
  effects.reduce((sum, one) => (one.kind === 'credit-revoked' ? sum + one.amount : sum), 0)

/** What can be spent here now, what of it also while the club is away, and below it what can be later or at other stores. */
export function balanceBlocks({ shop, sale, member, at }: SlipBasics): ReceiptBlock[] {
  if (!member) return []
  const money = moneyOf(shop, sale.currency)
  const { available, pending, offline, elsewhere } = creditSeen(member, { store: shop.store, at })
  return [
    total('balance', money(available)),
    ...(offline > 0 ? [pair('balance-offline', money(offline))] : []),
    ...(elsewhere > 0 ? [pair('balance-elsewhere', money(elsewhere))] : []),
    ...(pending > 0 ? [pair('credit-expected', money(pending))] : []),
  ]
}

export function head(heading: Localised, { shop, sale, member }: Omit<SlipBasics, 'effects'>): ReceiptBlock[] {
  return [
    { kind: 'heading', text: heading },
    pair('store', { kind: 'text', text: shop.name }),
    pair('instant', { kind: 'instant', instant: sale.at }),
    ...(member ? [pair('member', code(maskedNumber(member.number)))] : []),
    ...(sale.operator === undefined ? [] : [pair('operator', { kind: 'text', text: { fa: sale.operator, en: sale.operator } })]),
    ...(sale.tillreceipt === undefined ? [] : [pair('till-receipt', code(sale.tillreceipt))]),
    { kind: 'rule' },
  ]
}

export const foot = ({ shop, sale }: Pick<SlipBasics, 'shop' | 'sale'>): ReceiptBlock[] => [
  { kind: 'rule' },
  pair('reference', code(sale.reference)),
  { kind: 'qr', content: referenceQr(shop.club, sale.reference) },
]

/** The slip of a completed sale. Who has no membership sees total and payment only. */
export function saleReceipt(options: SlipOptions): ReceiptDocument {
  const { shop, sale, member, effects, prompts } = options
  const money = moneyOf(shop, sale.currency)
  return {
    version: 1,
    reference: sale.reference,
    provisional: false,
    blocks: [
      ...head(receiptTexts.heading, options),
      pair('total', money(sale.total)),
      ...(sale.discount > 0 ? [pair('discount', money(sale.discount))] : []),
      ...(sale.redeemed ? [pair('credit-redeemed', money(sale.redeemed))] : []),
      total('payable', money(sale.payable)),
      ...(member
        ? [
            { kind: 'rule' as const },
            pair('credit-earned', money(creditOf(effects))),
            ...balanceBlocks(options),
            ...unitBlocks(member, options),
            ...couponBlocks(options),
            ...tierBlocks(member, options),
            pair('visits', { kind: 'number', number: member.visits }),
          ]
        : []),
      ...prompts.filter((one) => one.audience === 'customer').map((one) => centred(one.text)),
      ...foot(options),
      centred(receiptTexts.thanks),
    ],
  }
}

/** Points with what this sale earned, and stamps as `7/10`; a name stands beside each, as there may be several. */
function unitBlocks(member: MemberState, { effects, programme, at }: SlipOptions): ReceiptBlock[] {
  const { stampCards } = compile(programme)
  return balancesOf(member, programme.currency, { at }).flatMap(({ unit, name = '', available }): ReceiptBlock[] => {
    if (unit === 'stamps') {
      const full = stampCards.get(name)
      return [named('stamps', name, code(full === undefined ? String(available) : `${available}/${full}`))]
    }
    if (unit !== 'points') return []
    const earned = effects.reduce((sum, one) => (one.kind === 'points' && one.name === name ? sum + one.granted : sum), 0)
    return [
      ...(earned > 0 ? [named('points-earned', name, { kind: 'number', number: earned })] : []),
      named('points', name, { kind: 'number', number: available }),
    ]
  })
}

/** Coupons that this sale gave: what each takes off, by name. */
function couponBlocks({ shop, effects }: SlipOptions): ReceiptBlock[] {
  return effects.flatMap((one): ReceiptBlock[] => {
    if (one.kind !== 'coupon') return []
    const { basisPoints, amount = 0 } = one.worth
    const worth: Value = basisPoints === undefined ? moneyOf(shop, one.currency)(amount) : { kind: 'percent', basisPoints }
    return [named('coupon', one.name, worth)]
  })
}

function tierBlocks({ rank }: MemberState, { programme }: SlipOptions): ReceiptBlock[] {
  const tier = programme.tiers?.list.find(({ id }) => id === rank?.tier)
  return tier ? [pair('tier', { kind: 'text', text: tier.name })] : []
}

export function named(field: ReceiptField, name: string, value: Value): ReceiptBlock {
  const { fa, en } = receiptFields[field]
  return { kind: 'pair', field, label: { fa: `${fa} (${name})`, en: `${en} (${name})` }, value }
}

/** The slip of a sale that was undone: its amounts turn negative. */
export function reversalReceipt(options: SlipBasics): ReceiptDocument {
  const { shop, sale, member, effects } = options
  const money = moneyOf(shop, sale.currency)
  const restored = restoredOf(effects)
  return {
    version: 1,
    reference: sale.reference,
    provisional: false,
    blocks: [
      ...head(receiptTexts.reversal, options),
      pair('total', money(-sale.total)),
      ...(sale.discount > 0 ? [pair('discount', money(-sale.discount))] : []),
      total('payable', money(-sale.payable)),
      ...(restored > 0 ? [pair('credit-restored', money(restored))] : []),
      ...(member ? [pair('credit-revoked', money(revokedOf(effects))), ...balanceBlocks(options)] : []),
      ...foot(options),
    ],
  }
}

/** What a display says of a member's credit: what has just changed of it, and what is left. */
export function creditRows(field: ReceiptField, amount: number, { shop, sale, member, at }: SlipBasics): LabelledValue[] {
  if (!member) return []
  const money = moneyOf(shop, sale.currency)
  return [labelled(field, money(amount)), labelled('balance', money(creditSeen(member, { store: shop.store, at }).available))]
}

/** What the customer's display shows after a sale. */
export function saleDisplay(slip: SlipBasics): DisplayContent {
  const { shop, sale, effects } = slip
  const money = moneyOf(shop, sale.currency)
  return {
    title: receiptTexts.thanks,
    rows: [labelled('payable', money(sale.payable)), ...creditRows('credit-earned', creditOf(effects), slip)],
  }
}

/** What the display shows after a sale was undone: what was taken back, and what is left. */
export function reversalDisplay(slip: SlipBasics): DisplayContent {
  const { shop, sale, member, effects } = slip
  const money = moneyOf(shop, sale.currency)
  return {
    title: receiptTexts.reversal,
    rows: member ? creditRows('credit-revoked', revokedOf(effects), slip) : [labelled('total', money(-sale.total))],
  }
}

/** What the display shows while a basket waits for its payment. */
export function quoteDisplay(
  shop: Shop,
  quote: { currency: string; total: number; discount: number; payable: number },
): DisplayContent {
  const money = moneyOf(shop, quote.currency)
  return {
    title: receiptTexts.welcome,
    rows: [
      labelled('total', money(quote.total)),
      ...(quote.discount > 0 ? [labelled('discount', money(quote.discount))] : []),
      labelled('payable', money(quote.payable)),
    ],
  }
}

/** What the display shows to a member who has just shown a card or signed up. */
export const memberDisplay = (shop: Shop, member: MemberState, currency: string, at: string): DisplayContent => ({
  title: receiptTexts.welcome,
  rows: [
    labelled('balance', moneyOf(shop, currency)(creditSeen(member, { store: shop.store, at }).available)),
    labelled('visits', { kind: 'number', number: member.visits }),
  ],
})
