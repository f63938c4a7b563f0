import { describe, expect, test } from 'vitest'
import { credential, credentialFault, isRandomUid, normaliseMobile, presentCredential, tokenise } from './credentials.ts'

const key = { keyid: 'k1', secret: Buffer.alloc(32, 7) }

describe('tokens', () => {
  test('the same card gives the same token however a reader writes its UID', () => {
    const tokens = ['04:a2:b3:c4:d5:e6:80', '04A2B3C4D5E680', '04 a2 b3 c4 d5 e6 80'].map(
      (value) => tokenise({ kind: 'nfc-uid', value }, key).token,
    )
    expect(new Set(tokens).size).toBe(1)
  })

  test('the same mobile gives the same token however it is written', () => {
    const tokens = ['09123456789', '+989123456789', '00989123456789', '۰۹۱۲ ۳۴۵ ۶۷۸۹', '٠٩١٢٣٤٥٦٧٨٩'].map(
      (value) => tokenise({ kind: 'phone', value }, key).token,
    )
    expect(new Set(tokens).size).toBe(1)
  })

  test('kind and key are part of the token', () => {
    const value = '12345678'
    const tokens = [
      tokenise({ kind: 'barcode', value }, key),
      tokenise({ kind: 'qr', value }, key),
      tokenise({ kind: 'barcode', value }, { keyid: 'k2', secret: Buffer.alloc(32, 8) }),
    ].map((c) => c.token)
    expect(new Set(tokens).size).toBe(3)
  })

  test('a token shows nothing of the value and fits the wire', () => {
    const made = tokenise({ kind: 'phone', value: '09123456789' }, key)
    expect(JSON.stringify(made)).not.toContain('9123456789')
    expect(credential.parse(made)).toEqual(made)
  })

  test('a credential without token and proof is refused', () => {
    expect(credential.safeParse({ kind: 'qr', keyid: 'k1' }).success).toBe(false)
  })

  test('phones’ random UIDs are known by their first byte', () => {
    expect(isRandomUid('08F1A2B3')).toBe(true)
    expect(isRandomUid('04A2B3C4D5E680')).toBe(false)
    expect(isRandomUid('08A2B3C4D5E680')).toBe(false)
  })

  test('what is no Iranian mobile is not made one', () => {
    for (const text of ['', '0912345678', '08123456789', '+19123456789', '091234567890'])
      expect(normaliseMobile(text)).toBeUndefined()
  })
})

describe('what can be nobody’s credential', () => {
  test.each(['0912', '02188776655', '0912345678901', 'Sara'])(
    'is a phone that is no mobile: %s; the fault does not repeat it',
    (value) => {
      const fault = credentialFault({ kind: 'phone', value })
      expect(fault).toContain('09123456789')
      expect(fault?.replace('09123456789', '').replace('+989123456789', '')).not.toContain(value)
    },
  )

  test('is not a mobile in any of its forms, nor a number that a scanner read', () => {
    expect(credentialFault({ kind: 'phone', value: '۰۹۱۲ ۳۴۵ ۶۷۸۹' })).toBeUndefined()
    expect(credentialFault({ kind: 'barcode', value: '0912' })).toBeUndefined()
  })
})

describe('what only the club can tell', () => {
  const presentationid = '01930000-0000-7000-8000-000000000001'
  const showing = { key, codePrefix: 'VAFA1:', presentationid, at: 1_700_000_000_123 }
  const sun = 'EF963FF7828658A599F3041510671E88.94EED9EE65337086'

  test('the message of an NTAG 424 DNA leaves the box as it is, with the tap that it was read at, and without a token', () => {
    const shown = presentCredential({ kind: 'nfc-sun', value: sun }, showing)
    expect(shown).toEqual({ kind: 'nfc-sun', keyid: 'k1', proof: sun, presentationid })
    expect(credential.parse(shown)).toEqual(shown)
    expect(credentialFault({ kind: 'nfc-sun', value: sun })).toBeUndefined()
    expect(credentialFault({ kind: 'nfc-sun', value: '04DE5F1EACC040' })).toContain('NTAG 424')
  })

  test('a rotating code is known by its prefix, on a code reader of any kind, and carries when it was seen', () => {
    for (const kind of ['qr', 'barcode'] as const)
      expect(presentCredential({ kind, value: 'VAFA1:SARAS4CARD.94287082' }, showing)).toEqual({
        ...{ kind: 'qr', keyid: 'k1', presentationid },
        proof: 'SARAS4CARD.94287082@1700000000123',
      })
    for (const value of ['VAFA1:SARAS4CARD', 'SARAS4CARD.94287082', 'VAFA1:SARAS4CARD.9428708'])
      expect(presentCredential({ kind: 'qr', value }, showing)).toEqual(tokenise({ kind: 'qr', value }, key))
  })

  test('a box cannot say that a token of its own was proven', () => {
    expect(credential.safeParse({ ...tokenise({ kind: 'nfc-sun', value: 'x' }, key), presentationid }).success).toBe(false)
    expect(credential.safeParse({ kind: 'nfc-sun', keyid: 'k1', proof: sun }).success).toBe(false)
  })
})
