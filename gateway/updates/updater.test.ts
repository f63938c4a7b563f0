import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import packageJson from '#package' with { type: 'json' }
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import type { UpdateManifest } from '#protocol/update.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { openUpdater, refuseUpdates } from './updater.ts'

const key = makeSigningKey('programme-1')
const id = (n: number) => `01900000-0000-7000-8000-00000000000${n}`
const newer = '999.0.0'

function offer(n: number, version: string, more: Partial<UpdateManifest> = {}): Buffer {
  const manifest: UpdateManifest = {
    ...{ id: id(n), club: 'demo', version, actor: 'sara', healthyseconds: 60 },
    ...{ at: '2026-11-21T00:00:00.000Z', expiresat: '2027-11-21T00:00:00.000Z' },
    packages: [{ architecture: 'amd64', sha256: 'a'.repeat(64), size: 10 }],
    stages: [{ name: 'all', stores: [] }],
    ...more,
  }
  return Buffer.from(JSON.stringify(signDocument(JSON.stringify(manifest), key, 'update')))
}

function box() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-updater-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const places = {
    keysFile: join(folder, 'keys.json'),
    folder: join(folder, 'updates'),
    outcomeFile: join(folder, 'outcome.json'),
  }
  const states: (string | undefined)[] = []
  const open = () => {
    const updater = openUpdater({
      ...{ club: 'demo', places, source: undefined, architecture: 'amd64', log: silentLogger },
      runtime: createVirtualRuntime(),
      onState: () => states.push(updater.state()?.status),
    })
    onTestFinished(() => updater.close())
    return updater
  }
  const trust = () => writeFileSync(places.keysFile, JSON.stringify([{ keyid: key.keyid, publicKey: key.publicKey }]))
  const outcome = (status: string, n: number, version: string) =>
    writeFileSync(
      places.outcomeFile,
      JSON.stringify({
        id: id(n),
        version,
        from: '0.0.1',
        status,
        at: '2026-11-21T00:00:00.000Z',
        reason: 'the club does not answer',
      }),
    )
  return { open, trust, outcome, states }
}

it('a machine that trusts nobody with updates refuses them, says how to change that, and tries again when it is told', () => {
  const { open, trust } = box()
  const updater = open()
  expect(() => updater.retry()).toThrow(expect.objectContaining({ key: 'update.none' }))
  updater.offered(offer(1, packageJson.version))
  expect(updater.state()).toMatchObject({ id: id(1), status: 'refused', reason: expect.stringContaining('no key is trusted') })
  trust()
  expect(updater.retry()).toMatchObject({ id: id(1), status: 'done', version: packageJson.version })
})

it('an offer that is said again, as at each connection, is not tried again; nor one that was rolled back before a restart', () => {
  const { open, trust, outcome, states } = box()
  trust()
  const updater = open()
  updater.offered(offer(1, '0.0.1'))
  expect(updater.state()).toMatchObject({ status: 'refused', reason: expect.stringContaining('older') })
  updater.offered(offer(1, '0.0.1'))
  expect(states).toEqual(['refused'])
  outcome('rolled-back', 2, newer)
  const after = open()
  after.offered(offer(2, newer))
  expect(after.state()).toMatchObject({ id: id(2), status: 'rolled-back', reason: 'the club does not answer' })
})

it('an offer that was taken back is not tried when somebody asks for it', () => {
  const { open, trust } = box()
  trust()
  const updater = open()
  updater.offered(offer(1, '0.0.1'))
  updater.offered(Buffer.alloc(0))
  expect(() => updater.retry()).toThrow(expect.objectContaining({ key: 'update.none' }))
})

it('without a certificate no package can be had, and of another club none is wanted', () => {
  const { open, trust } = box()
  trust()
  const updater = open()
  updater.offered(offer(1, newer))
  expect(updater.state()).toMatchObject({ status: 'refused', reason: expect.stringContaining('certificate') })
  updater.offered(offer(2, newer, { club: 'other' }))
  expect(updater.state()).toMatchObject({ id: id(2), status: 'refused', reason: 'it is of the club other' })
})

it('a box whose gateway.yaml says nothing of updates says so to whoever offers one', () => {
  const told: string[] = []
  const updater = refuseUpdates({ runtime: createVirtualRuntime(), onState: () => told.push('state') })
  updater.offered(offer(1, newer))
  updater.offered(offer(1, newer))
  expect(told).toEqual(['state'])
  expect(updater.state()).toMatchObject({ status: 'refused', version: newer })
})

it('any bytes are no offer', () => {
  const { open, trust, states } = box()
  trust()
  const updater = open()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      updater.offered(bytes)
      return updater.state() === undefined
    }),
    { numRuns: 1_000 },
  )
  expect(states).toEqual([])
})
