import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { reportNames } from '#club/reports/names.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import type { ClubStore } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, card, createBox, start } from '#tests/databases/club-messages.ts'
import { storeSettings } from '#tests/databases/store-settings.ts'
import { member } from './club-member.ts'
import { report } from './club-report.ts'
import { init } from './init.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-report-'))
const config = join(folder, 'club/club.yaml')
let store: ClubStore
let number = ''

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await init(join(folder, 'club'), { stores: ['s1', 's2'], port: 1_883, pagesPort: 8_080 })
  writeFileSync(config, `${readFileSync(config, 'utf8')}\nsegments: segments.yaml\n`)
  writeFileSync(join(folder, 'club/segments.yaml'), 'segments:\n  - { id: tea-lovers, when: { favourite: [tea] } }\n')
  store = await openSqliteStore({ ...storeSettings, path: join(folder, 'club/data/club.sqlite'), uuid: systemRuntime.uuid })
  const box = createBox()
  const lines = [{ product: 'tea', category: 'tea', quantity: 2, amount: 1_250_000 }]
  const sale = box.sale({ total: 1_250_000, lines, member: card('sara') }, start)
  await store.commitBatch([box.enrolment('sara'), sale].map((one) => arrivalOf(one)))
  number = (await store.members())[0]?.number ?? ''
  await vi.waitFor(async () => expect(await store.counting()).toMatchObject({ journal: 2, counted: 2 }))
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const asked = { config, from: '1405-08-01', to: '1405-08-30', by: 'day', top: 10, format: 'table', language: 'fa' } as const
async function printed(work: () => Promise<void>): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  write.mockClear()
  await work()
  return write.mock.calls.map(([text]) => String(text)).join('')
}

it('reads what a club has counted while it runs, as a table for people and as CSV for files', async () => {
  const table = await printed(() => report('sales', asked))
  expect(table).toContain('فروش  ۱۴۰۵/۰۸/۰۱ – ۱۴۰۵/۰۸/۳۰')
  expect(table).toContain('۱٬۲۵۰٬۰۰۰')
  expect(table).toContain('مبلغ‌ها به ریال است.')
  expect(await printed(() => report('sales', { ...asked, format: 'csv' }))).toBe(
    'day,sales,returns,reversals,total,discount,payable,reversed,net,basket,members_share\r\n' +
      '2026-11-21,1,0,0,1250000,0,1250000,0,1250000,1250000,100\r\n',
  )
})

it('prints every report in both languages and as JSON', async () => {
  for (const name of reportNames) {
    const { from: _, to: __, ...always } = asked
    const now = ['segments', 'members'].includes(name)
    for (const language of ['fa', 'en'] as const)
      expect(await printed(() => report(name, { ...(now ? always : asked), language })), name).not.toContain('undefined')
    JSON.parse(await printed(() => report(name, { ...(now ? always : asked), format: 'json' })))
  }
})

it('counts the chain’s own segments', async () => {
  const { from: _, to: __, ...always } = asked
  const rows = JSON.parse(await printed(() => report('segments', { ...always, format: 'json' }))) as object[]
  expect(rows).toContainEqual(expect.objectContaining({ segment: 'tea-lovers', members: 1, spend: 1_250_000 }))
})

it('tells in words what is known of a member, whose number may be in any digits', async () => {
  const persian = number.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? digit)
  expect(await printed(() => member(persian, { config, language: 'fa' }))).toContain('tea (۱ بار)')
  expect(await printed(() => member(number, { config, language: 'en' }))).toContain(
    'Visits: 1; purchases: 1; paid 1,250,000 rial',
  )
  await expect(member('123', { config, language: 'en' })).rejects.toMatchObject({ key: 'member.absent' })
})

it('refuses a store, a period and a database that are not there, with the way out', async () => {
  await expect(report('sales', { ...asked, store: 's9' })).rejects.toMatchObject({ key: 'usage.store' })
  await expect(report('sales', { ...asked, to: '1405-07-01' })).rejects.toMatchObject({ key: 'usage.period' })
  const other = join(folder, 'other')
  await init(other, { stores: ['s1'], port: 1_883, pagesPort: 8_080 })
  await expect(report('sales', { ...asked, config: join(other, 'club.yaml') })).rejects.toMatchObject({ key: 'database.absent' })
})
