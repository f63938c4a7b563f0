import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readClubConfig } from '#club/config.ts'
import { readSealingKey } from '#club/key-file.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { readSecret } from '#runtime/config.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createPlayer } from './databases/random-history.ts'
import { storeSettings } from './databases/store-settings.ts'

const vafa = fileURLToPath(new URL('../cli/vafa.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'vafa-club-audit-'))
const installation = join(folder, 'club')
const config = join(installation, 'club.yaml')
const run = (...given: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vafa, ...given], { encoding: 'utf8', cwd: installation })
  return { status, stdout, stderr }
}
const openStore = () => {
  const { club, database, pepperFile, sealingKeyFile } = readClubConfig(config)
  const pepper = readSecret(pepperFile, 'the pepper')
  const shops = storeSettings.shops.map((one) => ({ ...one, club }))
  const { programmes } = storeSettings
  const sealingKey = readSealingKey(sealingKeyFile)
  return openSqliteStore({ club, shops, programmes, pepper, sealingKey, path: String(database), uuid: systemRuntime.uuid })
}

beforeAll(async () => {
  spawnSync(process.execPath, [vafa, 'init', installation])
  const store = await openStore()
  const { play } = createPlayer(store, { sealingKey: readSealingKey(readClubConfig(config).sealingKeyFile) })
  await play([
    { kind: 'enrol', who: 'sara', mobile: 1 },
    { kind: 'sale', who: 'sara', items: 3, late: 0, quoted: false },
  ])
  await store.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

it('says that the books are right, for people and for machines', () => {
  expect(run('club', 'audit', '-c', config)).toEqual({
    status: 0,
    stdout: `club “vafa”: 2 events, 1 transfer, 1 member
ok: the chain is whole, every balance follows from it, and every event is decided again as it was
`,
    stderr: '',
  })
  expect(JSON.parse(run('club', 'audit', '--json').stdout)).toMatchObject({ club: 'vafa', events: 2, last: { seq: 2000 } })
})

it('signs where the books stand, knows its own signature again, and says what was changed since', async () => {
  const made = run('club', 'checkpoint', '--out', 'checkpoint.json')
  expect(made).toMatchObject({ status: 0, stderr: '' })
  expect(made.stdout).toBe('checkpoint.json: club “vafa”, 2 events, up to transfer 2000, signed with the key “programme-1”\n')
  expect(run('club', 'checkpoint', '--out', 'checkpoint.json')).toMatchObject({ status: 3 })
  expect(run('club', 'audit', '--checkpoint', 'checkpoint.json').stdout).toContain('the chain passes through the checkpoint of ')

  const file = join(installation, 'checkpoint.json')
  const text = readFileSync(file, 'utf8')
  expect(JSON.parse(text)).toMatchObject({ club: 'vafa', seq: 2000, events: 2, keyid: 'programme-1' })
  writeFileSync(join(installation, 'changed.json'), text.replace('"seq": 2000', '"seq": 1999'))
  expect(run('club', 'audit', '--checkpoint', 'changed.json')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('the signature in changed.json is not that of the key “programme-1”'),
  })
  // A database that was put back in time, or made anew.
  rmSync(join(installation, 'data'), { recursive: true })
  const store = await openStore()
  const { play } = createPlayer(store, { sealingKey: readSealingKey(readClubConfig(config).sealingKeyFile) })
  await play([
    { kind: 'enrol', who: 'sara', mobile: 1 },
    { kind: 'sale', who: 'sara', items: 2, late: 0, quoted: false },
  ])
  await store.close()
  expect(run('club', 'audit', '--checkpoint', 'checkpoint.json')).toMatchObject({
    status: 1,
    stdout: 'club “vafa”: 2 events, 1 transfer, 1 member\n',
    stderr: expect.stringMatching(/^vafa: checkpoint: transfers 2000: its link is not the one that the checkpoint states: .*\n$/),
  })
})

it('says which database is not there', () => {
  writeFileSync(join(installation, 'other.yaml'), readFileSync(config, 'utf8').replace('data/club.sqlite', 'data/none.sqlite'))
  expect(run('club', 'audit', '-c', 'other.yaml')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('there is no database'),
  })
})
