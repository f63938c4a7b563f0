import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsOf } from '#receipts/text-columns.ts'
import { layOut } from './lay-out.ts'
import type { Screen } from './screen.ts'

const screen: Screen = {
  title: 'قابل پرداخت',
  rows: [
    { kind: 'pair', label: 'قیمت', value: '125,000' },
    { kind: 'text', text: 'سلام' },
    { kind: 'total', label: 'مبلغ', value: '117,750' },
    { kind: 'warning', text: 'کاغذ' },
  ],
  keys: ['سبز: ادامه', 'قرمز: بازگشت'],
  status: ['T1'],
}

describe('a screen on glass', () => {
  test('Persian runs from the right edge, its letters joined, its digits Persian and in their order', () => {
    const lines = layOut(screen, { columns: 20, rows: 10, language: 'fa', bidi: 'visual' })
    // From left to right as the eye meets it: the value, then the label's letters, the last one first.
    expect(lines[1]?.text).toBe('۱۲۵,۰۰۰         ﺖﻤﯿﻗ')
  })

  test('a bottom line that is too long says how things stand, and no longer whose terminal it is', () => {
    const status = ['00000001', 'offline', 'Waiting to be sent 3']
    const bottom = (columns: number) =>
      layOut({ ...screen, status }, { columns, rows: 8, language: 'en', bidi: 'logical' })
        .at(-1)
        ?.text.trim()
    expect(bottom(48)).toBe('00000001 · offline · Waiting to be sent 3')
    expect(bottom(32)).toBe('offline · Waiting to be sent 3')
    expect(bottom(20)).toBe('Waiting to be sent 3')
  })

  test('a terminal that turns lines by itself is given them as they are read', () => {
    const lines = layOut(screen, { columns: 20, rows: 10, language: 'fa', bidi: 'logical' })
    expect(lines[1]?.text).toBe('قیمت         ۱۲۵,۰۰۰')
  })

  test('a Persian name in an English line is turned, and nothing else', () => {
    const named: Screen = { ...screen, rows: [{ kind: 'pair', label: 'سارا', value: '…4821' }] }
    const lines = layOut(named, { columns: 20, rows: 10, language: 'en', bidi: 'visual' })
    expect(lines[1]?.text).toMatch(/^ﺍﺭﺎﺳ +…4821$/)
  })

  test('where there is little room, what is to be paid and warnings stay', () => {
    const lines = layOut(screen, { columns: 16, rows: 6, language: 'fa', bidi: 'logical' })
    expect(lines.map(({ style }) => style)).toEqual(['title', 'input', 'warning', 'keys', 'keys', 'status'])
  })

  test('whatever is said fills the glass exactly, and no text is a command to the console', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const row = fc.oneof(
      fc.record({ kind: fc.constantFrom('pair' as const, 'total' as const, 'input' as const), label: text, value: text }),
      fc.record({ kind: fc.constantFrom('text' as const, 'warning' as const), text }),
    )
    fc.assert(
      fc.property(
        fc.record({
          title: text,
          rows: fc.array(row, { maxLength: 6 }),
          keys: fc.array(text, { maxLength: 4 }),
          status: fc.array(text, { maxLength: 4 }),
        }),
        fc.constantFrom('visual' as const, 'logical' as const),
        fc.constantFrom('fa' as const, 'en' as const),
        (shown, bidi, language) => {
          const lines = layOut(shown, { columns: 20, rows: 8, language, bidi })
          expect(lines.length).toBe(8)
          for (const line of lines) {
            expect(columnsOf(line.text)).toBe(20)
            expect(line.text).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
