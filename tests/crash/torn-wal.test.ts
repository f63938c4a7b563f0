import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { type FactDraft, openOutbox } from '#gateway/outbox.ts'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { arrivalOf, card, createBox, idOf, repliesOf } from '../databases/club-messages.ts'
import { storeSettings } from '../databases/store-settings.ts'

// A power cut leaves the write-ahead log cut off at some sector, or with a last sector of rubbish: whatever was acknowledged
// before is there, nothing else is half there, and work goes on.

const sector = 512

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-torn-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const walSize = (path: string): number => (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0)

/** What the disk may hold after the power went: the log up to `cut`, then nothing, zeros or rubbish. */
function torn(path: string, to: string, cut: number, tail: 'nothing' | 'zeros' | 'rubbish'): void {
  mkdirSync(join(to, '..'), { recursive: true })
  copyFileSync(path, to)
  const log = readFileSync(`${path}-wal`)
  const rest = tail === 'nothing' ? 0 : Math.min(sector, log.length - cut)
  const bytes = Buffer.alloc(cut + rest, tail === 'rubbish' ? 0xa5 : 0)
  log.copy(bytes, 0, 0, cut)
  writeFileSync(`${to}-wal`, bytes)
  rmSync(`${to}-shm`, { force: true })
}

/** Cuts at every sector from `from` on, each time with another kind of tail. */
function* cutsOf(path: string, from: number): Generator<{ cut: number; tail: 'nothing' | 'zeros' | 'rubbish' }> {
  const tails = ['nothing', 'zeros', 'rubbish'] as const
  const end = walSize(path)
  for (let cut = from, n = 0; cut <= end; cut += sector, n++) yield { cut, tail: tails[n % tails.length] ?? 'nothing' }
}

const isWhole = (path: string): void => {
  const database = new Database(path)
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  } finally {
    database.close()
  }
}

test('the box: every fact that was acknowledged before the cut is in the outbox, and numbers go on without a gap', async () => {
  const folder = folderOf()
  const path = join(folder, 'gateway.sqlite')
  const keyFile = join(folder, 'box-key')
  const disk = openGatewayDatabase(path, { keyFile })
  const { database } = disk
  // The whole story stays in the log.
  database.pragma('wal_autocheckpoint = 0')
  const runtime = systemRuntime
  const outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: () => {} })
  const draft = (n: number): FactDraft => {
    const id = idOf(n)
    return {
      id,
      type: 'vafa.sale.completed.v1',
      lane: 'lane-1',
      orderkey: `k${n}`,
      saleid: idOf(n + 500),
      envelope: { id, data: { n } },
    }
  }
  const acknowledged: { id: string; at: number }[] = []
  let from = 0
  for (let n = 1; n <= 16; n++) {
    if (n === 12) from = walSize(path)
    await outbox.commit([draft(n)])
    acknowledged.push({ id: idOf(n), at: walSize(path) })
    if (n % 4 === 0) outbox.settle(idOf(n), replyTo(idOf(n)))
    // Indexes and marks are written behind, without waiting for the disk: they are in the log too.
    if (n % 5 === 0) outbox.unsettledRows()
  }
  let cuts = 0
  for (const { cut, tail } of cutsOf(path, from)) {
    const copy = join(folder, 'torn', String(cuts++), 'gateway.sqlite')
    torn(path, copy, cut, tail)
    const again = openGatewayDatabase(copy, { keyFile })
    const after = openOutbox({ ...again, runtime, log: silentLogger, onCommitted: () => {} })
    const there = new Set(after.unsettledRows().map(({ id }) => id))
    const must = acknowledged.filter(({ at }) => at <= cut)
    for (const { id } of must)
      expect(there.has(id) || after.factsOf(saleOf(id)).some(({ reply }) => reply), `${id} after ${cut}`).toBe(true)
    expect(after.sequence).toBeGreaterThanOrEqual(must.length)
    const next = after.sequence + 1
    await after.commit([draft(100)])
    expect(JSON.parse(after.body(idOf(100)).toString()).sequence).toBe(String(next).padStart(15, '0'))
    after.close()
    again.database.close()
    isWhole(copy)
    rmSync(join(copy, '..'), { recursive: true })
  }
  expect(cuts).toBeGreaterThan(50)
  outbox.close()
  database.close()
})

test('the club: every reply that went out before the cut is given again byte for byte, and the books balance', async () => {
  const folder = folderOf()
  const path = join(folder, 'club.sqlite')
  const uuid = systemRuntime.uuid
  const store = await openSqliteStore({ ...storeSettings, path, uuid })
  const box = createBox()
  const sent: { message: object; reply: string; at: number }[] = []
  const book = async (...messages: object[]) => {
    const { answers } = await store.commitBatch(messages.map((one) => arrivalOf(one)))
    for (const [n, message] of messages.entries()) sent.push({ message, reply: answers[n]?.body ?? '', at: walSize(path) })
  }
  await book(box.enrolment('sara'), box.enrolment('reza'))
  let from = 0
  for (let n = 1; n <= 12; n++) {
    if (n === 10) from = walSize(path)
    const sale = box.sale({ total: 100_000 + n, member: card(n % 2 === 0 ? 'sara' : 'reza') })
    // Small batches are remembered in one row first, large ones go to their tables at once.
    await book(
      ...(n % 4 === 0 ? [sale, ...Array.from({ length: 20 }, () => box.sale({ total: 5_000, member: card('sara') }))] : [sale]),
    )
    if (n % 3 === 0) await store.totals()
  }
  let cuts = 0
  for (const { cut, tail } of cutsOf(path, from)) {
    // Every eighth sector, and each around an acknowledgement: an opening of the club's books takes its time.
    const near = sent.some(({ at }) => Math.abs(at - cut) <= sector)
    if (!near && (cut - from) % (12 * sector) !== 0) continue
    const copy = join(folder, 'torn', String(cuts++), 'club.sqlite')
    torn(path, copy, cut, tail)
    const again = await openSqliteStore({ ...storeSettings, path: copy, uuid })
    const must = sent.filter(({ at }) => at <= cut)
    const { answers } = await again.commitBatch(must.map(({ message }) => arrivalOf(message)))
    expect(answers.map(({ body }) => body)).toEqual(must.map(({ reply }) => reply))
    // What the cut took away comes again from the boxes and is booked once.
    const rest = sent.filter(({ at }) => at > cut)
    if (rest.length > 0) {
      const outcome = await again.commitBatch(rest.map(({ message }) => arrivalOf(message)))
      expect(repliesOf(outcome).every(({ status }) => status === 'accepted')).toBe(true)
    }
    expect(await again.audit()).toEqual([])
    expect(await again.sales({ limit: 500 })).toHaveLength(sent.length - 2)
    await again.close()
    isWhole(copy)
    rmSync(join(copy, '..'), { recursive: true })
  }
  expect(cuts).toBeGreaterThan(20)
  await store.close()
})

const saleOf = (id: string): string => idOf(Number(id.slice(-12)) + 500)

const replyTo = (inReplyTo: string): Reply => ({
  ...{ inReplyTo, revision: 1, status: 'accepted', effects: [], prompts: [], decidedBy: 'club', programmeVersion: 1 },
})
