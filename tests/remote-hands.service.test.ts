import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { connectTill } from '#simulators/till/till-client.ts'

const card = '6261000012345678'
/** What a recording has a device say. */
const said = (recording: string) =>
  recording
    .trim()
    .split('\n')
    .map((line) => Buffer.from((JSON.parse(line) as { hex?: string }).hex ?? '', 'hex').toString())
    .join('')

const vafa = async (...args: string[]) => {
  const process = startVafa(args)
  return { code: await process.ended, output: process.output() }
}

it('head office sees a store’s devices, restarts one, prints a slip and reads the log; who asked stands in the journal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-hands-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const printer = await startVirtualPrinter()
  onTestFinished(() => printer.close())
  const connection = { tcp: { host: '127.0.0.1', port: printer.port } }
  const scanner = await startVirtualScanner({ tcp: { port: 0 } })
  onTestFinished(() => scanner.close())
  const scanning = { tcp: { host: '127.0.0.1', port: scanner.port } }
  const tillPort = await freePort()
  const { clubConfig, gatewayConfigs } = writeInstallation({
    folder: join(folder, 'club'),
    club: 'test',
    clubPort: await freePort(),
    stores: [
      {
        ...{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }] },
        devices: [
          { device: 'printer-1', lane: 'lane-1', driver: 'printer-escpos', options: { connection } },
          { device: 'scanner-1', lane: 'lane-1', driver: 'scanner-serial', options: { connection: scanning } },
          { device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort } },
        ],
      },
    ],
  })
  const club = startVafa(['club', '-c', clubConfig])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  const box = startVafa(['gateway', '-c', gatewayConfigs.get('s1') ?? ''])
  onTestFinished(async () => void (await box.stop()))
  await box.line(/the club answers/)
  await box.line(/printer-1.*ready/)
  const told = (...words: string[]) => vafa('club', 'command', 's1', ...words, '--who', 'sara', '-c', clubConfig)

  expect(await told('devices')).toMatchObject({ code: 0, output: expect.stringMatching(/"printer-1"[\s\S]*"ready"/) })
  expect(await told('test-print', 'lane=lane-1')).toMatchObject({ code: 0, output: expect.stringContaining('"confirmed": true') })
  expect(printer.jobs).toHaveLength(1)
  expect(await told('restart-device', 'device=printer-1')).toMatchObject({ code: 0 })
  expect(await told('restart-device', 'device=printer-9')).toMatchObject({
    code: 1,
    output: expect.stringContaining('there is no device “printer-9”'),
  })
  expect(await told('logs', 'lines=20')).toMatchObject({ code: 0, output: expect.stringContaining('device health') })

  const looked = await told('doctor', '--language', 'en')
  expect(looked).toMatchObject({ code: 0, output: expect.stringMatching(/✓ ok {2}gateway: runs[\s\S]*✓ ok {2}club: /) })

  // A member's number passes on the wire while it is recorded: on one that the box opens, and on one where it listens.
  const readied = (device: string) =>
    box
      .output()
      .split('\n')
      .filter((line) => line.includes(`"device":"${device}"`) && line.includes('"status":"ready"')).length
  const recorded = async (device: string, onWire: () => Promise<void>) => {
    const before = readied(device)
    const capturing = told('capture', `device=${device}`, 'seconds=5')
    await expect.poll(() => readied(device), { timeout: 15_000 }).toBeGreaterThan(before)
    await onWire()
    return capturing
  }
  const scanned = await recorded('scanner-1', () => scanner.scan(card))
  expect(said(scanned.output)).toMatch(/^\d{16}\r$/)
  expect(said(scanned.output)).not.toContain(card)
  const rung = await recorded('till-1', async () => {
    const till = await connectTill({ port: tillPort })
    expect(await till.request({ op: 'present', credential: { kind: 'phone', value: '09121234567' } })).toMatchObject({
      op: 'error',
    })
    await till.close()
    expect(await told('capture', 'device=scanner-1')).toMatchObject({
      code: 1,
      output: expect.stringContaining('till-1 is being recorded'),
    })
  })
  expect(said(rung.output)).toContain('"op":"present"')
  expect(said(rung.output)).not.toContain('09121234567')

  expect(await told('sing')).toMatchObject({ code: 1, output: expect.stringContaining('does not know the command “sing”') })
  expect(await vafa('club', 'command', 's9', 'status', '-c', clubConfig)).toMatchObject({
    code: 1,
    output: expect.stringContaining('no store “s9”'),
  })
  expect(await vafa('club', 'audit', '-c', clubConfig)).toMatchObject({ code: 0, output: expect.stringContaining('10 events') })
}, 120_000)
