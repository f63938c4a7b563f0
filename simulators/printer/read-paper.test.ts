import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptBlock, ReceiptDocument } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields, receiptTexts } from '#protocol/receipt-fields.ts'
import { languages } from '#protocol/text.ts'
import { drawReceipt } from '#receipts/raster.ts'
import { sampleReceipts } from '#receipts/samples.ts'
import { paperSays, readPaper } from './read-paper.ts'

const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))
const timeZone = 'Asia/Tehran'

const moneyFields = ['total', 'discount', 'payable', 'credit-earned', 'credit-revoked', 'balance'] as const

interface Amount {
  kind: 'pair' | 'total'
  amount: number
  shown: 'rial' | 'toman'
}

const documentOf = (amounts: ReadonlyMap<ReceiptField, Amount>): ReceiptDocument => ({
  version: 1,
  reference: 'x',
  provisional: false,
  blocks: [...amounts].map(
    ([field, { kind, amount, shown }]): ReceiptBlock => ({
      kind,
      field,
      label: receiptFields[field],
      value: { kind: 'money', amount, currency: 'IRR', shown },
    }),
  ),
})

const oneAmount = (amount: number): ReceiptDocument => documentOf(new Map([['balance', { kind: 'pair', amount, shown: 'rial' }]]))

/** The band with the dots of a rectangle turned white. */
function wiped(band: Bitmap, area: { from: number; to: number }): Bitmap {
  const data = Uint8Array.from(band.data)
  for (let y = 0; y < band.height; y++) {
    for (let x = area.from; x < area.to; x++) {
      const dot = y * band.width + x
      data[dot >> 3] = (data[dot >> 3] ?? 0) & ~(0x80 >> (dot & 7))
    }
  }
  return { ...band, data }
}

describe('what stands on paper is read from its dots', () => {
  for (const language of languages) {
    test.each([576, 384])(`any amount, in rial and toman, in lines and totals (${language}, %i dots)`, (width) => {
      const amount: fc.Arbitrary<Amount> = fc.record({
        kind: fc.constantFrom('pair', 'total'),
        amount: fc.oneof(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -9_999_999_999, max: 99_999_999_999 })),
        shown: fc.constantFrom('rial', 'toman'),
      })
      fc.assert(
        fc.property(fc.tuple(...moneyFields.map(() => amount)), (values) => {
          const amounts = new Map(values.map((value, index) => [moneyFields[index] ?? 'total', value]))
          const read = readPaper(drawReceipt(documentOf(amounts), { language, width, timeZone }), { language, width, labels })
          expect([...read].map(([field, reading]) => [field, reading.amount])).toEqual(
            [...amounts].map(([field, value]) => [field, value.amount]),
          )
        }),
        { numRuns: 15 },
      )
    })
  }

  test('a date, a code and a count are read too, words are left out', () => {
    const read = readPaper(drawReceipt(sampleReceipts.sale, { language: 'fa', width: 576, timeZone }), {
      language: 'fa',
      width: 576,
      labels,
    })
    expect(read.get('instant')).toEqual({ text: '۳۰ آبان ۱۴۰۵، ۱۲:۳۴' })
    expect(read.get('reference')).toEqual({ text: 'VK7-Q2M9' })
    expect(read.get('visits')).toEqual({ text: '۱۱', number: 11 })
    expect(read.has('operator')).toBe(false)
  })

  test('one digit of difference on paper is one digit of difference in the reading', () => {
    const options = { language: 'fa', width: 384, timeZone } as const
    for (const amount of [280_255, 280_256, 281_255, 880_255, -280_255]) {
      expect(readPaper(drawReceipt(oneAmount(amount), options), { ...options, labels }).get('balance')?.amount).toBe(amount)
    }
  })

  test('a damaged digit is not guessed: the field is left out', () => {
    const options = { language: 'fa', width: 384, timeZone } as const
    const [band] = drawReceipt(oneAmount(888_888), options)
    if (!band) throw new Error('a receipt of one line has one band')
    // Within the digits, which stand left of the label and right of «ریال».
    const damaged = wiped(band, { from: 60, to: 66 })
    expect(readPaper([band], { ...options, labels }).get('balance')?.amount).toBe(888_888)
    expect(readPaper([damaged], { ...options, labels }).has('balance')).toBe(false)
  })

  test('a label is found by its own look only', () => {
    const options = { language: 'en', width: 576, timeZone } as const
    const bands = drawReceipt(oneAmount(5_000), options)
    const others = labels.filter(({ field }) => field !== 'balance')
    expect(readPaper(bands, { ...options, labels: others }).size).toBe(0)
    // «Credit» begins like the printed label and is not it.
    const shorter = [{ field: 'credit', label: { fa: 'اعتبار', en: 'Credit' } }]
    expect(readPaper(bands, { ...options, labels: shorter }).size).toBe(0)
  })

  test('sentences are recognised: a provisional receipt says so, a final one does not', () => {
    for (const language of languages) {
      const options = { language, width: 384, timeZone }
      expect(paperSays(drawReceipt(sampleReceipts.provisional, options), receiptTexts.provisional, options)).toBe(true)
      expect(paperSays(drawReceipt(sampleReceipts.sale, options), receiptTexts.provisional, options)).toBe(false)
      expect(paperSays(drawReceipt(sampleReceipts.sale, options), receiptTexts.heading, options)).toBe(true)
    }
  })
})
