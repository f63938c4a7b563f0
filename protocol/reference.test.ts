import { expect, it } from 'vitest'
import { normaliseReference, referenceOf, referenceQr } from './reference.ts'

const saleid = '01931d5e-7b2a-7c3d-8e4f-5a6b7c8d9e0f'

it('a reference is the same everywhere, and is read however it is typed or scanned', () => {
  const reference = referenceOf(saleid)
  expect(reference).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
  expect(referenceOf(saleid)).toBe(reference)
  expect(referenceOf(saleid, 1)).not.toBe(reference)
  expect(normaliseReference(referenceQr('demo', reference))).toBe(reference)
  expect(normaliseReference(` ${reference.toLowerCase().replace('-', ' ')} `)).toBe(reference)
  expect(normaliseReference('o1l2i-abcde')).toBe('01121-ABCDE')
  expect(normaliseReference('1234')).toBeUndefined()
})
