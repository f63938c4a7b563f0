import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBracketed, parseDigitalLink, parseElementString } from './gs1.ts'

const milk = [
  { ai: '01', value: '09506000134352' },
  { ai: '17', value: '271231' },
  { ai: '10', value: 'L-17/3' },
]

/** Any UTF-16 there is; fast-check's own `binary` unit takes seconds to set up. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))

describe('a GS1 code', () => {
  test('is read as FNC1 parts it: values of a fixed length need none', () => {
    expect(parseElementString('0109506000134352' + '17271231' + '10L-17/3')).toEqual(milk)
    expect(parseElementString('10L-17/3\x1d0109506000134352')).toEqual([milk[2], milk[0]])
    expect(parseElementString('\x1d0109506000134352\x1d17271231\x1d10L-17/3\x1d')).toEqual(milk)
  })

  test('is read as people write it, brackets in a value and all', () => {
    expect(parseBracketed('(01)09506000134352(17)271231(10)L-17/3')).toEqual(milk)
    expect(parseBracketed('(10)A(B)(99)9')).toEqual([
      { ai: '10', value: 'A(B)' },
      { ai: '99', value: '9' },
    ])
  })

  test('is read as an address (Digital Link)', () => {
    expect(parseDigitalLink('https://id.gs1.org/01/09506000134352/10/L-17%2F3?17=271231&utm_source=poster')).toEqual([
      milk[0],
      milk[2],
      milk[1],
    ])
    expect(parseDigitalLink('https://example.com/shop/01/9506000134352')).toEqual([milk[0]])
  })

  test.each([
    ['a wrong check digit', '0109506000134353'],
    ['half a value', '01095060001343'],
    ['an identifier that is none', '0509506000134352'],
    ['an empty value', '10\x1d21A'],
    ['a date of letters', '17ABCDEF'],
    ['nothing', '\x1d'],
  ])('with %s is none', (_, text) => {
    expect(parseElementString(text)).toBeUndefined()
  })

  test.each(['https://vafa.example/m/12345678', 'https://example.com/01/0950600013435a', 'https://', 'http://[/01/12345678'])(
    'an address that names no product is none: %s',
    (text) => {
      expect(parseDigitalLink(text)).toBeUndefined()
    },
  )

  test('its check digit is weighed from the right: a transport unit’s, a member’s (AI 8018)', () => {
    expect(parseElementString('00106141412345678908')).toEqual([{ ai: '00', value: '106141412345678908' }])
    expect(parseElementString('8018106141412345678908')).toEqual([{ ai: '8018', value: '106141412345678908' }])
  })

  test('whatever is scanned, reading it throws nothing and gives elements as the lane may send them', () => {
    const piece = fc.constantFrom('01', '10', '(01)', '(10)', '\x1d', '09506000134352', 'https://a/', '/01/', '%', '8018', '?17=')
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          for (const read of [parseElementString, parseBracketed, parseDigitalLink])
            for (const { ai, value } of read(text) ?? []) {
              expect(ai).toMatch(/^\d{2,4}$/)
              expect(value.length).toBeGreaterThan(0)
              expect(value.length).toBeLessThanOrEqual(90)
            }
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
