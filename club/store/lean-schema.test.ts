import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openDatabase } from '#runtime/sqlite.ts'
import { openSqliteEngine } from './sqlite-engine.ts'
import { clubMigrations } from './sqlite-schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'vafa-lean-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('takes over what members did and have due from the tables of before, also what was not in its table yet', async () => {
  const path = join(folder, 'club.sqlite')
  const before = openDatabase(path, clubMigrations.slice(0, 4))
  const days = [{ day: 20_000, spend: 1_000, visits: 1, points: {} }]
  const insert = before.prepare(
    `INSERT INTO members (member, memberid, number, enrolledat, enrolledin, visits, purchases, credit, units, lots, due)
     VALUES (?, ?, ?, '2026-01-01T00:00:00.000Z', 's1', 1, 1, 0, '{}', '[]', ?)`,
  )
  insert.run(1, 'sara', '10000016', '2026-06-01T00:00:00.000Z')
  before.prepare('INSERT INTO activity VALUES (?, ?)').run('sara', JSON.stringify(days))
  before.prepare('INSERT INTO agenda VALUES (?, ?)').run('sara', '2026-06-01T00:00:00.000Z')
  const dara = { member: 2, memberid: 'dara', number: '10000024', enrolledAt: '2026-01-01T00:00:00.000Z', enrolledIn: 's1' }
  const records = [
    ['member', [['dara', { ...dara, visits: 1, purchases: 1, credit: 0, units: {}, lots: [] }]]],
    ['activity', [['dara', { memberid: 'dara', days }]]],
    [
      'agenda',
      [
        ['dara', { memberid: 'dara', due: '2026-07-01T00:00:00.000Z' }],
        ['sara', null],
      ],
    ],
  ]
  before.prepare('INSERT INTO redo (changes) VALUES (?)').run(JSON.stringify({ records, transfers: [], totals: [], asides: [] }))
  before.close()

  const engine = openSqliteEngine(path)
  expect((await engine.load('member', ['sara'])).get('sara')).toMatchObject({ activity: days })
  expect((await engine.load('member', ['dara'])).get('dara')).toMatchObject({ activity: days })
  expect(await engine.query('SELECT memberid FROM agenda ORDER BY agenda')).toEqual([{ memberid: 'sara' }, { memberid: 'dara' }])
  await engine.close()
})
