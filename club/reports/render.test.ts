import { expect, it } from 'vitest'
import { column, columns } from './columns.ts'
import { toCsv, toJson, toTable } from './render.ts'
import type { Report } from './report.ts'

const report: Report = {
  title: { fa: 'فروش', en: 'Sales' },
  columns: [
    column('cashier', 'name'),
    column('sales', 'number'),
    ...columns('money', 'total'),
    column('share', 'share'),
    column('last', 'day'),
  ],
  rows: [
    { cashier: 'Mina, "M"', sales: 12, total: 1_250_000, share: 6_250, last: '2026-11-21' },
    { cashier: { key: '', text: { fa: 'نامعلوم', en: 'unknown' } }, sales: 3, total: 90_000, share: 3_750, last: undefined },
  ],
  total: { sales: 15, total: 1_340_000 },
  notes: [{ fa: 'یادداشت', en: 'a note' }],
}

it('writes CSV with the columns’ keys, plain figures and quotes where they are needed', () => {
  expect(toCsv(report)).toBe('cashier,sales,total,share,last\r\n"Mina, ""M""",12,1250000,62.5,2026-11-21\r\n,3,90000,37.5,\r\n')
})

it('keeps a name that begins like a formula from being one in a spreadsheet', () => {
  const named = (cashier: string) => toCsv({ ...report, rows: [{ cashier, sales: 1 }] }).split('\r\n')[1]
  expect(named('=1+1')).toBe("'=1+1,1,,,")
  expect(named('@x,y')).toBe('"\'@x,y",1,,,')
})

it('writes JSON with null where there is nothing', () => {
  expect(JSON.parse(toJson(report))[1]).toEqual({ cashier: '', sales: 3, total: 90_000, share: 37.5, last: null })
})

it('sets a Persian table flush right, with Persian digits and Jalali days', () => {
  expect(toTable(report, { language: 'fa', heading: 'فروش' }).split('\n')).toEqual([
    'فروش',
    '',
    ' صندوق‌دار  فروش        جمع    سهم  آخرین خرید',
    '─────────────────────────────────────────────',
    'Mina, "M"    ۱۲  ۱٬۲۵۰٬۰۰۰  ۶۲٫۵٪  ۱۴۰۵/۰۸/۳۰',
    '  نامعلوم     ۳     ۹۰٬۰۰۰  ۳۷٫۵٪           —',
    '─────────────────────────────────────────────',
    '      جمع    ۱۵  ۱٬۳۴۰٬۰۰۰',
    '',
    'یادداشت',
    '',
  ])
})

it('sets English words flush left and figures flush right', () => {
  expect(toTable(report, { language: 'en', heading: 'Sales' }).split('\n').slice(2, 5)).toEqual([
    'Cashier    Sales      Total  Share  Last purchase',
    '─────────────────────────────────────────────────',
    'Mina, "M"     12  1,250,000  62.5%  2026-11-21',
  ])
})

it('says that there is nothing', () => {
  expect(toTable({ ...report, rows: [], notes: [] }, { language: 'fa', heading: 'فروش' })).toBe('فروش\n\nچیزی نیست\n')
})
