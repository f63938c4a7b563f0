import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identify, ndefOptions } from '#drivers/pcsc/identify.ts'
import { parseNdef } from '#drivers/pcsc/ndef.ts'
import { readNdef } from '#drivers/pcsc/read-ndef.ts'
import { textMessage, uriMessage } from './ndef.ts'
import { type2Memory } from './type-2-tag.ts'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** A storage card with this memory, behind a reader that gives 16 bytes at once. */
const storageCard = (memory: Buffer) => async (apdu: Uint8Array) => {
  const from = ((apdu[2] ?? 0) * 256 + (apdu[3] ?? 0)) * 4
  const read = memory.subarray(from, from + (apdu[4] ?? 0))
  return read.length === 0 ? Buffer.from('6A82', 'hex') : Buffer.concat([read, Buffer.from('9000', 'hex')])
}

describe('an NDEF message', () => {
  test('gives its address, whatever stands for its beginning', () => {
    const written = Buffer.from('D101085502636C75622E6972', 'hex')
    expect(parseNdef(written)).toEqual([{ kind: 'uri', uri: 'https://www.club.ir', writtenAt: 5, abbreviated: 12 }])
    expect(parseNdef(uriMessage(`https://club.ir/${'x'.repeat(300)}`))).toMatchObject([{ kind: 'uri', abbreviated: 8 }])
  })

  test('gives its text, in either encoding, and passes over what it does not know', () => {
    expect(parseNdef(textMessage('کارت ۱۰۴۲'))).toEqual([{ kind: 'text', text: 'کارت ۱۰۴۲' }])
    const wide = Buffer.from('5101075482656E00410042', 'hex')
    const smart = Buffer.from('9102035370414141', 'hex')
    expect(parseNdef(Buffer.concat([smart, wide]))).toEqual([{ kind: 'other' }, { kind: 'text', text: 'AB' }])
  })

  test('that breaks off gives what stood before', () => {
    const two = Buffer.concat([Buffer.from('9101055504612E6972', 'hex'), textMessage('VAFA-1042').subarray(0, 6)])
    expect(parseNdef(two)).toEqual([{ kind: 'uri', uri: 'https://a.ir', writtenAt: 5, abbreviated: 8 }])
  })

  test('of any bytes at all gives records that stand in it, and never fails', () => {
    const settings = ndefOptions.parse({ sun: {}, rules: [{ prefix: 'a' }] })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(59), (bytes, place) => {
        const message = Buffer.concat([uriMessage('https://club.ir/?picc_data=00&cmac=00'), bytes])
        message[place] = bytes[0] ?? 0
        for (const some of [bytes, message])
          expect(['credential', 'refused']).toContain(identify({ by: 'ndef', message: hexOf(some) }, 0, settings).kind)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('a storage card', () => {
  test.each([0, 20, 100])('gives its message, also one of several blocks (%i letters)', async (letters) => {
    const message = uriMessage(`https://club.ir/c/${'1'.repeat(letters)}`)
    const transmit = storageCard(type2Memory({ uid: Buffer.from('04A1B2C3D4E580', 'hex'), message }))
    expect(await readNdef({ isoDep: false, transmit })).toEqual({ is: 'message', message })
  })

  test('that is empty, is none of this kind, or is locked, carries nothing', async () => {
    const empty = storageCard(type2Memory({ uid: Buffer.alloc(7) }))
    const locked = async () => Buffer.from('6300', 'hex')
    for (const transmit of [empty, storageCard(Buffer.alloc(180)), locked])
      expect(await readNdef({ isoDep: false, transmit })).toEqual({ is: 'none' })
  })

  test.each([0, 1, 9])('that is pulled in the midst of it, with %i bytes of an answer, is torn and not empty', async (bytes) => {
    const whole = storageCard(type2Memory({ uid: Buffer.alloc(7), message: textMessage('VAFA-1042'.repeat(6)) }))
    let asked = 0
    const transmit = async (apdu: Uint8Array) => {
      asked += 1
      const reply = await whole(apdu)
      return asked < 3 ? reply : Buffer.concat([reply.subarray(0, bytes), bytes < 2 ? Buffer.alloc(0) : reply.subarray(-2)])
    }
    expect(await readNdef({ isoDep: false, transmit })).toMatchObject({ is: 'torn' })
  })

  test('whatever any card answers, the reading ends', async () => {
    const answers = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.boolean(), answers, async (isoDep, replies) => {
        let asked = 0
        const transmit = async () => {
          const reply = replies[asked++ % Math.max(1, replies.length)] ?? new Uint8Array()
          return Buffer.concat([reply, Buffer.from('9000', 'hex')])
        }
        expect(['message', 'none', 'torn']).toContain((await readNdef({ isoDep, transmit })).is)
        expect(asked).toBeLessThan(2_100)
      }),
      { numRuns: 500 },
    )
  })
})
