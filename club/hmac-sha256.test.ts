import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createHmacSha256 } from './hmac-sha256.ts'

/** Also longer than the room that is there at first. */
const text = fc.tuple(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 60 })).map(([piece, times]) => piece.repeat(times))

it('is the HMAC that everybody else makes, whatever the key and the text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(text, { minLength: 1, maxLength: 4 }), (key, texts) => {
      const made = createHmacSha256(Buffer.from(key))
      for (const one of texts) expect(made(one)).toBe(createHmac('sha256', key).update(one).digest('base64url'))
    }),
  )
})
