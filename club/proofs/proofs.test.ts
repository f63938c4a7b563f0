import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeAt, newCodeSecret, stepOfCode } from './rotating-code.ts'
import { diversifiedKey, verifySun } from './sun.ts'

const zero = '0'.repeat(32)
const keys = { metaReadKey: zero, fileReadKey: zero }
const none = new Uint8Array()

describe('the message of an NTAG 424 DNA', () => {
  test('proves UID and counter (AN12196: both keys zero, the MAC over nothing)', () => {
    const message = { picc: 'EF963FF7828658A599F3041510671E88', mac: '94EED9EE65337086', macInput: none }
    expect(verifySun(message, keys)).toEqual({ uid: '04DE5F1EACC040', counter: 61 })
  })

  test('proves them with a MAC over a part of the address (AN12196)', () => {
    const macInput = new Uint8Array(Buffer.from('CEE9A53E3E463EF1F459635736738962&cmac='))
    const message = { picc: 'FD91EC264309878BE6345CBE53BADF40', mac: 'ECC1E7F6C6C73BF6', macInput }
    expect(verifySun(message, keys)).toEqual({ uid: '04958CAA5C5E80', counter: 8 })
    expect(verifySun({ ...message, macInput: none }, keys)).toBeUndefined()
  })

  test('proves them where the tag shows both in the clear', () => {
    const message = { uid: '04DE5F1EACC040', counter: 61, mac: '94EED9EE65337086', macInput: none }
    expect(verifySun(message, { fileReadKey: zero })).toEqual({ uid: '04DE5F1EACC040', counter: 61 })
    expect(verifySun({ ...message, counter: 62 }, { fileReadKey: zero })).toBeUndefined()
  })

  test('proves nothing under other keys, nor with one bit changed', () => {
    const picc = Buffer.from('EF963FF7828658A599F3041510671E88', 'hex')
    const mac = Buffer.from('94EED9EE65337086', 'hex')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 191 }), (bit) => {
        const all = Buffer.concat([picc, mac])
        all[bit >> 3] = (all[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const hex = all.toString('hex').toUpperCase()
        expect(verifySun({ picc: hex.slice(0, 32), mac: hex.slice(32), macInput: none }, keys)).toBeUndefined()
      }),
    )
    const other = { ...keys, metaReadKey: '1'.padStart(32, '0') }
    expect(verifySun({ picc: picc.toString('hex'), mac: mac.toString('hex'), macInput: none }, other)).toBeUndefined()
  })

  test('can be under a key of the card’s own (AN10922, AES-128)', () => {
    const master = Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex')
    const input = Buffer.from('04782E21801D803042F54E585020416275', 'hex')
    expect(Buffer.from(diversifiedKey(master, input)).toString('hex')).toBe('a8dd63a3b89d54b37ca802473fda9175')
  })
})

describe('the rotating code', () => {
  // RFC 6238, appendix B: the ASCII secret 12345678901234567890, SHA-1, eight digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  test('is that of RFC 6238', () => {
    expect(codeAt(secret, 59_000)).toBe('94287082')
    expect(codeAt(secret, 1_111_111_109_000)).toBe('07081804')
    expect(newCodeSecret()).toMatch(/^[A-Z2-7]{32}$/)
  })

  test('is known in its own half minute and in those beside it', () => {
    expect([29_999, 30_000, 59_999, 89_999].map((at) => stepOfCode(secret, '94287082', at))).toEqual([1, 1, 1, 1])
    expect(stepOfCode(secret, '94287082', 90_000)).toBeUndefined()
    expect(stepOfCode(secret, '94287083', 59_000)).toBeUndefined()
  })
})
