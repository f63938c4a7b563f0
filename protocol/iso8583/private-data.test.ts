import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBalances, writeAmount, writeBalances } from './amounts.ts'
import { bytesOf, fitting, readPrivateData, type Tagged, writePrivateData } from './private-data.ts'

const tags = fc.array(fc.tuple(fc.constantFrom('LN', 'EF', 'T1'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })), {
  maxLength: 6,
})

describe('tags of a private field', () => {
  test('come back as they went, in any language', () => {
    fc.assert(
      fc.property(tags, (written) => {
        const wellFormed = written.map(([tag, value]): Tagged => [tag, value.toWellFormed()])
        expect(readPrivateData(writePrivateData(wellFormed))).toEqual(wellFormed)
      }),
    )
  })

  test('that do not fit 999 bytes are left out, and nothing is cut in the middle', () => {
    const text = writePrivateData([
      ['TX', 'س'.repeat(400)],
      ['PO', 'ب'.repeat(200)],
      ['ST', 'A'],
    ])
    expect(readPrivateData(text)?.map(([tag]) => tag)).toEqual(['TX', 'ST'])
    expect(bytesOf(text ?? '')).toBeLessThanOrEqual(999)
  })

  test('with a length that is none, or too long, are no tags', () => {
    for (const text of ['LN', 'LN00', 'LN0x1A', 'ln001A', 'LN005abc', 'LN001AB']) expect(readPrivateData(text)).toBeUndefined()
  })

  test('whatever the field holds, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => void readPrivateData(text)),
      { numRuns: 10_000 },
    )
  })

  test('a text is cut between letters, not within one', () => {
    expect(fitting('سلام', 5)).toBe('سل')
    expect(fitting('abc', 5)).toBe('abc')
  })
})

describe('balances', () => {
  test('stand in DE 54 with their sign, credit before points', () => {
    const text = writeBalances([
      { unit: 'credit', currency: 'IRR', available: -95_000, pending: 4_000 },
      { unit: 'points', name: 'base', available: 12, pending: 0 },
    ])
    expect(text).toBe('6002364D0000000950006093364C0000000040006102999C000000000012')
    expect(readBalances(text ?? '')).toEqual([
      { unit: 'credit', kind: 'available', amount: -95_000 },
      { unit: 'credit', kind: 'pending', amount: 4_000 },
      { unit: 'points', kind: 'available', amount: 12 },
    ])
  })

  test('an amount has twelve digits and no more', () => {
    expect(writeAmount(1_250_000)).toBe('000001250000')
    expect(() => writeAmount(1_000_000_000_000)).toThrow(RangeError)
  })
})
