import { describe, expect, test } from 'vitest'
import { address, count, counts, mobile, port, rials, storeNames } from './arguments.ts'

describe('the command line', () => {
  test('takes numbers, addresses and names of stores', () => {
    expect(rials('1250000')).toBe(1_250_000)
    expect(port('9100')).toBe(9_100)
    expect(count('2000')).toBe(2_000)
    expect(counts('10000,1000000')).toEqual([10_000, 1_000_000])
    expect(address('10.0.0.7:4400')).toEqual({ host: '10.0.0.7', port: 4_400 })
    expect(address(':4400')).toEqual({ host: '127.0.0.1', port: 4_400 })
    expect(mobile('۰۹۱۲ ۳۴۵ ۶۷۸۹')).toBe('+989123456789')
    expect(storeNames('s1,tajrish')).toEqual(['s1', 'tajrish'])
  })

  test.each([
    ['letters in an amount', () => rials('12x')],
    ['an amount below nothing', () => rials('-1')],
    ['part of a rial', () => rials('1.5')],
    ['an empty amount', () => rials('')],
    ['a port that is none', () => port('65536')],
    ['no sales at all', () => count('0')],
    ['a list with a gap', () => counts('10,,20')],
    ['an address without a port', () => address('localhost')],
    ['a number that is no mobile’s', () => mobile('02112345678')],
    ['a name that fits no topic', () => storeNames('s1,Tajrish')],
    ['one name for two stores', () => storeNames('s1,s1')],
  ])('refuses %s', (_what, parse) => {
    expect(parse).toThrow(/use|own/i)
  })
})
