import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boxUri, codeHash, newCodeSecret, pinOf, readCode, storeOfUri, writeCode } from './enrolment.ts'

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

it('a code is read as it was written, however it was typed', () => {
  const code = { secret: newCodeSecret(), pin: pinOf(publicKey) }
  const text = writeCode(code)
  expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$/)
  expect(readCode(text)).toEqual(code)
  expect(readCode(` ${text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `)).toEqual(code)
})

it('what is no code is none, and no two secrets are alike', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      const code = readCode(text)
      return code === undefined || (code.secret.length === 10 && code.pin.length === 20)
    }),
    { numRuns: 10_000 },
  )
  expect(readCode('7K3M9-QXZ2A')).toBeUndefined()
  expect(new Set(Array.from({ length: 1_000 }, newCodeSecret)).size).toBe(1_000)
  expect(codeHash('0000000000')).not.toBe(codeHash('0000000001'))
})

it('a certificate’s URI names a store of its own club only', () => {
  expect(storeOfUri('demo', boxUri('demo', 's1'))).toBe('s1')
  expect(storeOfUri('demo', boxUri('other', 's1'))).toBeUndefined()
  expect(storeOfUri('demo', 'vafa:demo/stores/S 1')).toBeUndefined()
  expect(storeOfUri('demo', 'https://example.com')).toBeUndefined()
})
