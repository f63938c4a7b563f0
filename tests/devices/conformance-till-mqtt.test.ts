import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tillMqttDriver } from '#drivers/till-mqtt/driver.ts'
import { connectMqttTill, type MqttTill } from '#simulators/till/mqtt-till.ts'
import { conformance, type World } from './conformance.ts'
import { occupiedPort } from './till-worlds.ts'

/** The driver listens, so it is its port that is absent (another program has it), and tills that come and go. */
async function tillWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-till-'))
  writeFileSync(join(folder, 'lane-1'), 'the password of lane-1')
  const { port, give } = await occupiedPort()
  let till: MqttTill | undefined
  const connect = () =>
    connectMqttTill({ port, club: 'vafa', store: 'store-under-test', lane: 'lane-1', password: 'the password of lane-1' })
  const vanish = async () => {
    await till?.vanish()
    till = undefined
  }
  return {
    options: { club: 'vafa', port, lanes: [{ lane: 'lane-1', secretFile: join(folder, 'lane-1') }] },
    appear: give,
    vanish,
    async garbage() {
      till ??= await connect()
      await till.publish('\0 no request')
      await till.waitFor(({ op }) => op === 'error')
    },
    async use(connection, host) {
      await vanish()
      till = await connect()
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

conformance('the box’s own broker', { driver: tillMqttDriver, world: tillWorld, afterVanish: 'stays' })
