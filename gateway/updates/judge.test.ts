import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSigningKey, type SigningPurpose, signDocument } from '#protocol/signing.ts'
import { compareVersions, type UpdateManifest } from '#protocol/update.ts'
import { judgeUpdate } from './judge.ts'

const key = makeSigningKey('programme-1')
const manifest: UpdateManifest = {
  id: '01900000-0000-7000-8000-000000000001',
  club: 'demo',
  version: '0.2.0',
  actor: 'sara',
  at: '2026-11-22T00:00:00.000Z',
  expiresat: '2026-12-22T00:00:00.000Z',
  packages: [{ architecture: 'amd64', sha256: 'a'.repeat(64), size: 10 }],
  stages: [{ name: 'all', stores: [] }],
  healthyseconds: 60,
}
const machine = { keys: [key], version: '0.1.0', architecture: 'amd64', now: Date.UTC(2026, 10, 22) }
const judged = (changes: Partial<UpdateManifest> = {}, on = {}, { by = key, purpose = 'update' as SigningPurpose } = {}) =>
  judgeUpdate(signDocument(JSON.stringify({ ...manifest, ...changes }), by, purpose), { ...machine, ...on })

describe('an update from head office', () => {
  it('is taken where it is newer, with the package for this machine', () => {
    expect(judged()).toMatchObject({ take: { version: '0.2.0' }, package: { architecture: 'amd64', size: 10 } })
    expect(judged({}, { architecture: 'arm64' })).toMatchObject({ refuse: 'it has no package for arm64' })
    expect(judged({}, { version: '0.2.0' })).toMatchObject({ has: { version: '0.2.0' } })
  })

  it('goes back to an older version where it is signed as a way back only', () => {
    expect(judged({}, { version: '0.10.0' })).toMatchObject({ refuse: expect.stringContaining('older than 0.10.0') })
    expect(judged({ older: 'allowed' }, { version: '0.10.0' })).toMatchObject({ take: {} })
  })

  it('of another key, signed as something else, changed or late is refused', () => {
    expect(judged({}, {}, { by: makeSigningKey('programme-1') })).toMatchObject({ refuse: expect.stringContaining('signature') })
    expect(judged({}, {}, { by: makeSigningKey('x') })).toMatchObject({ refuse: expect.stringContaining('“x”') })
    for (const purpose of ['programme', 'command', 'configuration'] as const)
      expect(judged({}, {}, { purpose })).toMatchObject({ refuse: expect.stringContaining('signature') })
    expect(judged({}, { now: Date.UTC(2026, 11, 23) })).toMatchObject({ refuse: expect.stringContaining('good until') })
    const signed = signDocument(JSON.stringify(manifest), key, 'update')
    const changed = { ...signed, document: signed.document.replace('0.2.0', '0.2.1') }
    expect(judgeUpdate(changed, machine)).toMatchObject({ refuse: expect.stringContaining('signature') })
  })

  it('of any JSON is refused', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), (json) => 'refuse' in judgeUpdate(json, machine)),
      { numRuns: 10_000 },
    )
  })

  it('versions compare number by number, and are an order', () => {
    expect(compareVersions('0.9.0', '0.10.0')).toBeLessThan(0)
    const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((numbers) => numbers.join('.'))
    fc.assert(
      fc.property(
        version,
        version,
        (a, b) =>
          Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a)) && (compareVersions(a, b) === 0) === (a === b),
      ),
    )
  })
})
