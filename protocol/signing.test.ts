import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSigningKey, type SignedDocument, signDocument, signedDocument, verifyDocument } from './signing.ts'

const key = makeSigningKey('programme-1')
const { keyid, publicKey } = key
const known = [{ keyid, publicKey }]

describe('a signed document', () => {
  it('is known by the public key alone, whatever it says and in whatever language', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (document) => {
        const signed = signDocument(document, key)
        expect(signedDocument.parse(JSON.parse(JSON.stringify(signed)))).toEqual(signed)
        expect(verifyDocument(signed, known)).toBe('ok')
      }),
    )
    expect(verifyDocument(signDocument('{"id":"قواعد"}', key), known)).toBe('ok')
  })

  it('is forged where one character of it or one bit of the signature is another', () => {
    const signed = signDocument('{"version":7}', key)
    fc.assert(
      fc.property(fc.nat({ max: signed.document.length - 1 }), fc.nat({ max: 511 }), (at, bit) => {
        const other = signed.document[at] === '8' ? '9' : '8'
        const document = signed.document.slice(0, at) + other + signed.document.slice(at + 1)
        expect(verifyDocument({ ...signed, document }, known)).toBe('forged')
        const bytes = Buffer.from(signed.signature, 'base64url')
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(verifyDocument({ ...signed, signature: bytes.toString('base64url') }, known)).toBe('forged')
      }),
    )
  })

  it('of another key is forged under its name, and unknown under its own', () => {
    const other = makeSigningKey('programme-2')
    const signed = signDocument('{}', other)
    expect(verifyDocument(signed, known)).toBe('key-unknown')
    expect(verifyDocument({ ...signed, keyid }, known)).toBe('forged')
    expect(verifyDocument(signed, [...known, other])).toBe('ok')
  })

  it('never throws at what fits the wire', () => {
    const text = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{${length}}$`))
    fc.assert(
      fc.property(fc.string(), text(86), text(43), (document, signature, raw) => {
        const signed: SignedDocument = { document, keyid, signature }
        expect(verifyDocument(signed, [{ keyid, publicKey: raw }])).toBe('forged')
      }),
    )
  })
})
