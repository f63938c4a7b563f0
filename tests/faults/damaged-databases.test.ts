import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { type Chain, creditAccount, makeChain, openSale, presentMember, signUp } from '../chain.ts'
import { untilBooks } from './sales.ts'

// Databases of which a disk has lost some pages: the daemon refuses them by name, and what is whole is brought back.

const mobile = '09123456789'
const pageSize = 4_096
let chain: Chain | undefined
let club: WatchedProcess | undefined
afterAll(() => chain?.close())

const vafa = async (...args: string[]) => {
  const process = startVafa(args)
  return { code: await process.ended, output: process.output() }
}

/** Overwrites pages of a file, as a disk that fails does. */
function overwrite(path: string, pages: readonly number[]): void {
  const bytes = readFileSync(path)
  for (const page of pages) bytes.fill(0xdb, (page - 1) * pageSize, page * pageSize)
  writeFileSync(path, bytes)
}
function rootOf(path: string, table: string): number {
  const database = new Database(path)
  try {
    database.pragma('wal_checkpoint(TRUNCATE)')
    return database.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) ?? 0
  } finally {
    database.close()
  }
}

test('a box whose database is damaged refuses it; repaired it sells as a new installation, and what was waiting reaches the club', async () => {
  chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 500 } })
  const { gatewayConfig, line } = chain
  club = await chain.start('club')
  const before = await chain.start('gateway')
  const till = await chain.till()
  const memberid = await signUp(till, mobile)
  line.cut()
  const sold: string[] = []
  for (let n = 1; n <= 12; n++) {
    const present = await till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
    expect(['error', 'member']).toContain(present.op)
    const { saleid, payable } = await openSale(till, 100_000 + n, `R-${n}`)
    const tenders = [{ kind: 'cash' as const, amount: payable }]
    expect(await till.request({ op: 'complete', saleid, tenders }, { until: 'completed' })).toMatchObject({ op: 'completed' })
    sold.push(saleid)
  }
  await till.close()
  await before.stop()
  const path = join(dirname(gatewayConfig), 'data/gateway.sqlite')
  const boxid = boxidIn(path)
  // The root of the outbox: nothing leads to its rows any more, though each of them is whole.
  overwrite(path, [rootOf(path, 'outbox')])
  line.restore()

  const refused = await vafa('gateway', '-c', gatewayConfig)
  expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/gateway\.sqlite.*malformed.*vafa gateway repair/) })
  const doctor = await vafa('doctor', '-c', gatewayConfig, '--language', 'en')
  expect(doctor.output).toMatch(/outbox.*gateway\.sqlite.*\n?.*vafa gateway repair/s)

  const repaired = await vafa('gateway', 'repair', '-c', gatewayConfig)
  expect(repaired.output).toMatch(/facts: \d+ are whole, \d+ of them not answered by the club yet/)
  expect(repaired.code).toBe(0)
  await chain.start('gateway')
  expect(boxidIn(path)).not.toBe(boxid)
  const again = await chain.till()
  await presentMember(again, mobile)
  const { saleid, payable } = await openSale(again, 500_000, 'R-new')
  await again.request({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] }, { until: 'result' })
  sold.push(saleid)

  const [, from = '', key = ''] = /gateway salvage (\S+) --key (\S+)/.exec(repaired.output) ?? []
  expect(await vafa('gateway', 'salvage', from, '--key', key, '-c', gatewayConfig)).toMatchObject({ code: 0 })
  const books = await untilBooks(chain, ({ sales }) => sales.length >= sold.length)
  expect(books.sales.map((sale) => sale.saleid).sort()).toEqual(sold.sort())
  const granted = books.creditTransfers.reduce((sum, { amount }) => sum + amount, 0)
  expect(books.accounts.get(creditAccount(memberid))).toBe(granted)
  expect(books.creditTransfers).toHaveLength(sold.length)
  expect(readdirSync(dirname(from))).toEqual(expect.arrayContaining(['gateway.sqlite', 'recovered.sqlite']))
  expect(await vafa('gateway', 'repair', '-c', gatewayConfig)).toMatchObject({
    code: 1,
    output: expect.stringContaining('the gateway runs'),
  })
})

test('a club whose books are damaged refuses them; restored from a backup, it has from the box what came since', async () => {
  if (!chain) throw new Error('no chain')
  const till = await chain.till()
  const before = chain.books().sales.length
  const backup = join(chain.folder, 'backup')
  expect(await vafa('club', 'backup', backup, '-c', chain.clubConfig)).toMatchObject({ code: 0 })
  await presentMember(till, mobile)
  const last = await openSale(till, 700_000, 'R-last')
  await till.request(
    { op: 'complete', saleid: last.saleid, tenders: [{ kind: 'cash', amount: last.payable }] },
    { until: 'result' },
  )
  const { sales } = await untilBooks(chain, (books) => books.sales.length === before + 1)
  await club?.stop()
  overwrite(chain.clubDatabase, [rootOf(chain.clubDatabase, 'members'), rootOf(chain.clubDatabase, 'journal')])
  expect(await vafa('club', '-c', chain.clubConfig)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/club\.sqlite.*malformed.*vafa club restore/),
  })
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(chain.clubDatabase + end)) renameSync(chain.clubDatabase + end, `${chain.clubDatabase}.damaged${end}`)
  expect(await vafa('club', 'restore', backup, '-c', chain.clubConfig)).toMatchObject({ code: 0 })
  await chain.start('club')
  const whole = await untilBooks(chain, (books) => books.sales.length === sales.length)
  expect(new Set(whole.sales.map(({ saleid }) => saleid))).toEqual(new Set(sales.map(({ saleid }) => saleid)))
  expect(await vafa('club', 'audit', '-c', chain.clubConfig)).toMatchObject({ code: 0 })
})

function boxidIn(path: string): string {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare<[], string>("SELECT value FROM box WHERE name = 'boxid'").pluck().get() ?? ''
  } finally {
    database.close()
  }
}
