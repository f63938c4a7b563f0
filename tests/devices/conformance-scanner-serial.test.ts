import { expect } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { scannerSerialDriver } from '#drivers/scanner-serial/driver.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { conformance } from './conformance.ts'
import type { TestHost } from './test-host.ts'
import { tcpWorld, ttyWorld } from './worlds.ts'

let codes = 0

const play = {
  start: startVirtualScanner,
  async use(scanner: VirtualScanner, _: Connection, host: TestHost) {
    codes += 1
    const code = `62610000${codes}`
    await scanner.scan(code)
    const event = await host.event('credential', ({ credential }) => credential.value === code)
    expect(event.credential).toEqual({ kind: 'barcode', value: code })
  },
}

conformance('a scanner on a tty', { driver: scannerSerialDriver, world: () => ttyWorld(play) })
conformance('a scanner behind a device server', { driver: scannerSerialDriver, world: () => tcpWorld(play) })
