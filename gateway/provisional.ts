import { decide } from '#programme/decide.ts'
import type { Programme } from '#programme/schema.ts'
import { type CatalogueProduct, withCatalogue } from '#protocol/catalogue.ts'
import type { Effect } from '#protocol/effects.ts'
import { parseSource } from '#protocol/envelope.ts'
import type { Fact, MessageData } from '#protocol/messages.ts'
import type { DisplayContent, ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import { referenceOf, referenceQr } from '#protocol/reference.ts'
import type { Regular } from '#protocol/regulars.ts'
import type { Localised } from '#protocol/text.ts'
import type { LabelledValue, MoneyShown, Value } from '#protocol/values.ts'
import { soldAlone } from './regulars/alone.ts'

export type CompletedSale = Fact<'vafa.sale.completed.v1'>
export type Advice = MessageData<'vafa.decision.advised.v1'>

/** The store as it stands on a receipt. */
export interface Shop {
  club: string
  title: Localised
  moneyShown: MoneyShown
}

/**
 * What the box decides when the club does not answer. Of a regular it knows what the club told last, and promises what the
 * rules give by that. Of anybody else it does not know how often the member has come, so rules about the member, and limited
 * ones, do not apply and it promises the least. Without a programme on disk, and where only the club can tell whether the
 * card is good, nothing is promised: the club books the credit later. `after`: the regular as this sale leaves one.
 */
export function adviceFor(options: {
  original: CompletedSale
  programme: Programme | undefined
  /** What the chain says of its products. */
  products?: ReadonlyMap<string, CatalogueProduct>
  regular?: Regular | undefined
  /** Credit that the regular may still spend here while the club is away. */
  usable?: number
  decidedat: string
}): { advice: Advice; after?: Regular } {
  const { original, programme, regular, usable = 0, products = new Map(), decidedat } = options
  const { data } = original
  const place = { store: parseSource(original.source)?.store ?? '', lane: original.subject }
  const sold =
    programme && regular && data.member?.token !== undefined
      ? soldAlone(regular, { programme, products, place, at: original.time }, data)
      : undefined
  const decision =
    sold?.decision ??
    (programme && data.member?.token !== undefined
      ? decide({
          programme,
          member: { memberid: 'unknown', visits: 0, purchases: 1, standing: 'unknown' },
          context: { counters: {} },
          event: {
            kind: 'sale',
            total: data.total,
            currency: data.currency,
            lines: withCatalogue(products, data.lines),
            applied: data.applied,
            ...(data.redemption ? { redeemed: data.redemption.amount } : {}),
          },
          place,
          effectiveAt: original.time,
          reasons: 'limits',
        })
      : undefined)
  const advice: Advice = {
    original,
    effects: decision?.effects.filter(({ kind }) => promised.has(kind)) ?? [],
    programmeVersion: programme?.version ?? 0,
    decidedat,
    reference: referenceOf(data.saleid),
    ...(sold ? { credit: { known: sold.after.available, usable } } : {}),
  }
  return { advice, ...(sold ? { after: sold.after } : {}) }
}

/** What a provisional slip tells of. */
const promised: ReadonlySet<Effect['kind']> = new Set(['credit', 'points', 'stamps'])

const labelled = (field: ReceiptField, value: Value): LabelledValue => ({ field, label: receiptFields[field], value })
const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', ...labelled(field, value) })
const code = (text: string): Value => ({ kind: 'code', code: text })

/** Credit that the customer may expect; undefined where nobody knows how much it will be. */
const expected = (effects: readonly Effect[]): number | undefined =>
  effects.every(({ kind }) => kind !== 'credit')
    ? undefined
    : effects.reduce((sum, effect) => sum + (effect.kind === 'credit' ? effect.granted : 0), 0)

const bookedLater: Localised = {
  fa: 'اعتبار این خرید پس از اتصال به باشگاه ثبت می‌شود.',
  en: 'The credit of this purchase is booked when the club can be reached.',
}

/** The slip that the customer gets for an offline decision, and what the display says. */
export function provisionalSale(advice: Advice, shop: Shop): { receipt: ReceiptDocument; display: DisplayContent } {
  const { original, effects, reference } = advice
  const { data } = original
  const money = (amount: number): Value => ({ kind: 'money', amount, currency: data.currency, shown: shop.moneyShown })
  const discount = data.applied.reduce((sum, { amount }) => sum + amount, 0)
  const credit = data.member ? expected(effects) : undefined
  const awaited = credit === undefined ? [] : [labelled('credit-expected', money(credit))]
  const lastKnown = advice.credit
    ? [labelled('balance-known', money(advice.credit.known)), labelled('balance-usable', money(advice.credit.usable))]
    : []
  return {
    receipt: {
      version: 1,
      reference,
      provisional: true,
      blocks: [
        ...head(receiptTexts.heading, original, shop),
        ...(data.operator === undefined
          ? []
          : [pair('operator', { kind: 'text', text: { fa: data.operator, en: data.operator } })]),
        ...(data.tillreceipt === undefined ? [] : [pair('till-receipt', code(data.tillreceipt))]),
        { kind: 'rule' },
        pair('total', money(data.total)),
        ...(discount > 0 ? [pair('discount', money(discount))] : []),
        ...(data.redemption ? [pair('credit-redeemed', money(data.redemption.amount))] : []),
        { kind: 'total', ...labelled('payable', money(data.payable)) },
        ...[...awaited, ...lastKnown].map((value): ReceiptBlock => ({ kind: 'pair', ...value })),
        ...(data.member && credit === undefined ? [{ kind: 'text' as const, text: bookedLater, align: 'center' as const }] : []),
        ...foot(reference, shop),
        { kind: 'text', text: receiptTexts.thanks, align: 'center' },
      ],
    },
    display: { title: receiptTexts.thanks, rows: [labelled('payable', money(data.payable)), ...awaited] },
  }
}

/** The slip of a reversal that the club has not confirmed yet. */
export function provisionalReversal(
  reversal: Fact<'vafa.sale.reversed.v1'>,
  shop: Shop,
): { receipt: ReceiptDocument; display: DisplayContent } {
  const reference = referenceOf(reversal.data.saleid)
  return {
    receipt: {
      version: 1,
      reference,
      provisional: true,
      blocks: [...head(receiptTexts.reversal, reversal, shop), ...foot(reference, shop)],
    },
    display: { title: receiptTexts.reversal, rows: [] },
  }
}

const head = (heading: Localised, { time }: { time: string }, { title }: Shop): ReceiptBlock[] => [
  { kind: 'heading', text: heading },
  pair('store', { kind: 'text', text: title }),
  pair('instant', { kind: 'instant', instant: time }),
]

const foot = (reference: string, { club }: Shop): ReceiptBlock[] => [
  { kind: 'rule' },
  pair('reference', code(reference)),
  { kind: 'qr', content: referenceQr(club, reference) },
]
