import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import { languages } from '#protocol/text.ts'
import { renderText } from './render-text.ts'
import { sampleReceipts } from './samples.ts'
import { columnsOf } from './text-columns.ts'
import { wrap } from './wrap.ts'

const timeZone = 'Asia/Tehran'
const names = ['sale', 'provisional', 'reversal'] as const

describe('a receipt as lines of text', () => {
  for (const name of names) {
    for (const language of languages) {
      test.each([48, 32])(`${name}, ${language}, %i columns`, async (columns) => {
        const lines = renderText(sampleReceipts[name], { language, columns, timeZone })
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
        await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`golden/${name}.${language}.${columns}-columns.txt`)
      })
    }
  }

  test('a provisional one says so below its heading and above its total', () => {
    const lines = renderText(sampleReceipts.provisional, { language: 'fa', columns: 48, timeZone })
    const notices = lines.flatMap((line, index) => (line.includes(receiptTexts.provisional.fa) ? [index] : []))
    const total = lines.findIndex((line) => line.startsWith('پرداخت شد'))
    expect(notices).toEqual([1, total - 1])
  })

  test('a provisional one without heading and total says so at its top and at its end', () => {
    const text = { kind: 'text', text: { fa: 'سلام', en: 'Hello' } } as const
    const document = { version: 1, reference: 'x', provisional: true, blocks: [text] } as const
    const lines = renderText({ ...document, blocks: [text] }, { language: 'en', columns: 40, timeZone })
    expect(lines.map((line) => line.trim())).toEqual([
      '*** Offline – to be confirmed ***',
      'Hello',
      '*** Offline – to be confirmed ***',
    ])
  })

  test('a half-space, a mark and an isolate take no column, an emoji takes two', () => {
    expect(columnsOf('می\u200cآید')).toBe(5)
    expect(columnsOf('شعبهٔ')).toBe(4)
    expect(columnsOf('\u2066VK7\u2069')).toBe(3)
    expect(columnsOf('☕')).toBe(2)
  })

  test('wrapping loses nothing but blanks, and no line is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 30 }), (text, columns) => {
        const lines = wrap(text, (line) => columnsOf(line) <= columns)
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \n]/g, ''))
        for (const line of lines) if ([...line].length > 1) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })
})
