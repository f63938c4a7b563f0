import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scan } from '#protocol/scan.ts'
import { meaningOptions } from './options.ts'
import { readScan } from './rules.ts'

const options = z.strictObject(meaningOptions)
const read = (scanned: string, settings: unknown = {}) => readScan(scanned, options.parse(settings))
const credential = (kind: string, value: string) => ({ kind: 'credential', credential: { kind, value } })

/** Any UTF-16 there is; fast-check's own `binary` unit takes seconds to set up. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))

describe('the store’s rules say what a code is', () => {
  test('where there are none, products go to the till and all else is a card', () => {
    expect(read('6260100110014')).toEqual({
      kind: 'scan',
      scan: { is: 'product', code: '6260100110014', gtin: '06260100110014' },
    })
    expect(read('100042')).toEqual(credential('barcode', '100042'))
    expect(read('96385074')).toEqual(credential('barcode', '96385074'))
  })

  test('a code that changes (a digital card’s) stays whole: the gateway knows it by its prefix', () => {
    for (const scanned of ['VAFA1:ABCD.123456', ']Q1VAFA1:ABCD.123456'])
      expect(read(scanned, { as: 'qr' })).toEqual(credential('qr', 'VAFA1:ABCD.123456'))
  })

  test('a bank card that a combined device swipes here is dropped, whatever the rules', () => {
    for (const scanned of [';6037991234567893=2912?', '%B6037991234567893^REZA^2912?'])
      expect(read(scanned, { rules: [], as: 'other' })).toEqual({ kind: 'unreadable' })
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
          anyText,
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
