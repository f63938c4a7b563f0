import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createHmacSha256 } from './hmac-sha256.ts'

it('is the HMAC that everybody else makes, whatever the key and the text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.string({ unit: 'binary', maxLength: 120, size: 'max' }), { minLength: 1, maxLength: 3 }),
      (key, texts) => {
        const made = createHmacSha256(Buffer.from(key))
        for (const text of texts) expect(made(text)).toBe(createHmac('sha256', key).update(text).digest('base64url'))
      },
    ),
    { numRuns: 50 },
  )
})
