import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

/** The same, written the slow way. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.create(null) as Record<string, unknown>
  for (const [key, field] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    Object.defineProperty(copy, key, { value: sorted(field), enumerable: true })
  return copy
}

/** `sorted` cannot put keys that look like numbers behind others. */
const key = fc.string().filter((text) => !/^\d+$/.test(text))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
})).value

describe('canonical JSON', () => {
  it('is the JSON of the same value with every object’s keys sorted', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value, 'possible')).toBe(JSON.stringify(sorted(value)))
      }),
      { numRuns: 10_000 },
    )
  })

  it('needs no escapes in what was read from a text without a backslash', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('\\'))
        expect(canonicalJson(JSON.parse(text), 'none')).toBe(canonicalJson(value, 'possible'))
      }),
    )
  })

  it('leaves out what is undefined, wherever it stands', () => {
    expect(canonicalJson({ b: 1, a: undefined, c: { d: undefined } }, 'possible')).toBe('{"b":1,"c":{}}')
  })

  it('keeps numbers among keys in the order of texts', () => {
    expect(canonicalJson({ b: 1, 10: 2, 9: 3 }, 'possible')).toBe('{"10":2,"9":3,"b":1}')
  })
})
