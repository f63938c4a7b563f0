import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasCheckDigit } from './gtin.ts'
import { readCode } from './read-code.ts'

/** Any UTF-16 there is; fast-check's own `binary` unit takes seconds to set up. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))

describe('a code says of itself', () => {
  test.each([
    [']E06260100110014', 'ean-upc', '06260100110014'],
    [']E496385074', 'ean-8', '00000096385074'],
    [']E0036000291452', 'ean-upc', '00036000291452'],
    [']E3626010011001412', 'ean-upc', '06260100110014'],
    [']E004252614', 'ean-upc', '00042100005264'],
  ])('%s: its symbology, and the product’s number in 14 digits', (scanned, symbology, gtin) => {
    expect(readCode(scanned)).toMatchObject({ text: scanned.slice(3), symbology, gtin, gtinBy: 'symbology' })
  })

  test('an identifier is taken off, and one that nobody knows stays', () => {
    expect(readCode(']Q1VF:1001')).toEqual({ text: 'VF:1001', symbology: 'qr' })
    expect(readCode(']~1VF:1001')).toEqual({ text: ']~1VF:1001' })
    expect(readCode(']b')).toEqual({ text: ']b' })
  })

  test('GS1 codes by their identifier, or by an FNC1 in front of them', () => {
    const elements = [
      { ai: '01', value: '09506000134352' },
      { ai: '21', value: 'A1' },
    ]
    const read = { elements, gtin: '09506000134352', gtinBy: 'symbology', text: '010950600013435221A1' }
    expect(readCode(']C1010950600013435221A1')).toEqual({ ...read, symbology: 'gs1-128' })
    expect(readCode(']d2010950600013435221A1')).toEqual({ ...read, symbology: 'gs1-data-matrix' })
    expect(readCode('\x1d010950600013435221A1')).toEqual(read)
  })

  test('thirteen digits with a right check digit are a product, unless they are of a store’s own', () => {
    expect(readCode('6260100110014')).toMatchObject({ gtin: '06260100110014', gtinBy: 'ean-13' })
    expect(readCode('6260100110013')).toEqual({ text: '6260100110013' })
    expect(readCode('2001234567893')).toMatchObject({ gtinBy: 'digits' })
    expect(readCode(']E02001234567893')).toMatchObject({ gtinBy: 'digits' })
  })

  test('eight or twelve digits can be a product and can be anything', () => {
    expect(readCode('96385074')).toMatchObject({ gtin: '00000096385074', gtinBy: 'digits' })
    expect(readCode(']C06260100110014')).toMatchObject({ symbology: 'code-128', gtinBy: 'digits' })
  })

  test('one wrong digit is always noticed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('6260100110014', '96385074', '036000291452'),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        (code, at, by) => {
          const place = at % code.length
          const wrong = (Number(code[place]) + by) % 10
          expect(hasCheckDigit(code)).toBe(true)
          expect(hasCheckDigit(`${code.slice(0, place)}${wrong}${code.slice(place + 1)}`)).toBe(false)
        },
      ),
    )
  })

  test('whatever is scanned, reading it throws nothing, and a GTIN has 14 digits with the right check digit', () => {
    const scanned = fc.oneof(
      anyText,
      fc
        .tuple(
          fc.constantFrom('', ']E0', ']E4', ']C1', ']Q3', '\x1d'),
          fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 }),
        )
        .map((all) => all.join('')),
    )
    fc.assert(
      fc.property(scanned, (text) => {
        const { gtin } = readCode(text)
        if (gtin === undefined) return
        expect(gtin).toMatch(/^\d{14}$/)
        expect(hasCheckDigit(gtin)).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})
