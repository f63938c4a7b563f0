import type { DisplayContent, ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import type { LabelledValue, Value } from '#protocol/values.ts'
import type { Shop } from './booking/shop.ts'
import type { DayTotals, LaneDay } from './books/sale-records.ts'

interface DaySlip {
  shop: Shop
  currency: string
  /** As it was closed. */
  day: LaneDay
}

const measures = ['sales', 'total', 'discount', 'reversed'] as const
type Measure = (typeof measures)[number]

/** What differs between a till's totals and the club's: the till's less the club's. Empty where they agree. */
export function differencesOf(till: DayTotals, club: DayTotals): Partial<DayTotals> {
  return Object.fromEntries(
    measures.flatMap((measure) => (till[measure] === club[measure] ? [] : [[measure, till[measure] - club[measure]]])),
  )
}

const tillFields: Record<Measure, ReceiptField> = {
  sales: 'day-sales',
  total: 'day-total',
  discount: 'day-discount',
  reversed: 'day-reversed',
}

/** The value of a measure of the day, in its unit. */
function shown(measure: Measure, number: number, { shop, currency }: DaySlip): Value {
  return measure === 'total' || measure === 'discount'
    ? { kind: 'money', amount: number, currency, shown: shop.moneyShown }
    : { kind: 'number', number }
}

const labelled = (field: ReceiptField, value: Value): LabelledValue => ({ field, label: receiptFields[field], value })

/** The slip of a day's close: the till's totals, and either that the club agrees or each total that differs. */
export function dayReceipt(slip: DaySlip): ReceiptDocument {
  const { shop, day } = slip
  const { till = day, businessdate, lane } = day
  const differences = differencesOf(till, day)
  const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', ...labelled(field, value) })
  const differing = measures.filter((measure) => differences[measure] !== undefined)
  return {
    version: 1,
    reference: `${businessdate}/${lane}`.slice(0, 40),
    provisional: false,
    blocks: [
      { kind: 'heading', text: receiptTexts['day-close'] },
      pair('store', { kind: 'text', text: shop.name }),
      pair('lane', { kind: 'code', code: lane }),
      pair('business-date', { kind: 'date', date: businessdate }),
      ...(day.closedAt === undefined ? [] : [pair('instant', { kind: 'instant', instant: day.closedAt })]),
      { kind: 'rule' },
      ...measures.map((measure) => pair(tillFields[measure], shown(measure, till[measure], slip))),
      { kind: 'rule' },
      { kind: 'text', text: receiptTexts[differing.length === 0 ? 'day-agrees' : 'day-differs'], align: 'center' },
      ...differing.flatMap((measure): ReceiptBlock[] => {
        const { fa, en } = receiptFields[tillFields[measure]]
        const besides = (what: 'in-club' | 'difference', number: number): ReceiptBlock => ({
          ...{ kind: 'pair', field: `${tillFields[measure]}-${what}`, value: shown(measure, number, slip) },
          label: { fa: `${fa}، ${receiptFields[what].fa}`, en: `${en}, ${receiptFields[what].en}` },
        })
        return [besides('in-club', day[measure]), besides('difference', differences[measure] ?? 0)]
      }),
    ],
  }
}

/** What the display shows when a day is closed. */
export function dayDisplay(slip: DaySlip): DisplayContent {
  const { day } = slip
  const agrees = Object.keys(differencesOf(day.till ?? day, day)).length === 0
  return {
    title: receiptTexts[agrees ? 'day-agrees' : 'day-differs'],
    rows: [labelled('day-sales', shown('sales', day.sales, slip)), labelled('day-total', shown('total', day.total, slip))],
  }
}
