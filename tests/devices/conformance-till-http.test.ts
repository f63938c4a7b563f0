import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tillHttpDriver } from '#drivers/till-http/driver.ts'
import { type HttpTill, openHttpTill } from '#simulators/till/http-till.ts'
import { conformance, type World } from './conformance.ts'
import { occupiedPort } from './till-worlds.ts'

const secret = 'the key of the till at lane-1, long enough'.replaceAll(' ', '-')

/** The driver listens, so it is its port that is absent (another program has it), and tills that come and go. */
async function tillWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-till-'))
  writeFileSync(join(folder, 'till-1'), secret)
  const { port, give } = await occupiedPort()
  let till: HttpTill | undefined
  const vanish = async () => {
    await till?.close()
    till = undefined
  }
  return {
    options: { port, tills: [{ till: 'till-1', lane: 'lane-1', secretFile: join(folder, 'till-1') }] },
    appear: give,
    vanish,
    async garbage() {
      till ??= openHttpTill({ port, secret })
      await till.fault('garbage')
    },
    async use(connection, host) {
      await vanish()
      till = openHttpTill({ port, secret })
      const seen = host.events.length
      const answered = till.request({ op: 'ping' })
      const { request, lane } = await host.event('till', (event) => host.events.indexOf(event) >= seen)
      connection.tills?.get(lane ?? '')?.send({ op: 'pong', re: request.id })
      await answered
    },
    async end() {
      await vanish()
      await give()
      rmSync(folder, { recursive: true })
    },
  }
}

conformance('a till’s HTTP port', { driver: tillHttpDriver, world: tillWorld, afterVanish: 'stays' })
