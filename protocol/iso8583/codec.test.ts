import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage } from './codec.ts'
import { type FieldFormat, type FieldNumber, formatOf, profileFields } from './fields.ts'
import type { MacKey } from './mac.ts'
import { macHolds, macOf } from './mac.ts'
import { type Dialect, dialects, type IsoMessage } from './message.ts'

const clubPrefixes = ['6037', '98']
const decode = (bytes: Uint8Array, dialect: Dialect) => decodeMessage(bytes, { dialect, clubPrefixes })
const key: MacKey = { algorithm: 'aes-cmac', key: Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex') }

const sale: IsoMessage = {
  mti: '0200',
  fields: { 3: '000000', 4: '000000450000', 7: '1122080000', 11: '000017', 12: '113000', 13: '1122', 41: 'T1', 60: 'BN0011' },
}

/** Values as each format takes them, so that a message comes back as it went. */
const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((d) => d.join(''))
const texts: Record<FieldFormat['content'], (length: number, fixed: boolean) => fc.Arbitrary<string>> = {
  n: (length, fixed) => (fixed ? digits(length) : fc.integer({ min: 0, max: length }).chain(digits)),
  an: (length) => fc.string({ unit: fc.constantFrom(...'0123456789ABCXYZabc'), minLength: length, maxLength: length }),
  ans: (length, fixed) =>
    fixed
      ? fc.string({ unit: fc.constantFrom(...'AZ09 -/?'), maxLength: length }).map((text) => text.trimEnd())
      : fc.string({ unit: fc.constantFrom(...'aZ0 ;\nرسید۱۲‌'), maxLength: Math.floor(length / 3) }),
  z: () => fc.constantFrom('6037991234567890=99121010000', '6037D'),
  b: (length) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex').toUpperCase()),
  'x+n': (length) => digits(length - 1).map((d) => `C${d}`),
}
const free = (Object.keys(profileFields).map(Number) as FieldNumber[]).filter((field) => ![2, 48, 64, 128].includes(field))
const anyMessage = fc
  .record(
    Object.fromEntries(
      free.map((field) => {
        const { content, length, prefix } = formatOf(field) as FieldFormat
        return [field, texts[content](length, prefix === 0)]
      }),
    ),
    { requiredKeys: [] },
  )
  .map((fields): IsoMessage => ({ mti: '0200', fields }))

describe('a message', () => {
  test.each(dialects)('comes back as it went, signed or not (%s)', (dialect) => {
    fc.assert(
      fc.property(anyMessage, fc.boolean(), (message, signed) => {
        const decoded = decode(encodeMessage(message, { dialect, ...(signed ? { mac: key } : {}) }), dialect)
        if (!decoded.ok) throw new Error(decoded.reason)
        const { 64: first, 128: second, ...fields } = decoded.message.fields
        expect(fields).toEqual(message.fields)
        expect((first ?? second) !== undefined).toBe(signed)
      }),
      { numRuns: 500 },
    )
  })

  test('is written as the standard says: type, bitmap, fields in their order', () => {
    const fields = ['000000', '000000450000', '1122080000', '000017', '113000', '1122', 'T1      ', '006BN0011']
    expect(encodeMessage(sale, { dialect: 'hex' }).toString('latin1')).toBe(`02003238000000800010${fields.join('')}`)
    expect(encodeMessage(sale, { dialect: 'binary' }).subarray(0, 12).toString('hex')).toBe('303230303238000000800010')
  })

  test('has a second bitmap where it needs one, and its MAC moves there', () => {
    const undo: IsoMessage = { mti: '0400', fields: { 11: '000017', 90: '0'.repeat(42) } }
    const bytes = encodeMessage(undo, { dialect: 'hex', mac: key })
    expect(bytes.toString('latin1', 4, 36)).toBe('80200000000000000000004000000001')
    const decoded = decode(bytes, 'hex')
    expect(decoded).toMatchObject({ ok: true, mac: { covers: bytes.length - 16 } })
    if (decoded.ok && decoded.mac) expect(macHolds(bytes.subarray(0, decoded.mac.covers), decoded.mac.value, key)).toBe(true)
  })

  test('whose one bit was changed is not signed any more', () => {
    const bytes = encodeMessage(sale, { dialect: 'binary', mac: key })
    for (let at = 0; at < bytes.length * 8; at += 7) {
      const changed = Buffer.from(bytes)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      const decoded = decode(changed, 'binary')
      const holds = decoded.ok && decoded.mac && macHolds(changed.subarray(0, decoded.mac.covers), decoded.mac.value, key)
      expect(holds || false).toBe(false)
    }
  })

  test('that does not fit its format is not written, and the error repeats no value', () => {
    const wrong = (fields: IsoMessage['fields']) => () => encodeMessage({ mti: '0200', fields }, { dialect: 'hex' })
    expect(wrong({ 4: 'much' })).toThrow(/DE 4 takes n 12/)
    expect(wrong({ 39: '000' })).toThrow(RangeError)
    expect(wrong({ 63: 'x'.repeat(1_000) })).toThrow(RangeError)
    expect(wrong({ 41: 'سلام' })).toThrow(RangeError)
    expect(wrong({ 2: '6037x' })).not.toThrow(/6037/)
  })

  test('carries fields of the standard that have no meaning here: they are read over', () => {
    const pin = Buffer.from(`0200${'2020000000001000'}000000000017${'0123456789ABCDEF'}`, 'latin1')
    expect(decode(pin, 'hex')).toMatchObject({ ok: true, dropped: [52], message: { fields: { 11: '000017' } } })
  })
})

describe('card numbers', () => {
  const with48 = (value: string) => {
    const text = `CR${String(value.length).padStart(3, '0')}${value}TL003100`
    return decode(encodeMessage({ mti: '0100', fields: { 48: text } }, { dialect: 'hex' }), 'hex')
  }
  const kept = (fields: IsoMessage['fields']) => {
    const decoded = decode(encodeMessage({ mti: '0100', fields }, { dialect: 'binary' }), 'binary')
    return decoded.ok ? [decoded.message.fields, decoded.dropped] : decoded
  }

  test('of the club pass, any other is dropped as it is read', () => {
    expect(kept({ 35: '6037991234567890=99121010000' })).toEqual([{ 35: '6037991234567890=99121010000' }, []])
    expect(kept({ 35: '4111111111111111=29121010000' })).toEqual([{}, [35]])
    expect(kept({ 2: '4111111111111111', 11: '000001' })).toEqual([{ 11: '000001' }, [2]])
  })

  test('pass nobody where the club has named no prefix', () => {
    const bytes = encodeMessage({ mti: '0100', fields: { 2: '6037991234567890' } }, { dialect: 'hex' })
    expect(decodeMessage(bytes, { dialect: 'hex', clubPrefixes: [] })).toMatchObject({ ok: true, dropped: [2] })
  })

  test.each([
    'barcode:4111111111111111',
    'qr:%B4111111111111111^A/B^2912',
    'magstripe:5022291234567890',
    'member-number:4111 1111 1111 1111',
  ])('of a bank are taken out of the private field too: %s', (value) => {
    const decoded = with48(value)
    expect(decoded).toMatchObject({ ok: true, message: { fields: { 48: 'TL003100' } } })
    expect(JSON.stringify(decoded)).not.toContain('4111')
  })

  test.each(['phone:09123456789', 'barcode:6260100110011', 'nfc-uid:04A1B2C3D4E5F6', 'magstripe:6037991234567890'])(
    'that are none are left there: %s',
    (value) => {
      expect(with48(value)).toMatchObject({ message: { fields: { 48: expect.stringContaining(value) } } })
    },
  )
})

describe('bytes from outside', () => {
  test('whatever they are: a message or a reason, never an exception', () => {
    const valid = dialects.flatMap((dialect) => [
      encodeMessage(sale, { dialect }),
      encodeMessage({ mti: '0400', fields: { ...sale.fields, 90: '0'.repeat(42), 63: 'TX004رس' } }, { dialect, mac: key }),
    ])
    const mutated = fc
      .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat())
      .map(([bytes, changes, cut]) => {
        const copy = Buffer.from(bytes)
        for (const [at, byte] of changes) copy[at % copy.length] = byte
        return cut % 3 === 0 ? copy.subarray(0, cut % copy.length) : copy
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), fc.constantFrom(...dialects), (bytes, dialect) => {
        const decoded = decode(bytes, dialect)
        if (!decoded.ok) expect(decoded.reason).toMatch(/^[A-Za-z]/)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('message authentication', () => {
  test('by AES-CMAC gives the vectors of RFC 4493', () => {
    expect(macOf(new Uint8Array(0), key).toString('hex')).toBe('bb1d6929e9593728')
    expect(macOf(Buffer.from('6bc1bee22e409f96e93d7e117393172a', 'hex'), key).toString('hex')).toBe('070a16b46b4d4144')
  })

  test('by the retail MAC gives the vector of ISO/IEC 9797-1, annex B', () => {
    const retail: MacKey = { algorithm: 'retail', key: Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex') }
    expect(macOf(Buffer.from('Now is the time for all '), retail).toString('hex')).toBe('a1c72e74ea3fa9b6')
  })
})
