import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditBooks } from '#club/audit/audit.ts'
import { readRange } from '#club/audit/range.ts'
import { type CertifiedKey, makeAuthority, openAuthority } from '#club/authority/authority.ts'
import { createPepper } from '#club/pepper.ts'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { openOutbox } from '#gateway/outbox.ts'
import { makeRangeCheckpoint } from '#gateway/range-checkpoint.ts'
import type { RangeCheckpoint } from '#protocol/range-checkpoint.ts'
import { makeSigningRequest } from '#runtime/certificates.ts'
import { VafaError } from '#runtime/errors.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, createBox } from './databases/club-messages.ts'
import { storeSettings } from './databases/store-settings.ts'

const club = 'demo'
let folder: string
let authority: CertifiedKey
let range: RangeCheckpoint
const path = () => join(folder, 'club.sqlite')

const boxOf = async (by: CertifiedKey, store: string) => {
  const { privateKey, csr } = await makeSigningRequest('vafa box')
  const { certificate } = await (await openAuthority(by)).certifyBox({ csr, club, store, now: Date.now() })
  return { privateKey, certificate }
}

/** A box tells the club of five sales, of which one is training and one nobody can book, and signs what it told. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-range-'))
  authority = await makeAuthority(club, Date.now())
  const disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
  const sent: Buffer[] = []
  const outbox = openOutbox({
    ...disk,
    runtime: systemRuntime,
    log: silentLogger,
    onCommitted: (rows) => sent.push(...rows.map(({ body }) => body)),
  })
  const box = createBox({ boxid: outbox.boxid })
  const sales = [
    ...[1_000, 2_000, 3_000].map((total) => box.sale({ total })),
    box.sale({ total: 4_000, mode: 'training' }),
    box.fact('vafa.member.updated.v1', { memberid: systemRuntime.uuid(), consents: [] }),
  ]
  for (const envelope of sales)
    await outbox.commit([{ id: envelope.id, type: envelope.type, lane: 'lane-1', orderkey: 'k', envelope }])
  const store = await openSqliteStore({ ...storeSettings, path: path(), uuid: systemRuntime.uuid })
  await store.commitBatch(sent.map((body) => arrivalOf(JSON.parse(String(body)))))
  await store.close()
  const identity = await boxOf(authority, 's1')
  range = makeRangeCheckpoint(disk, { club, store: 's1', identity, at: new Date().toISOString() })
  expect(() => makeRangeCheckpoint(disk, { club, store: 's1', identity, at: range.at, from: 2, to: 9 })).toThrow(VafaError)
  outbox.close()
  disk.database.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (given: unknown) => readRange(JSON.stringify(given), { file: 'range.json', club, authority: authority.certificate })
async function findingOf(given: RangeCheckpoint) {
  const { engine, openFresh, close } = openSqliteSnapshot(path())
  const report = await auditBooks({ books: engine, fresh: openFresh, pepper: createPepper(storeSettings.pepper), range: given })
  await close()
  return report.finding
}

it('the club has every fact that a box has signed: booked, set aside, or as training', async () => {
  expect(range).toMatchObject({ from: 1, to: 5, store: 's1' })
  expect(await findingOf(read(JSON.parse(JSON.stringify(range))))).toBeUndefined()
})

it('a fact that the club does not have, or has with other contents, is named by its number', async () => {
  const other = (at: number, change: (fact: [string, string]) => [string, string]): RangeCheckpoint => ({
    ...range,
    facts: range.facts.map((fact, n) => (n === at ? change(fact) : fact)),
  })
  expect(await findingOf(other(2, ([, hash]) => [systemRuntime.uuid(), hash]))).toMatchObject({
    ...{ check: 'checkpoint', row: expect.stringContaining('fact 3 of s1'), what: expect.stringContaining('does not have it') },
  })
  expect(await findingOf(other(4, ([id]) => [id, '0'.repeat(64)]))).toMatchObject({
    ...{ row: expect.stringContaining('fact 5 of s1'), what: expect.stringContaining('other contents') },
  })
})

it('is refused where it was changed, signed by another store’s box or another club’s, and where it is none', async () => {
  const strangers = await makeAuthority(club, Date.now())
  const signedBy = async (by: CertifiedKey, store: string) => ({ ...range, certificate: (await boxOf(by, store)).certificate })
  const cases: [unknown, string][] = [
    [{ ...range, at: '2020-01-01T00:00:00.000Z' }, 'checkpoint.forged'],
    [{ ...range, facts: [...range.facts].reverse() }, 'checkpoint.forged'],
    [{ ...range, facts: range.facts.slice(1) }, 'checkpoint.invalid'],
    [await signedBy(authority, 's1'), 'checkpoint.forged'],
    [await signedBy(authority, 's2'), 'checkpoint.forged'],
    [await signedBy(strangers, 's1'), 'checkpoint.forged'],
    [{ ...range, club: 'other' }, 'checkpoint.foreign'],
  ]
  for (const [given, key] of cases) expect(() => read(given), key).toThrow(expect.objectContaining({ key }))
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(() => read(json)).toThrow(VafaError)
    }),
    { numRuns: 1_000 },
  )
})
