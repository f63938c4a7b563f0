import fc from 'fast-check'
import { expect, it } from 'vitest'
import { currentKey, documentOf, type Ring } from '#club/token-keys/ring.ts'
import { createTokenKeys } from '#gateway/token-keys.ts'
import { tokenise } from '#protocol/credentials.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'

const signing = makeSigningKey('programme-1')
const secretOf = (n: number) => `secret number ${n} `.padEnd(40, 'x')
const own = { keyid: 'token-1', secret: Buffer.from(secretOf(1)) }
/** After so many exchanges; `retired`: how many of the keys are. */
const ringOf = (count: number, retired: number): Ring => ({
  version: count + retired,
  keys: Array.from({ length: count }, (_, n) => ({
    keyid: `token-${n + 1}`,
    secret: secretOf(n + 1),
    ...(n < retired ? { retiredAt: '2026-11-22T00:00:00.000Z' } : {}),
  })),
})
const signed = (ring: Ring, { club = 'demo', by = signing } = {}) =>
  signDocument(JSON.stringify(documentOf(ring, club)), by, 'token keys')
const boxWith = (key = own) => createTokenKeys({ own: key, club: 'demo', keys: [signing] })
const shown = { kind: 'nfc-uid', value: '04A1B2C3D4E5F6' } as const
const tokenBy = (n: number) => tokenise(shown, { keyid: `token-${n}`, secret: Buffer.from(secretOf(n)) }).token

it('a box tells a card by the new key and the one before, until that is retired', () => {
  const box = boxWith()
  expect(tokenise(shown, box.current())).toEqual({ kind: 'nfc-uid', keyid: 'token-1', token: tokenBy(1) })
  expect(box.accept(signed(ringOf(2, 0)))).toBeUndefined()
  expect(tokenise(shown, box.current())).toEqual({
    ...{ kind: 'nfc-uid', keyid: 'token-2', token: tokenBy(2), earlier: { keyid: 'token-1', token: tokenBy(1) } },
  })
  expect(box.accept(signed(ringOf(2, 1)))).toBeUndefined()
  expect(tokenise(shown, box.current())).toEqual({ kind: 'nfc-uid', keyid: 'token-2', token: tokenBy(2) })
})

it('a box that was away for several exchanges opens them one by the other; a new box knows the one before its own', () => {
  const box = boxWith()
  expect(box.accept(signed(ringOf(4, 2)))).toBeUndefined()
  expect(tokenise(shown, box.current())).toMatchObject({ token: tokenBy(4), earlier: { token: tokenBy(3) } })
  const fresh = boxWith({ keyid: 'token-4', secret: Buffer.from(secretOf(4)) })
  expect(fresh.accept(signed(ringOf(4, 2)))).toBeUndefined()
  expect(tokenise(shown, fresh.current())).toMatchObject({ token: tokenBy(4), earlier: { token: tokenBy(3) } })
})

it('no secret of a key stands in what is sent', () => {
  const ring = ringOf(3, 1)
  const sent = JSON.stringify(signed(ring))
  for (const { secret } of ring.keys) {
    expect(sent).not.toContain(secret)
    expect(sent).not.toContain(Buffer.from(secret).toString('base64url').slice(0, 20))
  }
  expect(currentKey(ring).keyid).toBe('token-3')
})

it('what head office did not sign, signed for another club, or has replaced since, changes nothing', () => {
  const box = boxWith()
  expect(box.accept(signed(ringOf(3, 1)))).toBeUndefined()
  const before = tokenise(shown, box.current())
  expect(box.accept(signed(ringOf(5, 3), { by: makeSigningKey('programme-1') }))).toMatch(/forged/)
  expect(box.accept(signed(ringOf(5, 3), { by: makeSigningKey('other') }))).toMatch(/key-unknown/)
  expect(box.accept(signed(ringOf(5, 3), { club: 'other' }))).toMatch(/is for other/)
  expect(box.accept(signed(ringOf(2, 0)))).toMatch(/older/)
  const asProgramme = signDocument(JSON.stringify(documentOf(ringOf(5, 3), 'demo')), signing)
  expect(box.accept(asProgramme)).toMatch(/forged/)
  expect(
    box.accept(
      signed({
        version: 9,
        keys: [
          { keyid: 'a', secret: 'q'.repeat(40) },
          { keyid: 'b', secret: 'r'.repeat(40) },
        ],
      }),
    ),
  ).toMatch(/does not open/)
  expect(tokenise(shown, box.current())).toEqual(before)
})

it('whatever comes in their place is refused', () => {
  const box = boxWith()
  const good = signed(ringOf(2, 0))
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ document: fc.string(), keyid: fc.constant(signing.keyid), signature: fc.constant(good.signature) }),
    fc.nat().map((at) => ({ ...good, document: good.document.slice(0, at % good.document.length) })),
  )
  fc.assert(
    fc.property(anything, (json) => {
      expect(box.accept(json)).toBeTypeOf('string')
    }),
    { numRuns: 2_000 },
  )
  expect(box.current().keyid).toBe('token-1')
})
