import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayContent } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields } from '#protocol/receipt-fields.ts'
import type { LabelledValue, Value } from '#protocol/values.ts'
import { renderDisplay } from './render-display.ts'

const size = { columns: 20, rows: 2, timeZone: 'Asia/Tehran' }
const toman = (amount: number): Value => ({ kind: 'money', amount, currency: 'IRR', shown: 'toman' })
const row = (field: ReceiptField, value: Value): LabelledValue => ({ field, label: receiptFields[field], value })
const title = (en: string) => ({ fa: '', en })

describe('a display of two lines of twenty characters', () => {
  test('shows what is to be paid and earned, when there is no room for all', () => {
    const rows = [row('total', toman(2_950_000)), row('payable', toman(2_802_500)), row('credit-earned', toman(280_255))]
    expect(renderDisplay({ title: title('Thank you'), rows }, size)).toEqual(['Paid   280,250 toman', 'Earned    28,025.5 T'])
  })

  test('puts the title above a single value', () => {
    expect(renderDisplay({ title: title('Welcome'), rows: [row('balance', toman(50_000))] }, size)).toEqual([
      'Welcome',
      'Balance  5,000 toman',
    ])
  })

  test('gives the whole room to a title alone', () => {
    expect(renderDisplay({ title: title('This card is not one of the club’s'), rows: [] }, size)).toEqual([
      'This card is not one',
      "of the club's",
    ])
  })

  test('keeps a value whole; label, then currency, then the label as a whole give way, and no word is ever cut', () => {
    const paid = (amount: number) =>
      renderDisplay({ title: title(''), rows: [row('payable', toman(amount))] }, { ...size, rows: 1 })
    expect(paid(12_345_670)).toEqual(['Paid 1,234,567 toman'])
    expect(paid(123_456_780)).toEqual(['Paid    12,345,678 T'])
    expect(paid(123_456_789_010)).toEqual(['12,345,678,901 toman'])
  })

  test.each(['credit-expected', 'credit-earned', 'credit-revoked', 'balance', 'discount', 'total', 'payable'] as const)(
    'has a name for %s beside a million tomans',
    (field) => {
      const [line] = renderDisplay({ title: title(''), rows: [row(field, toman(12_345_670))] }, { ...size, rows: 1 })
      const words = receiptFields[field].en.toLowerCase().split(' ')
      expect(words).toContain(line?.split(' ')[0]?.toLowerCase())
    },
  )

  test('shows a time so that it fits', () => {
    const rows = [row('instant', { kind: 'instant', instant: '2026-11-21T09:04:00.000Z' })]
    expect(renderDisplay({ title: title(''), rows }, { ...size, rows: 1 })).toEqual(['    2026-11-21 12:34'])
  })

  test('speaks Persian where it has the letters: label first, as it is read', () => {
    const rows = [row('payable', toman(2_802_500)), row('credit-earned', toman(280_255))]
    expect(renderDisplay({ title: title(''), rows }, { ...size, language: 'fa' })).toEqual([
      'پرداخت ۲۸۰٬۲۵۰ تومان',
      'اعتبار    ۲۸٬۰۲۵٫۵ ت',
    ])
    const time = [row('instant', { kind: 'instant', instant: '2026-11-21T09:04:00.000Z' })]
    expect(renderDisplay({ title: title(''), rows: time }, { ...size, rows: 1, language: 'fa' })).toEqual([
      'زمان ۱۴۰۵/۸/۳۰ ۱۲:۳۴',
    ])
  })

  test('gets its exact number of lines, in printable ASCII, whatever the content', () => {
    const value: fc.Arbitrary<Value> = fc.oneof(
      fc.record({
        kind: fc.constant('money'),
        amount: fc.maxSafeInteger(),
        currency: fc.constant('IRR'),
        shown: fc.constantFrom('rial', 'toman'),
      }),
      fc.record({ kind: fc.constant('text'), text: fc.record({ fa: fc.string(), en: fc.string({ unit: 'binary' }) }) }),
      fc.record({ kind: fc.constant('code'), code: fc.string({ unit: 'binary' }) }),
    )
    const label = fc.record({ fa: fc.string(), en: fc.string({ unit: 'grapheme' }) })
    const content = fc.record({ title: label, rows: fc.array(fc.record({ field: fc.string(), label, value })) })
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), (shown, columns, rows) => {
        const lines = renderDisplay(displayContent.parse(shown), { columns, rows, timeZone: 'UTC' })
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect(line).toMatch(new RegExp(`^[\\x20-\\x7e]{0,${columns}}$`))
      }),
    )
  })
})
