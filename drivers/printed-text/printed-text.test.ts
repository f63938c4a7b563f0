import CodepageEncoder from '@point-of-sale/codepage-encoder'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAmount, readQuantity } from './amounts.ts'
import { codePages, decodeBytes, orderOf, upperBytesOf } from './code-pages.ts'
import { encodeText } from './encode-text.ts'
import { foldText } from './fold.ts'
import { fromVisual } from './visual-order.ts'

describe('text on paper', () => {
  test('Iran System: bytes from left to right as on the paper become what is read', () => {
    // «جمع کل: ۱۲۵٬۰۰۰» as a DOS program sends it, by the table of the code page.
    const bytes = Buffer.from([0x81, 0x82, 0x85, 0x2c, 0x80, 0x80, 0x80, 0x20, 0x3a, 0xf1, 0xee, 0x20, 0xe2, 0xf5, 0x9b])
    expect(foldText(fromVisual(decodeBytes(bytes, 'iran-system')))).toBe('جمع کل: 125,000')
  })

  test('CP1256 and CP720 hold letters in the order in which they are read', () => {
    expect(foldText(decodeBytes(Buffer.from([0xe3, 0xc8, 0xe1, 0xdb]), 'cp1256'))).toBe('مبلغ')
    expect(new TextDecoder('windows-1256').decode(Buffer.from([0x90, 0x81, 0x8d, 0x8e]))).toBe(
      decodeBytes(Buffer.from([0x90, 0x81, 0x8d, 0x8e]), 'cp1256'),
    )
    expect(foldText(decodeBytes(Buffer.from([0xe9, 0xea, 0xeb]), 'cp720'))).toBe('لمن')
  })

  test.each(['cp437', 'cp720', 'cp864', 'cp1098', 'windows1252', 'windows1256'] as const)(
    '%s agrees with another maker’s table',
    (name) => {
      const page = name.replace('windows', 'cp') as 'cp1256'
      let compared = 0
      for (const [character, byte] of upperBytesOf(page)) {
        const theirs = CodepageEncoder.encode(character, name)
        if (theirs.length !== 1 || theirs[0] === 0x3f) continue
        expect([character, theirs[0]]).toEqual([character, byte])
        compared += 1
      }
      expect(compared).toBeGreaterThan(95)
    },
  )

  test.each(['iran-system', 'cp864', 'cp1256', 'cp720', 'cp1098', 'utf-8'] as const)(
    '%s: what is written is read again',
    (page) => {
      const order = orderOf(page) === 'visual' ? fromVisual : (line: string) => line
      for (const line of ['سلام 123,000 ریال', 'مبلغ: 1405/08/30 عدد 2', 'VAFA 12', 'خوش آمدید (عضو) لایق', 'قهوه 3 450,000'])
        expect(foldText(order(decodeBytes(encodeText(line, page), page)))).toBe(foldText(line))
    },
  )

  test('a number keeps its own direction within a Persian line, two numbers change places', () => {
    expect(fromVisual('000,52 2 هوهق')).toBe('قهوه 2 000,52')
    expect(fromVisual('TOTAL 12,000')).toBe('TOTAL 12,000')
  })

  test('no text becomes a command, in any page', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom(...codePages), (text, page) => {
        expect([...encodeText(text, page)].every((byte) => byte >= 0x20)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('numbers on paper', () => {
  test.each([
    ['1,250,000', 'rial', 1_250_000],
    ['125/000', 'rial', 125_000],
    ['125.000', 'rial', 125_000],
    ['12,500.00', 'rial', 12_500],
    ['12,500', 'toman', 125_000],
    ['12500.5', 'toman', 125_005],
    ['450 000', 'rial', 450_000],
    ['12.5', 'rial', undefined],
    ['-12,000', 'rial', undefined],
    ['12,00', 'rial', 12],
    ['99999999999999999999', 'rial', undefined],
  ] as const)('%s in %s is %s rials', (text, unit, rials) => expect(readAmount(text, unit)).toBe(rials))

  test.each([
    ['3', 3],
    ['0.350', 0.35],
    ['1/5', 1.5],
    ['0', undefined],
    ['x', undefined],
  ])('a quantity of %s is %s', (text, quantity) => expect(readQuantity(text)).toBe(quantity))
})
