import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scan } from '#protocol/scan.ts'
import { meaningOptions } from './options.ts'
import { readScan } from './rules.ts'

const options = z.strictObject(meaningOptions)
const read = (scanned: string, settings: unknown = {}) => readScan(scanned, options.parse(settings))
const credential = (kind: string, value: string) => ({ kind: 'credential', credential: { kind, value } })

describe('the store’s rules say what a code is', () => {
  test('where there are none, products go to the till and all else is a card', () => {
    expect(read('6260100110014')).toEqual({
      kind: 'scan',
      scan: { is: 'product', code: '6260100110014', gtin: '06260100110014' },
    })
    expect(read('100042')).toEqual(credential('barcode', '100042'))
    expect(read('96385074')).toEqual(credential('barcode', '96385074'))
  })

  test('with an empty list everything is what `as` says', () => {
    expect(read('6260100110014', { rules: [], as: 'member-number' })).toEqual(credential('member-number', '6260100110014'))
  })

  test('the first rule that fits counts: members, coupons, receipts, the chain’s own goods', () => {
    const rules = [
      { prefix: 'VF:', is: 'qr', take: 'after-prefix' },
      { prefix: '99', digits: 13, is: 'coupon' },
      { symbologies: ['qr'], prefix: 'https://club.example/r/', is: 'receipt' },
      { prefix: '2', gtin: 'possible', is: 'product' },
      { gtin: 'sure', is: 'product' },
    ]
    const settings = { rules, as: 'ignored' }
    expect(read('VF:1001', settings)).toEqual(credential('qr', '1001'))
    expect(read('9912345678901', settings)).toMatchObject({ kind: 'scan', scan: { is: 'coupon', code: '9912345678901' } })
    expect(read(']Q1https://club.example/r/ab', settings)).toMatchObject({
      kind: 'scan',
      scan: { is: 'receipt', symbology: 'qr' },
    })
    expect(read('2001234567893', settings)).toMatchObject({ kind: 'scan', scan: { is: 'product' } })
    expect(read('https://club.example/r/ab', settings)).toEqual({ kind: 'ignored' })
  })

  test('a member by GS1’s own number for one (AI 8018)', () => {
    const rules = [{ element: '8018', is: 'member-number' }]
    expect(read(']Q38018106141412345678908', { rules })).toEqual(credential('member-number', '106141412345678908'))
  })

  test('nothing behind the prefix is unreadable, not an empty card', () => {
    expect(read('VF:', { rules: [{ prefix: 'VF:', is: 'qr', take: 'after-prefix' }] })).toEqual({ kind: 'unreadable' })
    expect(read(']Q1')).toEqual({ kind: 'unreadable' })
  })

  test('a rule that fits everything is refused: that is what `as` is for', () => {
    expect(options.safeParse({ rules: [{ is: 'coupon' }] }).error?.issues[0]?.message).toContain('needs at least one of')
    expect(options.safeParse({ rules: [{ digits: 8, is: 'coupon', take: 'after-prefix' }] }).error?.issues[0]?.path).toEqual([
      'rules',
      0,
      'take',
    ])
  })

  test('whatever is scanned comes out as the protocol can carry it', () => {
    const settings = options.parse({ rules: [{ gtin: 'possible', is: 'product' }], as: 'other' })
    const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '7', '8', '9', '\x1d'), maxLength: 60 })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 100 }),
          digits.map((text) => `]C1${text}`),
        ),
        (text) => {
          const meaning = readScan(text, settings)
          if (meaning.kind === 'scan') expect(scan.safeParse(meaning.scan).success).toBe(true)
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
