import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import type { UpdateStanding } from '#club/fleet/updates.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey } from '#protocol/signing.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startProcess, startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { buildTinyPackage, emptyRoot } from './tiny-packages.ts'

const vafa = async (...args: string[]) => {
  const process = startVafa(args)
  return { code: await process.ended, output: process.output() }
}

/** A club with an authority of its own, as a process. */
async function startTrustingClub(folder: string) {
  mkdirSync(join(folder, 'secrets'), { recursive: true })
  writeFileSync(join(folder, 'secrets/pepper'), 'the secret of the club\n')
  writeFileSync(join(folder, 'secrets/token-key'), `${'k'.repeat(43)}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  const file = join(folder, 'club.yaml')
  const enrolment = await freePort()
  writeFileSync(
    file,
    stringify({
      club: 'demo',
      listen: { port: await freePort() },
      trust: { names: ['localhost', '127.0.0.1'], listen: { port: await freePort() }, enrolment: { port: enrolment } },
      pepperFile: 'secrets/pepper',
      sealingKeyFile: 'secrets/sealing.json',
      programmeKeyFile: 'secrets/programme.json',
      tokenKey: { keyid: 'k1', secretFile: 'secrets/token-key' },
      stores: [{ store: 's1' }, { store: 's2' }],
    }),
  )
  expect(await vafa('club', 'trust', 'init', '-c', file)).toMatchObject({ code: 0 })
  const club = startVafa(['club', '-c', file])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  return { file, enrolment }
}

/** A machine whose Vafa lies in a root of its own; what ends is started again from there, as systemd does. */
function machine(root: string, configFile: string) {
  let box: WatchedProcess | undefined
  let said = ''
  let over = false
  const run = async () => {
    while (!over) {
      box = startProcess(process.execPath, [join(root, 'opt/vafa/cli/vafa.js'), 'gateway', '-c', configFile])
      writeFileSync(join(root, 'run/box.pid'), String(box.pid))
      await box.ended
      said += box.output()
      // RestartSec.
      if (!over) await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }
  const running = run()
  onTestFinished(async () => {
    over = true
    await box?.stop()
    await running
  })
  return { said: () => said + (box?.output() ?? '') }
}

it('an update goes to its first stage, proves itself and goes on; one that does not work is rolled back by the box itself, and halts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-update-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { file: clubFile, enrolment } = await startTrustingClub(join(folder, 'club'))
  const root = join(folder, 'root')
  const dpkgOptions = emptyRoot(root)
  const out = join(folder, 'packages')
  mkdirSync(out)
  const installed = () =>
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
    execFileSync('dpkg-query', [`--root=${root}`, '--show', '--showformat=${Version}', 'vafa'], { encoding: 'utf8' })

  // The machine as a technician leaves it: the package, a box's identity, and whose updates it trusts.
  execFileSync('dpkg', [...dpkgOptions, '--install', buildTinyPackage({ out, version: '0.1.0' })], { stdio: 'ignore' })
  const code =
    /^(?:\s*)((?:[A-Z0-9]{5}-){5}[A-Z0-9]{5})/m.exec((await vafa('club', 'box', 'code', 's1', '-c', clubFile)).output)?.[1] ?? ''
  const home = join(folder, 'box')
  expect(await vafa('gateway', 'enrol', code, '--club', `127.0.0.1:${enrolment}`, '--folder', home)).toMatchObject({ code: 0 })
  const file = join(home, 'gateway.yaml')
  const [keys, work] = [join(folder, 'etc/update-keys.json'), join(folder, 'work')]
  const installer = ['gateway', 'install-update', '-c', file, '--keys', keys, '--work', work]
  const command = [
    ...[process.execPath, join(root, 'opt/vafa/cli/vafa.js'), ...installer],
    ...dpkgOptions.map((option) => `--dpkg-option=${option}`),
  ]
  const updates = { keysFile: keys, outcomeFile: join(work, 'outcome.json'), command }
  writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), updates }))
  expect(await vafa('gateway', 'update-keys', '-c', file, '--out', keys)).toMatchObject({ code: 0 })
  const box = machine(root, file)
  await expect.poll(box.said, { timeout: 15_000 }).toContain('the club answers')

  const update = async (...words: string[]): Promise<UpdateStanding> => {
    const { code: ended, output } = await vafa('club', 'update', ...words, '--json', '--who', 'sara', '-c', clubFile)
    if (ended !== 0) throw new Error(output)
    return JSON.parse(output)
  }
  const stages = ['--stage', 'canary=s1', '--stage', 'rest']
  const s1 = async () => (await update('show')).stores.find(({ store }) => store === 's1')

  const good = buildTinyPackage({ out, version: '0.2.0' })
  expect(await update('start', good, ...stages, '--seconds', '60')).toMatchObject({
    stores: [
      { store: 's1', stage: 'canary', progress: 'has its turn' },
      { store: 's2', stage: 'rest', progress: 'waits' },
    ],
  })
  await expect.poll(s1, { timeout: 40_000, interval: 1_000 }).toMatchObject({ progress: 'done', version: '0.2.0' })
  expect(installed()).toBe('0.2.0')
  expect(await update('show')).toMatchObject({ rollout: { stage: 1 }, stores: [{}, { store: 's2', progress: 'away' }] })
  expect(existsSync(join(home, 'updates/request.json'))).toBe(false)

  // One that dies at its start.
  const change = { path: 'cli/commands/gateway.ts', text: "throw new Error('born dead')\n" }
  await update('start', buildTinyPackage({ out, version: '0.3.0', change }), ...stages, '--seconds', '5')
  await expect.poll(s1, { timeout: 60_000, interval: 1_000 }).toMatchObject({
    ...{ progress: 'in trouble', version: '0.2.0', reason: expect.stringContaining('rolled-back: the gateway') },
  })
  expect(installed()).toBe('0.2.0')
  expect(box.said()).toContain('born dead')
  expect(await update('show')).toMatchObject({
    rollout: { stage: 0, halted: expect.stringContaining('s1: rolled-back') },
    stores: [{}, { store: 's2', progress: 'waits' }],
  })
}, 120_000)
