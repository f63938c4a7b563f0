import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBearer, readIdempotencyKey, readLanguage, readPrefer } from './headers.ts'

test.each([
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  [' "with \\"quotes\\" and \\\\" ', 'with "quotes" and \\'],
  ['""', undefined],
  ['"one", "two"', undefined],
  ['"open', undefined],
  ['two words', undefined],
  ['کلید', undefined],
  ['x'.repeat(61), undefined],
])('an Idempotency-Key of %s is %s', (header, key) => {
  expect(readIdempotencyKey(header)).toBe(key)
})

test.each([
  ['', { respondAsync: false }],
  ['respond-async, wait=10', { respondAsync: true, waitMs: 10_000 }],
  ['return=minimal; x, Wait = 3', { respondAsync: false, waitMs: 3_000 }],
  ['wait=-1', { respondAsync: false }],
])('Prefer: %s', (header, preference) => {
  expect(readPrefer(header)).toEqual(preference)
})

test.each([
  ['', 'fa'],
  ['en', 'en'],
  ['de', 'fa'],
  ['en-GB;q=0.9, fa-IR;q=0.9', 'fa'],
  ['fa;q=0.1, en', 'en'],
  ['fa, en;q=nonsense', 'fa'],
])('Accept-Language: %s is answered in %s', (header, language) => {
  expect(readLanguage(header)).toBe(language)
})

test('a bearer key is taken as it stands, other schemes are none', () => {
  expect(readBearer('Bearer abc+/=')).toBe('abc+/=')
  expect(readBearer('bearer   abc')).toBe('abc')
  expect(readBearer('Basic abc')).toBeUndefined()
  expect(readBearer(`Bearer ${'x'.repeat(501)}`)).toBeUndefined()
})

test('headers may be anything', () => {
  const header = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^"?[\x20-\x7e\\]*"?$/))
  fc.assert(
    fc.property(header, (text) => {
      const key = readIdempotencyKey(text)
      if (key !== undefined) expect(key).toMatch(/^[\x20-\x7e]{1,60}$/)
      expect(['fa', 'en']).toContain(readLanguage(text))
      readPrefer(text)
      readBearer(text)
    }),
    { numRuns: 10_000 },
  )
})
