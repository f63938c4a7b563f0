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

it('opens a profile again for the same member only', () => {
  const locked = pepper.lock({ displayName: 'سارا' }, 'member-1')
  expect(locked.includes('سارا')).toBe(false)
  expect(pepper.unlock(locked, 'member-1')).toEqual({ displayName: 'سارا' })
  expect(() => pepper.unlock(locked, 'member-2')).toThrow()
  expect(() => createPepper('another').unlock(locked, 'member-1')).toThrow()
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
})
