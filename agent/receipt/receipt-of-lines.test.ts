import { expect, test } from 'vitest'
import { renderText } from '#receipts/render-text.ts'
import { sampleReceipts } from '#receipts/samples.ts'
import { receiptOfLines } from './receipt-of-lines.ts'

const asText = (document: Parameters<typeof renderText>[0], language: 'fa' | 'en') =>
  renderText(document, { language, columns: 32, timeZone: 'Asia/Tehran' }).map((line) =>
    line.replace(/[\u200e\u200f\u2066-\u2069]/g, '').trimEnd(),
  )

test.each(['fa', 'en'] as const)('a receipt that came as lines (%s) is printed with the same lines', (language) => {
  for (const sample of Object.values(sampleReceipts)) {
    const lines = asText(sample, language)
    const { reference, provisional } = sample
    const again = receiptOfLines(lines, { reference, provisional })
    const words = (text: string[]) => text.join(' ').split(/\s+/).filter(Boolean).sort()
    expect(words(asText(again, language))).toEqual(words(lines))
  }
})

test('its code is a code again, its pairs stand at both ends, and its heading can be marked as a copy', () => {
  const { blocks } = receiptOfLines(
    ['          رسید باشگاه', '────', 'مبلغ خرید       ۱۲۵٬۰۰۰ تومان', 'vafa:test:7K3M9-QXZ2A', '*** آفلاین ***', ''],
    { reference: '7K3M9-QXZ2A', provisional: true },
  )
  expect(blocks.map(({ kind }) => kind)).toEqual(['heading', 'rule', 'pair', 'qr'])
})
