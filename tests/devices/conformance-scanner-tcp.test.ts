import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { expect } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { scannerTcpDriver } from '#drivers/scanner-tcp/driver.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { conformance, type World } from './conformance.ts'
import type { TestHost } from './test-host.ts'
import { tcpWorld } from './worlds.ts'

let codes = 0

async function scanOne(scanner: VirtualScanner, host: TestHost): Promise<void> {
  codes += 1
  const code = `62610000${codes}`
  await scanner.scan(code)
  const event = await host.event('credential', ({ credential }) => credential.value === code)
  expect(event.credential).toEqual({ kind: 'barcode', value: code })
}

/** The driver listens, so it is its port that is absent (another program has it), and scanners that come and go. */
async function callingWorld(): Promise<World> {
  const port = await freePort()
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  let scanner: VirtualScanner | undefined
  const called = async () => {
    scanner ??= await startVirtualScanner({ calls: { port } })
    return scanner
  }
  const vanish = async () => {
    await scanner?.close()
    scanner = undefined
  }
  const appear = async () => {
    if (!occupant) return
    const closed = once(occupant, 'close')
    occupant.close()
    occupant = undefined
    await closed
  }
  return {
    options: { connection: { listen: { port } } },
    appear,
    vanish,
    garbage: async () => (await called()).garbage(),
    async use(_: Connection, host) {
      await vanish()
      await scanOne(await called(), host)
    },
    async end() {
      await vanish()
      await appear()
    },
  }
}

conformance('a port that scanners call', { driver: scannerTcpDriver, world: callingWorld, afterVanish: 'stays' })
conformance('a scanner that is called', {
  driver: scannerTcpDriver,
  world: () => tcpWorld({ start: startVirtualScanner, use: (scanner, _, host) => scanOne(scanner, host) }),
})
