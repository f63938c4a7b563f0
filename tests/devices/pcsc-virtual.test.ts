import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { cardNamed, clubAid } from '#simulators/card/cards.ts'
import { type PresentedCard, presentCard, tap, type VirtualCard } from '#simulators/card/virtual-card.ts'
import { createTestHost, type TestHost } from './test-host.ts'

describe('a virtual reader, with no pcscd', () => {
  let host: TestHost
  let connection: Connection
  let port: number
  const present = new Set<PresentedCard>()

  const lay = async (card: VirtualCard): Promise<PresentedCard> => {
    const presented = await presentCard({ port, card })
    present.add(presented)
    return presented
  }

  beforeEach(async () => {
    host = createTestHost()
    connection = await pcscDriver.connect(pcscDriver.options.parse({ via: 'vpcd', port: 0, aid: clubAid }), host.host)
    port = connection.address?.port ?? 0
  })
  afterEach(async () => {
    await Promise.all([...present].map((card) => card.remove()))
    present.clear()
    await connection.close()
  })
  const kinds = () => host.events.map(({ kind }) => kind)

  test('is reached at the address that it tells, on the loopback only', () => {
    expect(connection.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) })
    expect(port).toBeGreaterThan(0)
  })

  test('a tap is one credential, asked for once, and its end is told', async () => {
    const sara = cardNamed('sara')
    const { asked } = await tap({ port, card: sara })
    await host.event('removed')
    expect(kinds()).toEqual(['credential', 'removed'])
    expect(host.events[0]).toMatchObject({ credential: { kind: 'nfc-uid', value: sara.uid } })
    expect(asked).toEqual(['FFCA000000'])
  })

  test('a random UID is refused, also when it comes again', async () => {
    for (const taps of [1, 2]) {
      const phone = await lay(cardNamed('phone'))
      await expect.poll(() => kinds().filter((kind) => kind === 'refused')).toHaveLength(taps)
      await phone.remove()
      await expect.poll(() => kinds().filter((kind) => kind === 'removed')).toHaveLength(taps)
    }
  })

  test("the club's application is asked first", async () => {
    const app = await lay(cardNamed('app'))
    expect((await host.event('credential')).credential.kind).toBe('iso-dep')
    expect(app.asked).toEqual([expect.stringMatching(/^00A40400/)])
  })

  test('cards that are pulled, answer nonsense, nothing at all, or are no cards: the next one is read', async () => {
    const sara = cardNamed('sara')
    for (const fault of ['pulled', 'garbage', 'empty', 'noise'] as const) {
      const card = await lay({ ...sara, fault })
      if (fault === 'garbage' || fault === 'empty') {
        await expect.poll(() => card.asked.length).toBe(1)
        await card.remove()
      }
      await card.gone
    }
    await tap({ port, card: cardNamed('reza') })
    expect(kinds()).toEqual(['credential', 'removed'])
  })

  test('a mute card is reported until it is taken away', async () => {
    const mute = await lay(cardNamed('mute'))
    await host.healthOf('degraded', /does not answer/)
    await mute.remove()
    await expect.poll(() => host.health.at(-1)?.status).toBe('ready')
    expect(host.events).toEqual([])
  })

  test('one card at a time: a second one is read when the first is gone', async () => {
    const sara = await lay(cardNamed('sara'))
    await host.event('credential')
    await expect(tap({ port, card: cardNamed('mina') })).rejects.toMatchObject({ key: 'sim.unread' })
    const reza = cardNamed('reza')
    await lay(reza)
    expect(kinds()).toEqual(['credential'])
    await sara.remove()
    await host.event('credential', ({ credential }) => credential.value === reza.uid)
    expect(kinds()).toEqual(['credential', 'removed', 'credential'])
  })

  test('whoever talks without being asked is hung up on', async () => {
    const stranger = dial({ host: '127.0.0.1', port })
    stranger.on('error', () => {}).resume()
    stranger.write('GET / HTTP/1.1\r\n\r\n'.repeat(2_000))
    await once(stranger, 'close')
    await tap({ port, card: cardNamed('sara') })
    expect(kinds()).toEqual(['credential', 'removed'])
  })
})
