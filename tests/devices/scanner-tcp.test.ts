import { afterEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { scannerTcpDriver } from '#drivers/scanner-tcp/driver.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

async function listening(
  listen: object = {},
  more: object = {},
): Promise<{ host: TestHost; connection: Connection; port: number }> {
  const host = createTestHost('scanners')
  const options = scannerTcpDriver.options.parse({ connection: { listen: { port: 0, ...listen } }, ...more })
  const connection = await scannerTcpDriver.connect(options, host.host)
  opened.push(connection)
  return { host, connection, port: connection.address?.port ?? 0 }
}

async function calling(port: number, host = '127.0.0.1'): Promise<VirtualScanner> {
  const scanner = await startVirtualScanner({ calls: { host, port } })
  opened.push(scanner)
  return scanner
}

const codes = ({ events }: TestHost) => events.flatMap((event) => (event.kind === 'credential' ? event.credential.value : []))

describe('scanners that call the box', () => {
  test('half a code of one never joins a code of another', async () => {
    const { host, port } = await listening()
    const [first, second] = [await calling(port), await calling(port)]
    await first.scanHalf('12345678')
    await second.scan('99')
    await host.event('credential', ({ credential }) => credential.value === '99')
    await first.close()
    await second.scan('77')
    await host.event('credential', ({ credential }) => credential.value === '77')
    expect(codes(host)).toEqual(['99', '77'])
  })

  test('each stands at the lane that its address has', async () => {
    const scanners = [
      { from: '127.0.0.1', lane: 'lane-1' },
      { from: '127.0.0.2', lane: 'lane-2' },
    ]
    const options = scannerTcpDriver.options.parse({ connection: { listen: { port: 0, scanners } } })
    expect(scannerTcpDriver.lanes?.(options)).toEqual(['lane-1', 'lane-2'])
    const { host, port } = await listening({ scanners })
    const second = await calledFrom('127.0.0.2', port)
    await second.scan('4711')
    expect(await host.event('credential')).toMatchObject({ lane: 'lane-2', credential: { value: '4711' } })
    await second.scan('6260100110014')
    expect(await host.event('scan')).toMatchObject({ lane: 'lane-2', scan: { is: 'product', gtin: '06260100110014' } })
  })

  test('whoever is none of them is sent away', async () => {
    const { host, port } = await listening({ scanners: [{ from: '127.0.0.2' }] })
    const stranger = await calling(port)
    await stranger.hungUp()
    const known = await calledFrom('127.0.0.2', port)
    await known.scan('4711')
    await host.event('credential')
    expect(codes(host)).toEqual(['4711'])
  })

  test('one that sends rubbish is named, and forgotten when it goes', async () => {
    const { host, port } = await listening()
    const scanner = await calling(port)
    await scanner.garbage()
    await host.healthOf('degraded', /scanner 127\.0\.0\.1/)
    scanner.hangUp()
    await host.healthOf('ready')
  })

  test('a port that other machines reach must be meant', async () => {
    await expect(listening({ host: '0.0.0.0' })).rejects.toMatchObject({ key: 'device.insecure' })
    await listening({ host: '0.0.0.0', insecure: true })
  })

  test('a lane for some of them and none for others is refused', () => {
    const scanners = [{ from: '127.0.0.1', lane: 'lane-1' }, { from: '127.0.0.2' }]
    const result = scannerTcpDriver.options.safeParse({ connection: { listen: { port: 0, scanners } } })
    expect(result.success).toBe(false)
  })
})

/** From an address of this machine's own: all of 127/8 is. */
async function calledFrom(localAddress: string, port: number): Promise<VirtualScanner> {
  const scanner = await startVirtualScanner({ calls: { port, from: localAddress } })
  opened.push(scanner)
  return scanner
}
