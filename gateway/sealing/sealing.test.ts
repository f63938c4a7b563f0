import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VafaError } from '#runtime/errors.ts'
import { silentLogger } from '#runtime/log.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { openCashiers } from '../cashiers.ts'
import { type BoxDisk, gatewayMigrations, openGatewayDatabase, openGatewayDatabaseToRead } from '../database.ts'
import { openFingerLibrary } from '../fingers/library.ts'
import { openOutbox } from '../outbox.ts'
import { addBoxKey } from './box-key.ts'
import { boxKeyOf, createSeal } from './seal.ts'

const runtime = createVirtualRuntime()
const log = silentLogger
let folder: string
let path: string
let keyFile: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-sealing-'))
  path = join(folder, 'gateway.sqlite')
  keyFile = `${path}.key`
})
afterEach(() => rmSync(folder, { recursive: true }))

const outboxOf = (disk: BoxDisk) => openOutbox({ ...disk, runtime, log, onCommitted: () => {} })
const drafted = (n: number) => ({
  id: `fact-${n}`,
  type: 'vafa.sale.completed.v1' as const,
  lane: 'lane-1',
  orderkey: `token-of-sara-${n}`,
  saleid: `sale-${n}`,
  envelope: { data: { basket: `saffron-${n}` } },
})
const bytesOf = (name: string) => readFileSync(join(folder, name)).toString('latin1')
const everyByte = () =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('.key'))
    .map(bytesOf)
    .join('')

/** As a box left it that knew no key: facts, open sales, a cashier, a finger. */
function boxFromBefore(): void {
  const old = openDatabase(path, gatewayMigrations.slice(0, 5))
  const fact = old.prepare(
    `INSERT INTO outbox (sequence, id, type, lane, orderkey, saleid, at, filed, handed, body, reply)
      VALUES (?, ?, 'vafa.sale.completed.v1', 'lane-1', ?, ?, 1, 1, 'none', ?, ?)`,
  )
  for (let n = 1; n <= 1_200; n += 1)
    fact.run(
      n,
      `fact-${n}`,
      `token-of-sara-${n}`,
      `sale-${n}`,
      Buffer.from(`{"basket":"saffron-${n}"}`),
      '{"said":"thanks, sara"}',
    )
  old.prepare(`INSERT INTO box VALUES ('cashier/lane-1', '{"operator":"zahra"}')`).run()
  old.prepare(`INSERT INTO finger_sensor VALUES ('epoch', 'finger', 1)`).run()
  old.prepare(`INSERT INTO finger VALUES ('epoch', 3, 'enrolment-7', 'member-9', 'stored', 1, 'zahra', 'fact-1')`).run()
  old.close()
}

/** What `boxFromBefore` wrote, as the box reads it. */
function expectAllThere(disk: BoxDisk): void {
  const outbox = outboxOf(disk)
  expect(outbox.unsettledRows()).toHaveLength(1_200)
  expect(outbox.factsOf('sale-700')).toMatchObject([{ orderkey: 'token-of-sara-700', reply: { said: 'thanks, sara' } }])
  expect(String(outbox.body('fact-1200'))).toBe('{"basket":"saffron-1200"}')
  expect(openCashiers({ ...disk, log }).find('lane-1')).toEqual({ operator: 'zahra' })
  expect(openFingerLibrary({ ...disk, runtime, log }).find('epoch', 3)).toEqual({
    ...{ epoch: 'epoch', slot: 3, enrolmentid: 'enrolment-7', memberid: 'member-9', state: 'stored', fact: 'fact-1' },
  })
}

describe('a sealed value', () => {
  const seal = createSeal([boxKeyOf(Buffer.alloc(32, 7))])

  it('opens where it was sealed, and nowhere else; and not where a byte is another one', () => {
    const run = fc.property(fc.string(), fc.string(), fc.string(), fc.nat(), (text, place, other, at) => {
      const sealed = seal.seal(place, text)
      expect(seal.open(place, sealed).toString('utf8')).toBe(Buffer.from(text).toString('utf8'))
      if (other !== place) expect(() => seal.open(other, sealed)).toThrow(VafaError)
      sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ 1
      expect(() => seal.open(place, sealed)).toThrow(VafaError)
    })
    fc.assert(run, { numRuns: 2_000 })
  })

  it('never has the nonce of another one, however many are sealed at once or after one another', () => {
    vi.useFakeTimers()
    const seal = createSeal([boxKeyOf(Buffer.alloc(32, 1))])
    const sealed: Buffer[] = []
    for (let burst = 0; burst < 5; burst += 1) {
      for (let n = 0; n < 10; n += 1) sealed.push(seal.seal('outbox/body/1', `${n}`))
      vi.advanceTimersByTime(1_000)
    }
    vi.useRealTimers()
    expect(new Set(sealed.map((one) => one.toString('hex', 5, 17))).size).toBe(50)
    expect(sealed.map((one) => seal.open('outbox/body/1', one).toString())).toEqual(sealed.map((_, n) => `${n % 10}`))
  })

  it('whatever the disk gives in its place is told with a typed error', () => {
    const run = fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, begun) => {
      const given = begun ? Buffer.concat([seal.header, bytes]) : bytes
      expect(() => seal.open('outbox.body 1', given)).toThrow(VafaError)
    })
    fc.assert(run, { numRuns: 10_000 })
  })
})

describe('the box’s database', () => {
  it('makes its key with its first start, for its owner alone', () => {
    openGatewayDatabase(path).database.close()
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  })

  it('of a box that knew no key is sealed at the first start that has one: nothing is lost, and no byte of it is left', () => {
    boxFromBefore()
    expect(everyByte()).toContain('saffron-1200')
    const disk = openGatewayDatabase(path)
    expectAllThere(disk)
    expect(everyByte()).toContain('sale-1200')
    for (const plain of ['saffron', 'sara', 'zahra', 'enrolment-7', 'member-9']) expect(everyByte()).not.toContain(plain)
    disk.database.close()
  })

  it('that was stopped on the way there goes on at the next start', () => {
    boxFromBefore()
    const disk = openGatewayDatabase(path)
    // As it stood in the middle: some rows sealed, others not yet.
    const put = disk.database.prepare('UPDATE outbox SET body = ? WHERE sequence = ?')
    for (let n = 600; n <= 1_200; n += 1) put.run(Buffer.from(`{"basket":"saffron-${n}"}`), n)
    disk.database.exec(`DELETE FROM box WHERE name = 'sealed'`)
    disk.database.close()
    expect(everyByte()).toContain('saffron-900')
    const again = openGatewayDatabase(path)
    expectAllThere(again)
    expect(everyByte()).not.toContain('saffron')
    again.database.close()
  })

  it('whose key is missing or another one says so with the way out, and is left as it is', async () => {
    const disk = openGatewayDatabase(path)
    await outboxOf(disk).commit([drafted(1)])
    disk.database.close()
    const [before, key] = [bytesOf('gateway.sqlite'), readFileSync(keyFile)]

    rmSync(keyFile)
    expect(() => openGatewayDatabase(path)).toThrow(
      expect.objectContaining({ key: 'box-key.absent', hint: expect.stringContaining('put the file back') }),
    )
    expect(() => openGatewayDatabaseToRead(path)).toThrow(expect.objectContaining({ key: 'box-key.absent' }))
    expect(readdirSync(folder)).not.toContain('gateway.sqlite.key')
    writeFileSync(keyFile, `${'ab'.repeat(32)}\n`)
    expect(() => openGatewayDatabase(path)).toThrow(expect.objectContaining({ key: 'box-key.wrong' }))
    writeFileSync(keyFile, 'something else\n')
    expect(() => openGatewayDatabase(path)).toThrow(expect.objectContaining({ key: 'box-key.unreadable' }))
    expect(bytesOf('gateway.sqlite')).toBe(before)

    writeFileSync(keyFile, key)
    const again = openGatewayDatabase(path)
    expect(outboxOf(again).unsettledRows()).toEqual([{ id: 'fact-1', orderkey: 'token-of-sara-1' }])
    again.database.close()
  })

  it('takes another key: everything is under it from the next start on, and the old one opens nothing more', async () => {
    const disk = openGatewayDatabase(path)
    await outboxOf(disk).commit([drafted(1), drafted(2)])
    disk.database.close()
    const old = readFileSync(keyFile, 'utf8')
    const keyid = addBoxKey(keyFile)
    openGatewayDatabase(path).database.close()
    const heads = new Database(path, { readonly: true }).prepare('SELECT DISTINCT hex(substr(body, 2, 4)) FROM outbox').pluck()
    expect(heads.all()).toEqual([keyid.toUpperCase()])

    const fresh = readFileSync(keyFile, 'utf8').replace(old, '')
    writeFileSync(keyFile, old)
    expect(() => openGatewayDatabase(path)).toThrow(expect.objectContaining({ key: 'box-key.wrong' }))
    writeFileSync(keyFile, fresh)
    const again = openGatewayDatabase(path)
    expect(JSON.parse(String(outboxOf(again).body('fact-2')))).toMatchObject({ data: { basket: 'saffron-2' } })
    again.database.close()
  })

  it('of which the disk has spoilt a value loses that one, and the others go on', async () => {
    const disk = openGatewayDatabase(path)
    await outboxOf(disk).commit([drafted(1), drafted(2), drafted(3)])
    disk.database.exec(`UPDATE outbox SET body = (SELECT body FROM outbox WHERE sequence = 1) WHERE sequence = 2`)
    disk.database.exec(`UPDATE outbox SET orderkey = x'0102' WHERE sequence = 3`)
    openCashiers({ ...disk, log }).keep('lane-1', { operator: 'zahra' })
    disk.database.exec(`UPDATE signed_on SET lane = 'lane-2'`)
    disk.database.close()
    // Also where all of it is put under another key.
    addBoxKey(keyFile)
    const again = openGatewayDatabase(path)
    expect(openCashiers({ ...again, log }).find('lane-2')).toBeUndefined()
    const outbox = outboxOf(again)
    expect(outbox.unsettledRows()).toEqual([
      { id: 'fact-1', orderkey: 'token-of-sara-1' },
      { id: 'fact-2', orderkey: 'token-of-sara-2' },
      { id: 'fact-3', orderkey: 'sale-3' },
    ])
    expect(outbox.bodyToSend('fact-2')).toBeUndefined()
    expect(JSON.parse(String(outbox.bodyToSend('fact-3')))).toMatchObject({ data: { basket: 'saffron-3' } })
    again.database.close()
  })
})
