import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { initTrust } from '#club/authority/files.ts'
import { startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { reachControl } from '#club/control.ts'
import { enrolBox } from '#gateway/identity/enrol.ts'
import { downloadPackage } from '#gateway/updates/download.ts'
import { installUpdate } from '#gateway/updates/install/installer.ts'
import { debianPackages } from '#gateway/updates/install/packages.ts'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import type { UpdateManifest } from '#protocol/update.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { architecture, emptyRoot } from './tiny-packages.ts'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const folderOf = (name: string) => {
  const folder = mkdtempSync(join(tmpdir(), `vafa-${name}-`))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

it('a package comes over TLS to a box with a certificate: from where it broke off, never longer than signed, and whole', async () => {
  const folder = folderOf('download')
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(folder, 'secrets/pepper'), 'the secret of the club\n')
  writeFileSync(join(folder, 'secrets/token-key'), `${'k'.repeat(43)}\n`)
  writeFileSync(join(folder, 'secrets/sealing.json'), JSON.stringify(makeSealingKey('seal-1')))
  writeFileSync(join(folder, 'secrets/programme.json'), JSON.stringify(makeSigningKey('programme-1')))
  writeFileSync(
    join(folder, 'club.yaml'),
    stringify({
      ...{
        club: 'demo',
        listen: { port: 0 },
        stores: [{ store: 's1' }],
        tokenKey: { keyid: 'k1', secretFile: 'secrets/token-key' },
      },
      trust: { names: ['127.0.0.1'], listen: { port: 0 }, enrolment: { port: 0 } },
      ...{ pepperFile: 'secrets/pepper', sealingKeyFile: 'secrets/sealing.json', programmeKeyFile: 'secrets/programme.json' },
    }),
  )
  await initTrust(join(folder, 'trust'), { club: 'demo', now: Date.now() })
  const config = readClubConfig(join(folder, 'club.yaml'))
  const club = await startClub({ config, runtime: systemRuntime, log: silentLogger })
  onTestFinished(() => club.close())
  const desk = await reachControl(config.control)
  onTestFinished(() => desk?.close())
  const { code = '' } = (await desk?.newCode({ store: 's1', minutes: 5, by: 'test' })) ?? {}
  const url = new URL(`https://127.0.0.1:${club.trust?.enrolmentPort}`)
  const identity = await enrolBox({ code, club: url })

  const bytes = randomBytes(3_000_000)
  const [sha256, size] = [sha(bytes), bytes.length]
  const updates = join(folder, 'fleet/updates')
  mkdirSync(updates, { recursive: true })
  writeFileSync(join(updates, `${sha256}.deb`), bytes)
  const box = join(folder, 'box')
  const signal = new AbortController().signal
  const bring = (more: Partial<Parameters<typeof downloadPackage>[0]> = {}) =>
    downloadPackage({ ...{ url, identity, folder: box, sha256, size, signal }, ...more })

  mkdirSync(box)
  // What is there already is not asked for again: a damaged first half stays damaged, is seen by the hash, and forgotten.
  const part = join(box, `${sha256}.deb.part`)
  writeFileSync(part, Buffer.alloc(1_000_000))
  await expect(bring()).rejects.toMatchObject({ key: 'update.damaged', permanent: false })
  expect(existsSync(part)).toBe(false)
  writeFileSync(part, bytes.subarray(0, 1_000_000))
  await bring()
  expect(sha(readFileSync(join(box, `${sha256}.deb`)))).toBe(sha256)
  rmSync(join(box, `${sha256}.deb`))
  await expect(bring({ size: size - 1 })).rejects.toMatchObject({
    message: expect.stringContaining('longer than what was signed'),
  })
  await expect(bring({ sha256: 'f'.repeat(64) })).rejects.toMatchObject({ message: expect.stringContaining('status 404') })
  await desk?.revoke({ store: 's1', reason: 'stolen' })
  rmSync(part, { force: true })
  await expect(bring()).rejects.toMatchObject({ message: expect.stringContaining('status 403') })
}, 60_000)

const key = makeSigningKey('update-1')

/** A machine with Vafa 0.2.0, and a box's folder with a request. */
function machine() {
  const folder = folderOf('install')
  const root = join(folder, 'root')
  const dpkgOptions = emptyRoot(root)
  const build = (version: string, name = 'vafa') => {
    const tree = join(folder, `${name}-${version}`)
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
    mkdirSync(join(tree, 'opt/vafa'), { recursive: true })
    writeFileSync(join(tree, 'opt/vafa/version'), version)
    writeFileSync(join(tree, 'opt/vafa/run'), '#!/bin/sh\n')
    chmodSync(join(tree, 'opt/vafa/run'), 0o755)
    symlinkSync('run', join(tree, 'opt/vafa/link'))
    writeFileSync(
      join(tree, 'DEBIAN/control'),
      `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: Vafa <root@localhost>\nDescription: a box\n of a test\n`,
    )
    const file = join(folder, `${name}-${version}.deb`)
    execFileSync('dpkg-deb', ['-Znone', '--build', tree, file], { stdio: 'ignore' })
    return readFileSync(file)
  }
  const asked = join(folder, 'asked')
  mkdirSync(asked)
  const keysFile = join(folder, 'keys.json')
  const { keyid, publicKey } = key
  writeFileSync(keysFile, JSON.stringify([{ keyid, publicKey }]))
  const first = join(folder, 'first.deb')
  writeFileSync(first, build('0.2.0'))
  execFileSync('dpkg', [...dpkgOptions, '--install', first], { stdio: 'ignore' })
  const works = (name: string) => readFileSync(join(root, 'opt/vafa', name), 'utf8')

  const ask = (deb: Uint8Array, { by = key, ...more }: Partial<UpdateManifest> & { by?: typeof key } = {}) => {
    const sha256 = sha(deb)
    const now = new Date().toISOString()
    const manifest: UpdateManifest = {
      ...{ id: systemRuntime.uuid(), club: 'demo', version: '0.3.0', actor: 'sara', at: now, healthyseconds: 5 },
      expiresat: new Date(Date.now() + 60_000).toISOString(),
      packages: [{ architecture, sha256, size: deb.length }],
      stages: [{ name: 'all', stores: [] }],
      ...more,
    }
    writeFileSync(join(asked, `${sha256}.deb`), deb)
    writeFileSync(join(asked, 'request.json'), JSON.stringify({ signed: signDocument(JSON.stringify(manifest), by, 'update') }))
    return join(asked, `${sha256}.deb`)
  }
  const work = join(folder, 'work')
  const run = (troubles: (version: string) => readonly string[] = () => []) =>
    installUpdate({
      ...{ folder: asked, keysFile, work, runtime: systemRuntime, log: silentLogger },
      packages: debianPackages({ name: 'vafa', dpkgOptions }),
      troubles: async () => troubles(works('version')),
      working: async () => [],
    })
  const outcome = () => JSON.parse(readFileSync(join(work, 'outcome.json'), 'utf8'))
  return { folder, first, build, ask, run, outcome, works, asked, work }
}

it('who installs believes nothing of what the box says: another key, another package, an exchanged one, a link, an older one', async () => {
  const { folder, build, ask, run, outcome, works, asked } = machine()
  const newer = build('0.3.0')
  expect(await run()).toBeUndefined()
  ask(newer, { by: makeSigningKey('update-1') })
  expect(await run()).toBe('refused')
  expect(existsSync(join(asked, 'request.json'))).toBe(false)
  ask(build('0.1.0'), { version: '0.1.0' })
  expect(await run()).toBe('refused')
  writeFileSync(ask(newer), build('0.4.0'))
  expect(await run()).toBe('failed')
  expect(outcome()).toMatchObject({ reason: 'the package is not the one that head office signed' })
  const link = ask(newer)
  writeFileSync(join(folder, 'elsewhere'), newer)
  rmSync(link)
  symlinkSync(join(folder, 'elsewhere'), link)
  expect(await run()).toBe('failed')
  expect(outcome()).toMatchObject({ reason: expect.stringContaining('ELOOP') })
  ask(build('0.3.0', 'other'))
  expect(await run()).toBe('failed')
  expect(outcome()).toMatchObject({ reason: expect.stringContaining('the package is other 0.3.0') })
  expect(works('version')).toBe('0.2.0')
}, 60_000)

it('it installs what is signed, puts back what was there where the box is not healthy, and goes on where it was cut off', async () => {
  const { first, build, ask, run, outcome, works, work, asked } = machine()
  const newer = build('0.3.0')
  ask(newer)
  expect(await run((version) => (version === '0.3.0' ? ['the club does not answer'] : []))).toBe('rolled-back')
  expect(outcome()).toMatchObject({ from: '0.2.0', version: '0.3.0', reason: 'the club does not answer' })
  expect(works('version')).toBe('0.2.0')
  // What was packed again has the same files, rights and links.
  expect(works('link')).toBe('#!/bin/sh\n')

  ask(newer)
  const request = readFileSync(join(asked, 'request.json'))
  expect(await run()).toBe('done')
  expect(works('version')).toBe('0.3.0')

  // The power went while the new version was to prove itself: what was there before lies ready still.
  writeFileSync(join(asked, 'request.json'), request)
  writeFileSync(join(work, 'outcome.json'), JSON.stringify({ ...outcome(), status: 'installing' }))
  copyFileSync(first, join(work, 'former.deb'))
  expect(await run((version) => (version === '0.3.0' ? ['still nothing'] : []))).toBe('rolled-back')
  expect(works('version')).toBe('0.2.0')
}, 60_000)
