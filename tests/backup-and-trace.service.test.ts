import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { TraceStep } from '#protocol/trace.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { connectTill } from '#simulators/till/till-client.ts'

/** A club with one store, both running, and its till. */
async function running() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-backup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const till = await freePort()
  const store = {
    ...{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' } },
    lanes: [{ lane: 'lane-1', receipt: { via: 'till' as const } }],
    devices: [{ device: 'till-1', lane: 'lane-1', driver: 'till-tcp', options: { port: till } }],
  }
  const { clubConfig, gatewayConfigs } = writeInstallation({
    ...{ folder: join(folder, 'club'), club: 'test', clubPort: await freePort(), stores: [store] },
  })
  const start = async (args: readonly string[]): Promise<WatchedProcess> => {
    const process = startVafa(args)
    onTestFinished(async () => void (await process.stop()))
    await process.line(/^ready:/)
    return process
  }
  const startClub = () => start(['club', '-c', clubConfig])
  const club = await startClub()
  const gatewayConfig = gatewayConfigs.get('s1') ?? ''
  const box = await start(['gateway', '-c', gatewayConfig])
  await box.line(/the club answers/)
  return { folder, club, box, startClub, clubConfig, gatewayConfig, books: join(folder, 'club/data/club.sqlite'), till }
}

const vafa = async (...args: string[]) => {
  const process = startVafa(args)
  return { code: await process.ended, output: process.output() }
}

/** Sells something and waits for the club's answer; not before the club answers, since that would be a provisional sale. */
async function sell(port: number, amount: number): Promise<void> {
  const client = await connectTill({ host: '127.0.0.1', port })
  const sale = { tillreceipt: `R${amount}`, total: amount, lines: [] }
  try {
    let quote: Quote | undefined
    await expect
      .poll(
        async () => {
          if (quote) await client.request({ op: 'cancel', saleid: quote.saleid })
          quote = (await client.request({ op: 'open', sale }, { until: 'quote' })) as Quote
          return quote.decidedBy
        },
        { timeout: 20_000 },
      )
      .toBe('club')
    const tenders = [{ kind: 'cash' as const, amount }]
    const complete = { op: 'complete' as const, saleid: quote?.saleid ?? '', tenders }
    expect(await client.request(complete, { until: 'result' })).toMatchObject({ status: 'accepted' })
  } finally {
    await client.close()
  }
}
type Quote = Extract<TillResponse, { op: 'quote' }>

const amountsIn = (path: string): number[] => {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare<[], number>('SELECT total FROM sales ORDER BY total').pluck().all()
  } finally {
    database.close()
  }
}

it('books that are lost come back from a backup, and what it lacks comes back from the boxes by itself', async () => {
  const { folder, club, startClub, clubConfig, books, till } = await running()
  const kept = join(folder, 'backup')
  await sell(till, 1_000)
  await sell(till, 2_000)
  expect(await vafa('club', 'backup', kept, '-c', clubConfig)).toMatchObject({
    code: 0,
    output: expect.stringContaining('signed'),
  })
  await sell(till, 3_000)
  await sell(till, 4_000)

  expect(await vafa('club', 'restore', kept, '-c', clubConfig)).toMatchObject({
    code: 1,
    output: expect.stringContaining('holds'),
  })
  await club.stop()
  expect(await vafa('club', 'restore', kept, '-c', clubConfig)).toMatchObject({
    output: expect.stringContaining('is still there'),
  })
  for (const end of ['', '-wal', '-shm']) rmSync(`${books}${end}`, { force: true })
  expect(await vafa('club', 'restore', kept, '-c', clubConfig)).toMatchObject({ code: 0 })
  expect(amountsIn(books)).toEqual([1_000, 2_000])
  expect(await vafa('club', 'audit', '-c', clubConfig)).toMatchObject({ code: 0 })

  await startClub()
  await expect.poll(() => amountsIn(books), { timeout: 40_000 }).toEqual([1_000, 2_000, 3_000, 4_000])
  await sell(till, 5_000)
  expect(await vafa('club', 'audit', '-c', clubConfig)).toMatchObject({ code: 0 })
}, 90_000)

it('one sale is followed over box and club by the code on its receipt, by its own id and by its event’s', async () => {
  const { clubConfig, gatewayConfig, books, till } = await running()
  await sell(till, 7_000)
  // Tables follow what was acknowledged within a moment, here and in the box.
  await expect.poll(() => amountsIn(books), { timeout: 10_000 }).toEqual([7_000])
  const database = new Database(books, { readonly: true })
  const { saleid, reference, eventid } = database.prepare('SELECT saleid, reference, eventid FROM sales').get() as Record<
    string,
    string
  >
  database.close()
  for (const wanted of [reference, saleid, eventid]) {
    const { code, output } = await vafa('trace', wanted ?? '', '--box', gatewayConfig, '--club', clubConfig, '--json')
    expect(code).toBe(0)
    const steps = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceStep)
    expect(steps.map(({ where, what }) => `${where}: ${what.en}`)).toEqual(
      expect.arrayContaining(['box: committed to the box’s disk', 'club: booked by the club', 'box: the club’s reply came']),
    )
    expect(steps.every(({ details }) => details.event === undefined || details.event === eventid)).toBe(true)
  }
  expect(await vafa('trace', 'AAAAA-AAAAA', '--club', clubConfig)).toMatchObject({
    code: 1,
    output: expect.stringContaining('nothing is known'),
  })
}, 60_000)

it('a backup that was changed, is cut off or another club’s is refused, and nothing is written', async () => {
  const { folder, club, clubConfig, books, till } = await running()
  const kept = join(folder, 'backup')
  await sell(till, 1_000)
  await vafa('club', 'backup', kept, '-c', clubConfig)
  await club.stop()
  renameSync(books, `${books}.lost`)
  for (const end of ['-wal', '-shm']) rmSync(`${books}${end}`, { force: true })

  const file = join(kept, 'books.sqlite')
  const good = readFileSync(file)
  const refusedWith = async (bytes: Uint8Array) => {
    writeFileSync(file, bytes)
    const { code, output } = await vafa('club', 'restore', kept, '-c', clubConfig)
    expect(code).not.toBe(0)
    return output
  }
  expect(await refusedWith(good.subarray(0, good.length - 4_096))).toContain('bytes instead of')
  const changed = Buffer.from(good)
  changed[good.length - 100] = (changed[good.length - 100] ?? 0) ^ 1
  expect(await refusedWith(changed)).toContain('SHA-256')
  writeFileSync(file, good)
  const manifest = join(kept, 'manifest.json')
  const said = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, said.replace(/"events": \d+/, '"events": 99'))
  expect((await vafa('club', 'restore', kept, '-c', clubConfig)).output).toContain('signature')
  writeFileSync(manifest, said.replace('"club": "test"', '"club": "other"'))
  expect((await vafa('club', 'restore', kept, '-c', clubConfig)).output).toContain('of the club “other”')
  writeFileSync(manifest, said)
  expect(await vafa('club', 'restore', kept, '-c', clubConfig)).toMatchObject({ code: 0 })
}, 60_000)
