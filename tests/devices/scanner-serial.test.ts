import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { scannerSerialDriver } from '#drivers/scanner-serial/driver.ts'
import { openTtyPair, type TtyPair } from '#simulators/line/tty-pair.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { createTestHost, type TestHost } from './test-host.ts'

let pair: TtyPair
let scanner: VirtualScanner
let host: TestHost
let connection: Connection

beforeEach(async () => {
  pair = await openTtyPair()
  scanner = await startVirtualScanner({ tty: { path: pair.b } })
  host = createTestHost('scanner')
  const options = scannerSerialDriver.options.parse({ connection: { serial: { path: pair.a, baudRate: 9_600 } }, as: 'qr' })
  connection = await scannerSerialDriver.connect(options, host.host)
})
afterEach(async () => {
  await connection.close()
  await scanner.close()
  await pair.close()
})

describe('a scanner on a tty', () => {
  test('a code that comes in pieces is one credential', async () => {
    await scanner.scanInPieces('https://vafa.example/m/۱۲۳۴۵', 3)
    const { credential } = await host.event('credential')
    expect(credential).toEqual({ kind: 'qr', value: 'https://vafa.example/m/12345' })
  })

  test('unreadable scans are counted and told once, and a good one ends it', async () => {
    await scanner.garbage()
    await host.healthOf('degraded', /^a scan was unreadable: check the baud rate/)
    await scanner.garbage()
    await scanner.scan('4711')
    await host.event('credential', ({ credential }) => credential.value === '4711')
    await host.healthOf('ready')
    expect(host.health).toHaveLength(2)
  })

  test('the same code twice is two scans', async () => {
    await scanner.scan('4711')
    await scanner.scan('4711')
    await scanner.scan('end')
    await host.event('credential', ({ credential }) => credential.value === 'end')
    expect(host.events).toHaveLength(3)
  })
})
