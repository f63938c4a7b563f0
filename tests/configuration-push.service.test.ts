import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { writeInstallation } from '#cli/installation.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'

const vafa = async (...args: string[]) => {
  const process = startVafa(args)
  return { code: await process.ended, output: process.output() }
}

interface Yaml {
  title: { fa: string }
  club: { url: string; secretFile: string }
  watch?: { port: number }
  devices: object[]
  [key: string]: unknown
}

it('head office pushes a configuration: what works stays, what does not is taken back, what is older is signed as that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-push-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const tillPort = await freePort()
  const { clubConfig, gatewayConfigs } = writeInstallation({
    folder: join(folder, 'club'),
    club: 'test',
    clubPort: await freePort(),
    stores: [
      {
        ...{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }] },
        devices: [{ device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port: tillPort } }],
      },
    ],
  })
  const file = gatewayConfigs.get('s1') ?? ''
  const own = readFileSync(file, 'utf8')
  const club = startVafa(['club', '-c', clubConfig])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  const box = startVafa(['gateway', '-c', file])
  onTestFinished(async () => void (await box.stop()))
  await box.line(/the club answers/)
  await box.line(/till-1.*ready/)

  const config = (...words: string[]) => vafa('club', 'config', ...words, '-c', clubConfig)
  let pushes = 0
  const push = (change: (yaml: Yaml) => void, ...more: string[]) => {
    const yaml = parse(own) as Yaml
    change(yaml)
    pushes += 1
    const pushed = join(folder, `pushed-${pushes}.yaml`)
    writeFileSync(pushed, `# push ${pushes}\n${stringify(yaml)}`)
    return config('push', 's1', pushed, '--who', 'sara', ...more)
  }
  const scanner = await startVirtualScanner({ tcp: { port: 0 } })
  onTestFinished(() => scanner.close())
  const scannerAt = (port: number) => ({
    ...{ device: 'scanner-1', lane: 'lane-1', driver: 'scanner-serial' },
    options: { connection: { tcp: { host: '127.0.0.1', port } } },
  })

  // A device more, and figures for those who watch: the box works by it within seconds, in the same process.
  const watch = { port: await freePort() }
  const good = (yaml: Yaml) => Object.assign(yaml, { watch, devices: [...yaml.devices, scannerAt(scanner.port ?? 0)] })
  expect(await push(good)).toMatchObject({ code: 0, output: 's1 works by version 1\n' })
  expect(readFileSync(file, 'utf8')).toMatch(/^# push 1\n/)
  expect(readFileSync(`${file}.former`, 'utf8')).toBe(own)
  expect((await fetch(`http://127.0.0.1:${watch.port}/readyz`)).status).toBe(200)

  // A device that is not there, and a club that is not there: each is tried, and taken back.
  const nobody = await freePort()
  expect(
    await push((yaml) => Object.assign(yaml, { devices: [...yaml.devices, scannerAt(nobody)] }), '--seconds', '5'),
  ).toMatchObject({ code: 1, output: expect.stringMatching(/did not take version 2: scanner-1: /) })
  const elsewhere = (yaml: Yaml) => Object.assign(good(yaml).club, { url: `mqtt://127.0.0.1:${nobody}` })
  expect(await push((yaml) => void elsewhere(yaml), '--seconds', '5')).toMatchObject({
    code: 1,
    output: expect.stringContaining('did not take version 3: the club does not answer'),
  })
  expect(readFileSync(file, 'utf8')).toMatch(/^# push 1\n/)

  // What can be seen without a trial is refused before: here, and at the box.
  expect(await push((yaml) => Object.assign(yaml, { devices: [{ ...scannerAt(1), driver: 'crystal-ball' }] }))).toMatchObject({
    code: 3,
    output: expect.stringContaining('there is no driver “crystal-ball”'),
  })
  expect(await push((yaml) => void Object.assign(yaml.club, { secretFile: 'secrets/elsewhere' }))).toMatchObject({
    code: 1,
    output: expect.stringMatching(/did not take version 4: .*club\.secretFile.*secrets are put on the box itself/),
  })
  expect(await push((yaml) => Object.assign(yaml, { database: 'data/other.sqlite' }))).toMatchObject({
    code: 1,
    output: expect.stringContaining('database: is “data/gateway.sqlite” here; it cannot be changed from afar'),
  })

  // Forward, and back to what worked last; versions that were refused are no way back.
  expect(await push((yaml) => void Object.assign(good(yaml).title, { fa: 'شعبهٔ دو' }))).toMatchObject({
    code: 0,
    output: 's1 works by version 6\n',
  })
  expect(await config('rollback', 's1', '--who', 'sara')).toMatchObject({ code: 0, output: 's1 works by version 1\n' })
  expect(readFileSync(file, 'utf8')).toMatch(/^# push 1\n/)

  // A technician's own change is taken where it is right, and told as that.
  const told = (...words: string[]) => vafa('club', 'command', 's1', ...words, '-c', clubConfig)
  expect(await told('reload')).toMatchObject({ code: 0, output: expect.stringContaining('"changed": false') })
  writeFileSync(file, own.replace('lanes:', 'lane:'))
  expect(await told('reload')).toMatchObject({ code: 3, output: expect.stringMatching(/gateway\.yaml:\d+: lane/) })
  writeFileSync(file, own)
  expect(await told('reload')).toMatchObject({ code: 0, output: expect.stringContaining('"changed": true') })
  await expect
    .poll(() => config('show', 's1').then(({ output }) => output), { timeout: 20_000 })
    .toMatch(/works by version 1, changed on the box since\n[\s\S]* 1 .* sara {2}back from 6\n/)
}, 120_000)
