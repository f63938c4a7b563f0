import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'vitest'
import { pcscDriver } from '#drivers/pcsc/driver.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { presentCard, type VirtualCard } from '#simulators/card/virtual-card.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { conformance, type World } from './conformance.ts'
import { startTestPcscd } from './private-pcscd.ts'
import type { TestHost } from './test-host.ts'

/** A card on its reader, however it got there. */
interface Laid {
  remove(): Promise<unknown>
  readonly gone: Promise<unknown>
}

let cards = 0

/** One tap of a card that was never seen before: it is told, and so is its end. */
async function tapNew(lay: (card: VirtualCard) => Promise<Laid>, host: TestHost): Promise<void> {
  cards += 1
  const uid = `04${cards.toString(16).toUpperCase().padStart(12, '0')}`
  const removals = () => host.events.filter(({ kind }) => kind === 'removed').length
  const before = removals()
  const card = await lay({ ...cardNamed('sara'), uid })
  await host.event('credential', ({ credential }) => credential.value === uid)
  await card.remove()
  await expect.poll(removals, { timeout: 5_000 }).toBe(before + 1)
}

conformance('a card reader by way of pcscd', {
  driver: pcscDriver,
  async world(): Promise<World> {
    const pcscd = await startTestPcscd()
    // Its socket's file stays: what is absent is not always missing.
    await pcscd.kill()
    return {
      options: { via: 'pcscd', socket: pcscd.socket },
      appear: () => pcscd.restart(),
      vanish: () => pcscd.kill(),
      async garbage() {
        await (await pcscd.insert(0, cardNamed('pulled'))).gone
        await pcscd.insert(1, cardNamed('garbage'))
      },
      use: (_, host) => tapNew((card) => pcscd.insert(0, card), host),
      end: () => pcscd.close(),
    }
  },
})

conformance('a virtual card reader', {
  driver: pcscDriver,
  afterVanish: 'stays',
  async world(): Promise<World> {
    const port = await freePort()
    const occupant = createServer().listen({ port, host: '127.0.0.1' })
    await once(occupant, 'listening')
    const leave = async () => {
      if (!occupant.listening) return
      occupant.close()
      await once(occupant, 'close')
    }
    return {
      options: { via: 'vpcd', port },
      appear: leave,
      async vanish() {
        await (await presentCard({ port, card: cardNamed('pulled') })).gone
      },
      async garbage() {
        const noise = await presentCard({ port, card: { ...cardNamed('sara'), fault: 'noise' } })
        await noise.remove()
      },
      use: (_, host) => tapNew((card) => presentCard({ port, card }), host),
      end: leave,
    }
  },
})
