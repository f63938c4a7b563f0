import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identify, type NdefOptions } from '#drivers/pcsc/identify.ts'
import { overheard, readCard } from '#drivers/pcsc/read-card.ts'
import type { CardExchange } from '#drivers/pcsc/transport.ts'
import { type CardName, cardNamed, clubAid } from '../card/cards.ts'
import { answering, type VirtualCard } from '../card/virtual-card.ts'
import { createMask } from './mask.ts'
import { maskedExchange } from './mask-card.ts'

const site = 'https://vafa.example/c/'
const ndef: NdefOptions = {
  sun: { url: `${site}?`, picc: 'picc_data', uid: 'uid', counter: 'ctr', mac: 'cmac' },
  rules: [
    { prefix: `${site}w/`, is: 'qr', take: 'whole' },
    { prefix: 'VAFA-', is: 'member-number', take: 'whole' },
  ],
}
const masking = {
  mask: createMask(Buffer.from('a key of this test')),
  aid: clubAid,
  ndef: 'read' as const,
  prefixes: [...ndef.rules.map(({ prefix }) => prefix), `${site}?`],
}

async function read(card: VirtualCard) {
  const said: [string, string][] = []
  const answer = answering(card, card.uid, 1_000_000)
  const transmit = async (apdu: Uint8Array) => {
    const reply = answer(apdu)
    return typeof reply === 'string' ? new Uint8Array() : reply
  }
  const atr = Buffer.from(card.atr, 'hex')
  const identity = await readCard({ atr, aid: Buffer.from(clubAid, 'hex'), ndef: 'read', transmit: overheard(transmit, said) })
  const exchange: CardExchange = { reader: 'r', atr: card.atr.toLowerCase(), said }
  return { exchange, told: identity.by === 'nothing' ? identity : identify(identity, 0, ndef) }
}

const readAgain = ({ atr, said }: CardExchange) => read({ atr, uid: '', recorded: said })

describe('a recorded card', () => {
  test.each(['sara', 'reza', 'mina', 'sima', 'text', 'wallet', 'app', 'foreign'] satisfies CardName[])(
    '%s is read as the same kind of card, and is another',
    async (name) => {
      const { exchange, told } = await read(cardNamed(name))
      const masked = await maskedExchange(exchange, masking)
      const again = await readAgain(masked)
      expect(again.told).toMatchObject({ kind: 'credential' })
      if (!('credential' in told) || !('credential' in again.told)) throw new Error('nobody was identified')
      expect(again.told.credential.kind).toBe(told.credential.kind)
      expect(again.told.credential.value).not.toBe(told.credential.value)
      const { uid } = cardNamed(name)
      if (uid !== 'random') expect(JSON.stringify(masked)).not.toContain(uid.slice(2).toLowerCase())
      expect(masked.said.map(([command, answer]) => [command, answer.length])).toEqual(
        exchange.said.map(([command, answer]) => [command.toLowerCase(), answer.length]),
      )
    },
  )

  test('that comes twice comes twice in the recording', async () => {
    const { exchange } = await read(cardNamed('sara'))
    expect(await maskedExchange(exchange, masking)).toEqual(await maskedExchange(exchange, masking))
  })

  test('that was not read to its end keeps nothing that it carries', async () => {
    const { exchange } = await read(cardNamed('text'))
    const torn = { ...exchange, said: exchange.said.slice(0, 2) }
    const masked = JSON.stringify(await maskedExchange(torn, masking))
    expect(masked).not.toContain(Buffer.from('1042').toString('hex'))
  })

  test('10,000 arbitrary exchanges never throw', async () => {
    const bytes = fc.uint8Array({ maxLength: 24 }).map((data) => Buffer.from(data).toString('hex'))
    const command = fc.oneof(bytes, fc.constantFrom('ffca000000', 'ffb0000310', '00b0000002', '00a4000c02e104'))
    const said = fc.array(fc.tuple(command, bytes), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(
        said,
        fc.constantFrom('3b8180018080', '3b8f8001804f0ca0000003060300030000000068', ''),
        async (all, atr) => {
          const masked = await maskedExchange({ reader: 'r', atr, said: all }, masking)
          return masked.said.length === all.length
        },
      ),
      { numRuns: 10_000 },
    )
  })

  test('the answer to a command that the driver does not know keeps its status alone', async () => {
    const said = [['80ca9f7f00', '0102039000']] as const
    expect((await maskedExchange({ reader: 'r', atr: '3b8180018080', said }, masking)).said).toEqual([['80ca9f7f00', '9000']])
  })
})
