import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'

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
  const { clubConfig, gatewayConfigs } = writeInstallation({
    folder: join(folder, 'club'),
    club: 'test',
    clubPort: await freePort(),
    stores: [
      {
        ...{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }] },
        devices: [{ device: 'printer-1', lane: 'lane-1', driver: 'printer-escpos', options: { connection } }],
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
  expect(await told('sing')).toMatchObject({ code: 1, output: expect.stringContaining('does not know the command “sing”') })
  expect(await vafa('club', 'command', 's9', 'status', '-c', clubConfig)).toMatchObject({
    code: 1,
    output: expect.stringContaining('no store “s9”'),
  })
  expect(await vafa('club', 'audit', '-c', clubConfig)).toMatchObject({ code: 0, output: expect.stringContaining('6 events') })
}, 60_000)
