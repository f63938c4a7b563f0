import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openDatabase } from '#runtime/sqlite.ts'
import { openSqliteEngine } from './sqlite-engine.ts'
import { clubMigrations } from './sqlite-schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-offline-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('finds in the books of before what is lent of each member’s credit, and what each allowance was at first', async () => {
  const path = join(folder, 'club.sqlite')
  const before = openDatabase(path, clubMigrations.slice(0, 5))
  const member = before.prepare(
    `INSERT INTO members (member, memberid, number, enrolledat, enrolledin, visits, purchases, credit, units, lots, mergedinto)
     VALUES (?, ?, ?, '2026-01-01T00:00:00.000Z', 's1', 1, 1, 0, '{}', '[]', ?)`,
  )
  member.run(1, 'sara', '10000016', null)
  member.run(2, 'sara-again', '10000024', 'sara')
  const lend = before.prepare(
    `INSERT INTO allowances VALUES (?, ?, 'box', ?, ?, 0, ?, ?, '2026-02-01T00:00:00.000Z', '[]', NULL)`,
  )
  lend.run('s2/1', 's2', 1, 'sara', 300, 50)
  lend.run('s1/1', 's1', 1, 'sara', 200, 0)
  lend.run('s1/2', 's1', 2, 'sara-again', 100, 0)
  before.exec("INSERT INTO journal VALUES (1, 'e', 'h', 's', 't', NULL, 'b', 1, '', '', 'accepted', '', '', NULL, '{}')")
  const transfer = before.prepare(
    `INSERT INTO transfers (seq, debit, credit, amount, unit, kind, ruleid, event, subject, at, chain)
     VALUES (?, 'other', ?, ?, 'money', 'allowance-granted', 'allowance', 1, ?, '', '')`,
  )
  transfer.run(1_000, 'store:s2:allowances', 400, 'allowance:s2/1')
  transfer.run(1_001, 'store:s2:gift-allowances', 70, 'allowance:s2/1')
  before.close()

  const engine = openSqliteEngine(path)
  const members = await engine.load('member', ['sara', 'sara-again'])
  expect(members.get('sara')?.lent).toEqual({ s1: 300, s2: 300 })
  expect(members.get('sara-again')?.lent).toBeUndefined()
  expect((await engine.load('allowance', ['s2/1'])).get('s2/1')).toMatchObject({
    credit: 300,
    granted: { credit: 400, gifts: 70 },
  })
  await engine.close()
})
