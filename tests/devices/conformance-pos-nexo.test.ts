import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { posNexoDriver } from '#drivers/pos-nexo/driver.ts'
import { createNexoTill } from '#simulators/nexo-till/nexo-till.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { conformance, type World } from './conformance.ts'

/** The driver listens, so it is its port that is absent (another program has it), and tills that come and go. */
async function nexoWorld(): Promise<World> {
  const port = await freePort()
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  const party = { saleid: 'Till-1', poiid: 'VAFA-1' }
  const till = createNexoTill({ ...party, port, trust: 'none' })
  const appear = async () => {
    if (!occupant) return
    const closed = once(occupant, 'close')
    occupant.close()
    occupant = undefined
    await closed
  }
  return {
    options: { port, tills: [party] },
    appear,
    async vanish() {
      till.fault('hang up')
      await till.call('Diagnosis', {}).catch(() => {})
    },
    async garbage() {
      till.fault('garbage')
      await till.call('Diagnosis', {})
    },
    async use(connection, host) {
      const seen = host.events.length
      const asked = till.call('BalanceInquiry', {
        LoyaltyAccountReq: { LoyaltyAccountID: { IdentificationType: 'PhoneNumber', LoyaltyID: '09120000001' } },
      })
      for (const op of ['present', 'cancel'] as const) {
        const { request } = await host.event('till', (event) => host.events.indexOf(event) >= seen && event.request.op === op)
        if (op === 'present') connection.till?.send({ op: 'member', re: request.id, balances: [], prompts: [] })
        else connection.till?.send({ op: 'cancelled', re: request.id })
      }
      const { response } = await asked
      if (response?.Result !== 'Success') throw new Error(`the till heard ${JSON.stringify(response)}`)
    },
    end: appear,
  }
}

conformance('a port for nexo', { driver: posNexoDriver, world: nexoWorld, afterVanish: 'stays' })
