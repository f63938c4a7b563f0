import { expect, it } from 'vitest'
import { createPepper } from './pepper.ts'

const pepper = createPepper('a secret')
const token = 'A'.repeat(43)

it('stores a token under the pepper, the same each time, another under another pepper', () => {
  expect(pepper.token(token)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(pepper.token(token)).not.toBe(token)
  expect(pepper.token(token)).toBe(createPepper('a secret').token(token))
  expect(createPepper('another').token(token)).not.toBe(pepper.token(token))
  expect(pepper.mobile('+989121234567')).not.toBe(pepper.token('+989121234567'))
})

it('opens what a person’s own key locks for the same member only, and never without that key', () => {
  const sara = { memberid: 'member-1', wrapped: pepper.newPersonKey('member-1') }
  const locked = pepper.lock({ displayName: 'سارا' }, sara)
  expect(Buffer.from(locked, 'base64').includes('سارا')).toBe(false)
  expect(pepper.unlock(locked, sara)).toEqual({ displayName: 'سارا' })
  expect(() => pepper.unlock(locked, { ...sara, memberid: 'member-2' })).toThrow()
  expect(() => pepper.unlock(locked, { ...sara, wrapped: pepper.newPersonKey('member-1') })).toThrow()
  expect(() => createPepper('another').unlock(locked, sara)).toThrow()
})

it('journals an event without what a box could have sent: no token, no proof, no profile', () => {
  const event = {
    orderkey: token,
    data: {
      member: { kind: 'nfc-uid', keyid: 'k1', token, proof: 'p' },
      profile: { keyid: 's', box: 'b' },
      total: 5,
      original: { orderkey: token },
    },
  }
  const text = pepper.journalled(event)
  expect(text).not.toContain(token)
  expect(JSON.parse(text)).toEqual({
    orderkey: pepper.token(token),
    data: {
      member: { kind: 'nfc-uid', keyid: 'k1', token: pepper.token(token) },
      total: 5,
      original: { orderkey: pepper.token(token) },
    },
  })
  expect(JSON.parse(pepper.journalled({ orderkey: 'a-sale' }))).toEqual({ orderkey: 'a-sale' })
  expect(JSON.parse(pepper.journalled(event, 'under a key')).data.profile).toEqual({ locked: 'under a key' })
})
