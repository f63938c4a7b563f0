import { join } from 'node:path'
import { openDatabase } from '#runtime/sqlite.ts'
import type { LeanSale, LeanStore } from './lean-sale.ts'

const schema = `
CREATE TABLE journal (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, reply TEXT NOT NULL) STRICT;
CREATE TABLE members (member INTEGER PRIMARY KEY, visits INTEGER NOT NULL, credit INTEGER NOT NULL) STRICT;
CREATE TABLE house (account INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT;
INSERT INTO house VALUES (1, 0);
`

/** The least that SQLite can do: lean sales, committed to the disk (`synchronous=FULL`), in a file of its own in `folder`. */
export function openFloor(options: { folder: string; members: number }): LeanStore & { close(): void } {
  const db = openDatabase(join(options.folder, `floor-${options.members}.sqlite`), [schema])
  db.pragma('wal_autocheckpoint = 4000')
  db.prepare(
    `WITH RECURSIVE n (member) AS (SELECT 1 UNION ALL SELECT member + 1 FROM n WHERE member < ?)
     INSERT INTO members SELECT member, 0, 0 FROM n`,
  ).run(options.members)
  const journal = db.prepare<[string, string, string]>('INSERT INTO journal (id, body, reply) VALUES (?, ?, ?)')
  const member = db.prepare<[number, number]>('UPDATE members SET visits = visits + 1, credit = credit + ? WHERE member = ?')
  const house = db.prepare<[number]>('UPDATE house SET balance = balance - ? WHERE account = 1')
  const commit = db.transaction((sales: readonly LeanSale[]) => {
    let total = 0
    for (const sale of sales) {
      journal.run(sale.id, sale.body, sale.reply)
      member.run(sale.credit, sale.member)
      total += sale.credit
    }
    house.run(total)
  }).immediate
  return { commit, close: () => void db.close() }
}
