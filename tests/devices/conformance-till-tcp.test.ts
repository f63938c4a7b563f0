import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { tillTcpDriver } from '#drivers/till-tcp/driver.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { connectTill, type TillClient } from '#simulators/till/till-client.ts'
import { conformance, type World } from './conformance.ts'

/** The driver listens, so it is its port that is absent (another program has it), and tills that come and go. */
async function tillWorld(): Promise<World> {
  const port = await freePort()
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  let till: TillClient | undefined
  const vanish = async () => {
    await till?.close()
    till = undefined
  }
  const appear = async () => {
    if (!occupant) return
    const closed = once(occupant, 'close')
    occupant.close()
    occupant = undefined
    await closed
  }
  return {
    options: { port },
    appear,
    vanish,
    async garbage() {
      till ??= await connectTill({ port })
      till.sendLine('GET / HTTP/1.1\r\n\0\u{ffff}')
      await till.waitFor(({ op }) => op === 'error')
    },
    async use(connection, host) {
      await vanish()
      till = await connectTill({ port, name: `till-${host.events.length}` })
      const answered = till.request({ op: 'ping' })
      const seen = host.events.length
      const { request } = await host.event('till', (event) => host.events.indexOf(event) >= seen && event.request.op === 'ping')
      connection.till?.send({ op: 'pong', re: request.id })
      await answered
    },
    async end() {
      await vanish()
      await appear()
    },
  }
}

conformance('a till’s port', { driver: tillTcpDriver, world: tillWorld, afterVanish: 'stays' })
