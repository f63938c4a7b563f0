import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { type Database, openDatabase } from '#runtime/sqlite.ts'
import { createVirtualRuntime, type VirtualRuntime } from '#runtime/virtual-runtime.ts'
import { type BoxDisk, gatewayMigrations, openGatewayDatabase } from './database.ts'
import { type FactDraft, type Outbox, type OutboxRow, openOutbox } from './outbox.ts'

let runtime: VirtualRuntime
let folder: string
let disk: BoxDisk
let database: Database
let committed: OutboxRow[][]
let outbox: Outbox

/** A process of its own: no timer of the one before lives on. */
const open = () => {
  runtime = createVirtualRuntime()
  disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
  database = disk.database
  committed = []
  outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: (rows) => committed.push([...rows]) })
}
/** As after a crash: what was not committed is gone. */
const reopen = () => {
  database.close()
  open()
}

let made = 0
const fact = (options: Partial<FactDraft> = {}): FactDraft => {
  made += 1
  const id = `01900000-0000-7000-8000-${String(made).padStart(12, '0')}`
  return {
    id,
    type: 'vafa.sale.completed.v1',
    lane: 'lane-1',
    orderkey: 'k',
    saleid: id,
    envelope: { id, data: { n: made } },
    ...options,
  }
}
const reply = (inReplyTo: string, options: Partial<Reply> = {}): Reply => ({
  inReplyTo,
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [],
  decidedBy: 'club',
  programmeVersion: 1,
  ...options,
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-outbox-'))
  open()
})
afterEach(() => {
  if (database.open) database.close()
  rmSync(folder, { recursive: true })
})

describe('the outbox', () => {
  it('has a fact on disk when commit resolves, with the bytes that will be sent', async () => {
    const draft = fact()
    await outbox.commit([draft])
    const body = committed[0]?.[0]?.body
    expect(JSON.parse(String(body))).toEqual({ ...draft.envelope, sequence: '000000000000001' })
    reopen()
    expect(outbox.body(draft.id)).toEqual(body)
    expect(outbox.unsettledRows()).toEqual([{ id: draft.id, orderkey: 'k' }])
  })

  it('puts facts of one turn of the event loop into one transaction', async () => {
    await Promise.all([outbox.commit([fact()]), outbox.commit([fact(), fact()])])
    expect(committed.map((rows) => rows.length)).toEqual([3])
  })

  it('numbers facts without gaps, also over a restart', async () => {
    await outbox.commit([fact(), fact()])
    reopen()
    await outbox.commit([fact()])
    expect(outbox.sequence).toBe(3)
    expect(database.prepare('SELECT sequence FROM outbox').pluck().all()).toEqual([1, 2, 3])
  })

  it('keeps its box id, and another database has another', () => {
    const { boxid } = outbox
    reopen()
    expect(outbox.boxid).toBe(boxid)
    const other = openGatewayDatabase(join(folder, 'other.sqlite'))
    expect(openOutbox({ ...other, runtime, log: silentLogger, onCommitted: () => {} }).boxid).not.toBe(boxid)
    other.database.close()
  })

  it('is a new installation on a copy whose id was taken away, and counts from 1', async () => {
    await outbox.commit([fact(), fact()])
    database.exec("DELETE FROM box WHERE name = 'boxid'")
    reopen()
    expect(outbox.sequence).toBe(0)
    const draft = fact()
    await outbox.commit([draft])
    expect(JSON.parse(outbox.body(draft.id).toString('utf8'))).toMatchObject({ sequence: '000000000000001' })
    reopen()
    expect(outbox.sequence).toBe(1)
    // What the former one still had for the club goes as it was written.
    expect(outbox.unsettledRows()).toHaveLength(3)
  })

  it('settles a row by a final reply, and not by a failure that may pass', async () => {
    const [first, second] = [fact(), fact()]
    await outbox.commit([first, second])
    expect(outbox.settle(first.id, reply(first.id))).toBe(true)
    expect(outbox.settle(second.id, reply(second.id, { status: 'failed' }))).toBe(false)
    expect(outbox.unsettledRows().map(({ id }) => id)).toEqual([second.id])
    expect(outbox.backlog()).toMatchObject({ count: 1 })
  })

  it('remembers the reply at once, on disk within 200 ms, and no name with it', async () => {
    const draft = fact()
    await outbox.commit([draft])
    const member = { memberid: draft.id, number: '1', visits: 1, displayName: 'Sara' }
    outbox.settle(draft.id, reply(draft.id, { member }))
    expect(outbox.factsOf(draft.id)[0]?.reply?.member?.displayName).toBe('Sara')
    await runtime.advance(200)
    reopen()
    expect(outbox.factsOf(draft.id)[0]?.reply).toEqual(
      reply(draft.id, { member: { memberid: draft.id, number: '1', visits: 1 } }),
    )
    expect(outbox.unsettledRows()).toEqual([])
  })

  it('asks again after a crash that lost a settled mark', async () => {
    const draft = fact()
    await outbox.commit([draft])
    outbox.settle(draft.id, reply(draft.id))
    reopen()
    expect(outbox.unsettledRows().map(({ id }) => id)).toEqual([draft.id])
  })

  it('finds a fact by its sale and its id before it is filed, after, and where a crash came between', async () => {
    const [sale, reversal] = [fact(), fact({ type: 'vafa.sale.reversed.v1' })]
    reversal.saleid = sale.id
    const found = () => ({ facts: outbox.factsOf(sale.id).map(({ id }) => id), body: JSON.parse(String(outbox.body(sale.id))) })
    await outbox.commit([sale])
    expect(found()).toMatchObject({ facts: [sale.id], body: { id: sale.id } })
    await runtime.advance(200)
    await outbox.commit([reversal])
    expect(found()).toMatchObject({ facts: [sale.id, reversal.id], body: { id: sale.id } })
    reopen()
    expect(found()).toMatchObject({ facts: [sale.id, reversal.id], body: { id: sale.id } })
    expect(outbox.unhanded().map(({ id }) => id)).toEqual([sale.id, reversal.id])
  })

  it('files every fact in time, however many come at once', async () => {
    await outbox.commit(Array.from({ length: 500 }, () => fact()))
    await runtime.advance(1_000)
    expect(database.prepare('SELECT count(*) FROM outbox WHERE filed = 0').pluck().get()).toBe(0)
  })

  it('takes over the facts of a database from before they were filed', () => {
    const path = join(folder, 'old.sqlite')
    const old = openDatabase(path, gatewayMigrations.slice(0, 1))
    const insert = old.prepare(
      `INSERT INTO outbox (sequence, id, type, lane, orderkey, saleid, at, body, settledat, handed)
        VALUES (?, ?, 'vafa.sale.completed.v1', 'lane-1', 'k', ?, 1, ?, ?, ?)`,
    )
    insert.run(6, 'a', 'sale-a', Buffer.from('{"n":1}'), runtime.now(), 'final')
    insert.run(7, 'b', 'sale-b', Buffer.from('{"n":2}'), null, 'none')
    old.exec("INSERT INTO box (name, value) VALUES ('boxid', 'its own')")
    old.close()
    database.close()
    disk = openGatewayDatabase(path)
    database = disk.database
    outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: () => {} })
    expect(outbox.sequence).toBe(7)
    expect(outbox.unsettledRows()).toEqual([{ id: 'b', orderkey: 'k' }])
    expect(outbox.factsOf('sale-a')).toMatchObject([{ id: 'a', handed: 'final' }])
    expect(String(outbox.body('b'))).toBe('{"n":2}')
  })

  it('keeps what was settled by the club’s time, however wrong the box’s clock is', async () => {
    let certain: number | undefined = runtime.now() + 400 * 24 * 3_600_000
    const again = () => openOutbox({ ...disk, runtime, log: silentLogger, certain: () => certain, onCommitted: () => {} })
    outbox = again()
    const draft = fact()
    await outbox.commit([draft])
    await outbox.commit([fact()])
    outbox.settle(draft.id, reply(draft.id))
    await runtime.advance(400)
    expect(again().factsOf(draft.saleid ?? '')).toHaveLength(1)
    certain += 31 * 24 * 3_600_000
    const later = certain
    certain = undefined
    expect(again().factsOf(draft.saleid ?? '')).toHaveLength(1)
    certain = later
    expect(again().factsOf(draft.saleid ?? '')).toHaveLength(0)
  })

  it('counts from when the time is known what was settled before, when the box’s clock said anything', async () => {
    let certain: number | undefined
    const day = 24 * 3_600_000
    const again = () => openOutbox({ ...disk, runtime, log: silentLogger, certain: () => certain, onCommitted: () => {} })
    outbox = again()
    const draft = fact()
    await outbox.commit([draft])
    await outbox.commit([fact()])
    outbox.settle(draft.id, reply(draft.id))
    await runtime.advance(400)
    const known = runtime.now() + 20_000 * day
    for (const [days, facts] of [
      [0, 1],
      [29, 1],
      [31, 0],
    ] as const) {
      certain = known + days * day
      again()
      expect(again().factsOf(draft.saleid ?? '')).toHaveLength(facts)
    }
  })

  it('takes a higher revision of a reply', async () => {
    const draft = fact()
    await outbox.commit([draft])
    outbox.settle(draft.id, reply(draft.id, { status: 'quarantined' }))
    await runtime.advance(200)
    expect(outbox.settle(draft.id, reply(draft.id, { revision: 2 }))).toBe(false)
    expect(outbox.factsOf(draft.id)[0]?.reply).toMatchObject({ revision: 2, status: 'accepted' })
  })

  it('knows after a restart whose receipt nobody was given', async () => {
    const [given, not, reversal, back, enrolled, printed] = [
      fact(),
      fact(),
      fact({ type: 'vafa.sale.reversed.v1' }),
      fact({ type: 'vafa.sale.returned.v1' }),
      fact({ type: 'vafa.member.enrolled.v1' }),
      fact({ type: 'vafa.receipt.printed.v1' }),
    ]
    await outbox.commit([given, not, reversal, back, enrolled])
    await outbox.commit([printed], { id: given.id, handed: 'provisional' })
    reopen()
    expect(outbox.unhanded().map(({ id }) => id)).toEqual([not.id, reversal.id, back.id])
    outbox.hand(not.id, 'final')
    expect(outbox.unhanded().map(({ id }) => id)).toEqual([reversal.id, back.id])
  })

  it('finds a sale that the club does not have yet by the till’s number: the last, where there are several', async () => {
    const sale = (tillreceipt: string, name = '') =>
      fact({
        orderkey: `key of ${tillreceipt}${name}`,
        envelope: { data: { tillreceipt, lines: [{ name: '"tillreceipt":"9"' }] } },
      })
    const [first, second, other] = [sale('"87"\\', 'a'), sale('"87"\\', 'b'), sale('871')]
    await outbox.commit([first, second, other])
    expect(outbox.unsettledSaleOfTill('"87"\\')).toMatchObject({ saleid: second.id, orderkey: second.orderkey })
    expect(outbox.unsettledSaleOfTill('871')).toMatchObject({ saleid: other.id })
    for (const unknown of ['87', '9', '']) expect(outbox.unsettledSaleOfTill(unknown)).toBeUndefined()
    outbox.settle(other.id, reply(other.id))
    await runtime.advance(200)
    expect(outbox.unsettledSaleOfTill('871')).toBeUndefined()
  })

  it('refuses loudly on a full disk, loses nothing and gives no number away', async () => {
    await outbox.commit([fact()])
    const pages = database.pragma('page_count', { simple: true }) as number
    database.pragma(`max_page_count = ${pages}`)
    const big = fact({ envelope: { filler: 'x'.repeat(100_000) } })
    await expect(outbox.commit([big])).rejects.toMatchObject({ key: 'outbox.full', permanent: false })
    expect(outbox.sequence).toBe(1)
    database.pragma('max_page_count = 100000')
    await outbox.commit([fact()])
    expect(outbox.sequence).toBe(2)
    expect(outbox.backlog().count).toBe(2)
  })

  it('forgets settled rows after thirty days, but never the last number', async () => {
    const [old, last] = [fact(), fact()]
    await outbox.commit([old, last])
    for (const { id } of [old, last]) outbox.settle(id, reply(id))
    await runtime.advance(32 * 24 * 3_600_000)
    expect(database.prepare('SELECT id FROM outbox').pluck().all()).toEqual([last.id])
    await outbox.commit([fact()])
    expect(outbox.sequence).toBe(3)
  })
})
