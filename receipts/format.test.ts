import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normaliseText } from '#protocol/text.ts'
import type { Value } from '#protocol/values.ts'
import { type FormatOptions, formatItem, formatValue } from './format.ts'

const fa: FormatOptions = { language: 'fa', timeZone: 'Asia/Tehran', digits: 'native' }
const en: FormatOptions = { language: 'en', timeZone: 'Asia/Tehran', digits: 'native' }

const money = (amount: number, shown: 'rial' | 'toman'): Value => ({ kind: 'money', amount, currency: 'IRR', shown })

describe('values as people read them', () => {
  test.each<[Value, string, string]>([
    [money(120_000, 'rial'), '۱۲۰٬۰۰۰ ریال', '120,000 rial'],
    [money(120_000, 'toman'), '۱۲٬۰۰۰ تومان', '12,000 toman'],
    [money(12_345, 'toman'), '۱٬۲۳۴٫۵ تومان', '1,234.5 toman'],
    [money(0, 'toman'), '۰ تومان', '0 toman'],
    [money(-50_000, 'rial'), '\u200e−۵۰٬۰۰۰ ریال', '-50,000 rial'],
    [{ kind: 'money', amount: 500, currency: 'EUR', shown: 'rial' }, '۵۰۰ EUR', '500 EUR'],
    [{ kind: 'number', number: 1_011 }, '۱٬۰۱۱', '1,011'],
    [{ kind: 'percent', basisPoints: 1_500 }, '۱۵٪', '15%'],
    [{ kind: 'percent', basisPoints: 1_250 }, '۱۲٫۵٪', '12.5%'],
    [{ kind: 'text', text: { fa: 'ونک', en: 'Vanak' } }, 'ونک', 'Vanak'],
    [{ kind: 'code', code: 'VK7-Q2' }, '\u2066VK7-Q2\u2069', 'VK7-Q2'],
  ])('%j', (value, persian, english) => {
    expect(formatValue(value, fa)).toBe(persian)
    expect(formatValue(value, en)).toBe(english)
  })

  test('a date is Jalali in Persian and Gregorian in English', () => {
    const date: Value = { kind: 'date', date: '2026-11-21' }
    expect(formatValue(date, fa)).toBe('۳۰ آبان ۱۴۰۵')
    expect(formatValue(date, en)).toBe('21 November 2026')
  })

  test('an instant is shown by the clock of the store: half past midnight in Tehran is already the new year', () => {
    const newYear: Value = { kind: 'instant', instant: '2026-03-20T21:00:00.000Z' }
    expect(formatValue(newYear, fa)).toBe('۱ فروردین ۱۴۰۵، ۰۰:۳۰')
    expect(formatValue(newYear, en)).toBe('21 March 2026, 00:30')
    expect(formatValue(newYear, { ...fa, timeZone: 'UTC' })).toBe('۲۹ اسفند ۱۴۰۴، ۲۱:۰۰')
  })

  test('a Persian text can be asked for with ASCII digits', () => {
    const ascii: FormatOptions = { ...fa, digits: 'ascii' }
    expect(formatValue(money(120_000, 'toman'), ascii)).toBe('12,000 تومان')
    expect(formatValue({ kind: 'date', date: '2026-11-21' }, ascii)).toBe('30 آبان 1405')
  })

  test('no rial is lost, whatever the amount and the unit', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('rial', 'toman'), fc.constantFrom(fa, en), (amount, shown, options) => {
        const text = normaliseText(formatValue(money(amount, shown), options))
        const digits = text
          .replaceAll('٫', '.')
          .replaceAll('−', '-')
          .replace(/[^\d.-]/g, '')
        const [whole = '', tenth = '0'] = digits.split('.')
        const rials = shown === 'rial' ? BigInt(whole) : BigInt(whole + tenth)
        expect(rials).toBe(BigInt(amount))
      }),
    )
  })

  test('an item’s name keeps its own direction', () => {
    expect(formatItem({ name: 'Cheesecake', quantity: 2 }, fa)).toBe('\u2068Cheesecake\u2069 × ۲')
  })
})
