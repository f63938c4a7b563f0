import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseTraceparent, traceparentOf } from './traceparent.ts'

const hex = (digits: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits }).map((all) => all.join(''))
const traceid = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanid = '00f067aa0ba902b7'

it('what is written is read again', () => {
  fc.assert(
    fc.property(hex(32), hex(16), (one, other) => {
      fc.pre(!/^0+$/.test(one) && !/^0+$/.test(other))
      expect(parseTraceparent(traceparentOf({ traceid: one, spanid: other }))).toEqual({ traceid: one, spanid: other })
    }),
  )
})

it.each([
  ['the standard’s own example', `00-${traceid}-${spanid}-01`, { traceid, spanid }],
  ['a later version that says more', `cc-${traceid}-${spanid}-01-what-the-future-holds`, { traceid, spanid }],
  ['more behind a version that has no more', `00-${traceid}-${spanid}-01-x`, undefined],
  ['one that was not sampled', `00-${traceid}-${spanid}-00`, undefined],
  ['the version that is forbidden', `ff-${traceid}-${spanid}-01`, undefined],
  ['no trace', `00-${'0'.repeat(32)}-${spanid}-01`, undefined],
  ['no span', `00-${traceid}-${'0'.repeat(16)}-01`, undefined],
  ['capital letters', `00-${traceid.toUpperCase()}-${spanid}-01`, undefined],
])('%s', (_, text, expected) => {
  expect(parseTraceparent(text)).toEqual(expected)
})

it('ten thousand other texts are no traceparent, and nothing is thrown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ maxLength: 8 }).map((x) => `00-${traceid}-${spanid}-${x}`),
      ),
      (text) => {
        const read = parseTraceparent(text)
        if (read !== undefined) expect(text).toContain(`${read.traceid}-${read.spanid}`)
      },
    ),
    { numRuns: 10_000 },
  )
})
