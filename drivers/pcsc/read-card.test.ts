import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReply } from './apdu.ts'
import { readCard } from './read-card.ts'

const storageCard = Buffer.from('3B8F8001804F0CA0000003060300030000000068', 'hex')
const isoDep = Buffer.from('3B8180018080', 'hex')
const aid = Buffer.from('F0766166610001', 'hex')

/** Answers by APDU; what it does not know it refuses, as cards do. Everything in hexadecimal. */
const card = (answers: Record<string, string>) => {
  const asked: string[] = []
  const transmit = async (apdu: Uint8Array) => {
    const name = Buffer.from(apdu).toString('hex').toUpperCase()
    asked.push(name)
    return Buffer.from(answers[name] ?? '6A82', 'hex')
  }
  return { asked, transmit }
}
const getUid = 'FFCA000000'
const select = '00A4040007F076616661000100'

describe('who a card is', () => {
  test('a storage card is its UID, and is not asked for an application', async () => {
    const { asked, transmit } = card({ [getUid]: '04A1B2C3D4E5809000' })
    expect(await readCard({ atr: storageCard, aid, transmit })).toEqual({ by: 'uid', hex: '04A1B2C3D4E580' })
    expect(asked).toEqual([getUid])
  })

  test('a card with the application is what the application says', async () => {
    const { transmit } = card({ [select]: '56414641319000', [getUid]: '081234569000' })
    expect(await readCard({ atr: isoDep, aid, transmit })).toEqual({ by: 'aid', hex: '5641464131' })
  })

  test('without the application, or where it says nothing, the UID counts', async () => {
    for (const answer of ['6A82', '9000']) {
      const { transmit } = card({ [select]: answer, [getUid]: '081234569000' })
      expect(await readCard({ atr: isoDep, aid, transmit })).toEqual({ by: 'uid', hex: '08123456' })
    }
  })

  test('no application configured: only the UID is asked for', async () => {
    const { asked, transmit } = card({ [getUid]: '081234569000' })
    await readCard({ atr: isoDep, aid: undefined, transmit })
    expect(asked).toEqual([getUid])
  })

  test.each([
    ['an empty reply, as when it is pulled', '', /0 bytes/],
    ['a refusal', '6F00', /6F00/],
    ['a UID of a length that none has', '0102039000', /3 bytes/],
    ['a status word alone', '9000', /0 bytes/],
  ])('%s identifies nobody', async (_, answer, reason) => {
    const { transmit } = card({ [getUid]: answer })
    expect(await readCard({ atr: storageCard, aid, transmit })).toEqual({ by: 'nothing', reason: expect.stringMatching(reason) })
  })

  test('whatever a card answers, it is a UID of a real length, application data, or nobody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 3 }),
        async (atr, application, replies) => {
          const left = [...replies]
          const reading = await readCard({ atr, aid: application, transmit: async () => left.shift() ?? new Uint8Array() })
          if (reading.by === 'uid') expect([8, 14, 16, 20]).toContain(reading.hex.length)
          else expect(reading.by === 'nothing' ? reading.reason : reading.hex).not.toBe('')
        },
      ),
    )
  })
})

test('only a reply that ends in 90 00 carries data', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const reply = parseReply(bytes)
      const fine = bytes.length >= 2 && bytes.length <= 258 && bytes.at(-2) === 0x90 && bytes.at(-1) === 0x00
      expect(reply.ok).toBe(fine)
      if (reply.ok) expect(reply.data).toHaveLength(bytes.length - 2)
    }),
  )
})
