import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { expect } from 'vitest'
import { networkOf } from '#agent/terminal/requests.ts'
import type { Connection } from '#drivers/contract.ts'
import { posIso8583Driver } from '#drivers/pos-iso8583/driver.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVirtualTerminal, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { answerAsLane } from './answering-lane.ts'
import { conformance, type World } from './conformance.ts'
import type { TestHost } from './test-host.ts'

const connections = new WeakMap<TestHost, Connection>()

async function signOn(terminal: VirtualTerminal, connection: Connection, host: TestHost): Promise<void> {
  if (!connections.has(host)) answerAsLane(host, () => connections.get(host) ?? connection)
  connections.set(host, connection)
  const answer = await terminal.ask(networkOf(terminal.begin(), '001', { operator: 'زهرا' }))
  expect(answer.code).toBe('00')
}

/** The driver listens, so it is its port that is absent (another program has it), and terminals that come and go. */
async function portWorld(): Promise<World> {
  const port = await freePort()
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  let terminal: VirtualTerminal | undefined
  const vanish = async () => {
    await terminal?.close()
    terminal = undefined
  }
  const call = () => startVirtualTerminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port } } })
  const appear = async () => {
    if (!occupant) return
    const closed = once(occupant, 'close')
    occupant.close()
    occupant = undefined
    await closed
  }
  return {
    options: { terminals: [{ terminal: 'T1', lane: 'lane-1', port }] },
    appear,
    vanish,
    async garbage() {
      terminal ??= await call()
      await terminal.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    },
    async use(connection, host) {
      await vanish()
      terminal = await call()
      await signOn(terminal, connection, host)
    },
    async end() {
      await vanish()
      await appear()
    },
  }
}

async function serialWorld(): Promise<World> {
  const pair = await openTtyPair({ start: 'unplugged' })
  let terminal: VirtualTerminal | undefined
  const vanish = async () => {
    await pair.unplug()
    await terminal?.close()
    terminal = undefined
  }
  const there = (): VirtualTerminal => {
    if (!terminal) throw new Error('the terminal has not appeared')
    return terminal
  }
  return {
    options: {
      serial: { path: pair.a, baudRate: 115_200 },
      bitmap: 'hex',
      terminals: [{ terminal: 'T1', lane: 'lane-1' }],
    },
    async appear() {
      await pair.plug()
      terminal = await startVirtualTerminal({
        terminal: 'T1',
        bitmap: 'hex',
        to: { serial: { path: pair.b, baudRate: 115_200 } },
      })
    },
    vanish,
    garbage: () => there().send(Buffer.from('\x02020\x15\x06rubbish\x03\x00')),
    use: (connection, host) => signOn(there(), connection, host),
    async end() {
      await vanish()
      await pair.close()
    },
  }
}

conformance('terminals on a port', { driver: posIso8583Driver, world: portWorld, afterVanish: 'stays' })
conformance('a terminal on a tty', { driver: posIso8583Driver, world: serialWorld })
