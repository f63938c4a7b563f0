import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readClubConfig } from '#club/config.ts'
import { readSealingKey } from '#club/key-file.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { programmeSchema } from '#programme/schema.ts'
import { readSecret } from '#runtime/config.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, card, createBox, start } from './databases/club-messages.ts'
import { storeSettings } from './databases/store-settings.ts'

const vafa = fileURLToPath(new URL('../cli/vafa.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'vafa-dry-run-cli-'))
const installation = join(folder, 'club')
const run = (...given: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [vafa, 'programme', 'dry-run', ...given], {
    encoding: 'utf8',
    cwd: installation,
  })
  return { status, stdout, stderr }
}
const rules = (basisPoints: number) => ({
  id: 'shop',
  version: 1,
  currency: 'IRR',
  rules: [{ id: 'all', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints }] }],
})

beforeAll(async () => {
  spawnSync(process.execPath, [vafa, 'init', installation])
  const { club, database, pepperFile, sealingKeyFile } = readClubConfig(join(installation, 'club.yaml'))
  const store = await openSqliteStore({
    club,
    shops: storeSettings.shops.map((one) => ({ ...one, club })),
    programmes: { current: programmeSchema.parse(rules(1_000)) },
    pepper: readSecret(pepperFile, 'the pepper'),
    sealingKey: readSealingKey(sealingKeyFile),
    path: String(database),
    uuid: systemRuntime.uuid,
  })
  const box = createBox()
  const sales = ['sara', 'dara'].map((one, index) => box.sale({ total: 100_000 * (index + 1), member: card(one) }, start))
  await store.commitBatch([box.enrolment('sara'), box.enrolment('dara'), ...sales].map((one) => arrivalOf(one)))
  await store.close()
  writeFileSync(join(installation, 'draft.yaml'), JSON.stringify({ ...rules(1_200), version: 2 }))
})
afterAll(() => rmSync(folder, { recursive: true }))

it('prints in Persian what a draft would change, and writes it as CSV', () => {
  const { status, stdout, stderr } = run('draft.yaml', '--from', '۱۴۰۵/۰۸/۳۰', '--to', '2026-11-21', '--csv', 'draft.csv')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('اجرای آزمایشی برنامهٔ shop نسخهٔ ۲: ۲ خرید')
  expect(stdout).toMatch(/اعتبار {2}.*۳۰٬۰۰۰ {2}.*۳۶٬۰۰۰ {2}.*۶٬۰۰۰/)
  expect(stdout).toContain('بهتر: ۲ عضو · بدتر: ۰ عضو · هزینهٔ بیشتر: ۶٬۰۰۰')
  expect(readFileSync(join(installation, 'draft.csv'), 'utf8').split('\r\n')).toEqual([
    'part,name,unit,real,draft,difference',
    'total,,credit,30000,36000,6000',
    'rule,all,credit,30000,36000,6000',
    'member,10000024,money,,,4000',
    'member,10000024,points,,,0',
    'member,10000016,money,,,2000',
    'member,10000016,points,,,0',
    '',
  ])
})

it('prints in English, and nothing of other days', () => {
  const { stdout } = run('draft.yaml', '--language', 'en')
  expect(stdout).toContain('Dry run of programme shop version 2: 2 sales')
  expect(stdout).toMatch(/^credit +30,000 +36,000 +6,000$/m)
  expect(stdout).toContain('better off: 2 members · worse off: 0 members · costs more: 6,000')
  expect(stdout).toMatch(/Gain most\n\nmember +money +points\n─+\n10000024 +4,000 +0\n10000016 +2,000 +0\n/)
  expect(run('draft.yaml', '--language', 'en', '--from', '1405-09-01').stdout).toContain('version 2: 0 sales')
})

it('says what is wrong with a day or a draft', () => {
  expect(run('draft.yaml', '--from', '1405-07-31')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--from 1405-07-31 is no day'),
  })
  writeFileSync(join(installation, 'wrong.yaml'), 'id: shop\n')
  expect(run('wrong.yaml')).toMatchObject({ status: 3, stderr: expect.stringContaining('wrong.yaml:1: version') })
})
