import { join } from 'node:path'
import { damagedFolder, exchange, refuseWhole, rowsUntilBroken } from '#runtime/damaged-database.ts'
import { openPages } from '#runtime/sqlite-file.ts'
import { rowsIn } from '#runtime/sqlite-pages.ts'
import { openGatewayDatabase } from '../database.ts'
import { absentKey, readBoxKeys } from '../sealing/box-key.ts'
import { createSeal, type Seal } from '../sealing/seal.ts'
import { placeOf } from '../sealing/sealed-tables.ts'
import { collectFacts, type FoundFact, factIn, missingNumbers } from './found-facts.ts'

export interface Repaired {
  /** Where the damaged database lies now, with its log, as it was. */
  folder: string
  /** A whole database with the facts that could be read, for `vafa gateway salvage`. */
  recovered: string
  facts: {
    whole: number
    /** Those of them that the club has not answered. */
    waiting: number
    /** Numbers whose message is not what the box wrote. */
    spoilt: number[]
    /** Numbers of which nothing is there, as ranges. */
    missing: [number, number][]
    /** The highest number that was found; what came after it, if anything did, cannot be known here. */
    last: number
  }
  /** Rows that the new database has from the old one, by table. */
  kept: Record<string, number>
  /** Tables of which something could not be read, and why. */
  lost: Record<string, string>
}

/**
 * What the new installation goes on with. Not the outbox, whose numbers are the old installation's; not what was taken of
 * its allowances, which are the old one's too; and not the installation's own id.
 */
const carried = [
  'open_sale',
  'down',
  'device_memory',
  'redemption_intent',
  'finger_sensor',
  'finger',
  'signed_on',
  'regulars',
  'known_card',
  'regular_since',
] as const
const keepSettledMs = 30 * 24 * 3_600_000

/**
 * Puts another database in the place of a damaged one that nobody has open: a new installation (`boxid`) with what could
 * be read of open sales, fingers and the like. The facts that could be read go into a third one, under their own numbers;
 * the damaged one is moved aside as it is. Throws `database.whole` where nothing is wrong with it. `now`: milliseconds
 * since 1970.
 */
export function repairDatabase({ path, keyFile, now }: { path: string; keyFile: string; now: number }): Repaired {
  refuseWhole(path)
  const keys = readBoxKeys(keyFile)
  if (!keys) throw absentKey(keyFile)
  const collected = collectFacts(createSeal(keys))
  const pages = openPages(path)
  try {
    for (const row of rowsIn(pages)) {
      const fact = factIn(row)
      if (fact) collected.take(fact)
    }
  } finally {
    pages.close()
  }
  const facts = collected.facts()
  const folder = damagedFolder(path, now)
  const recovered = join(folder, 'recovered.sqlite')
  const rest = readRest(path)
  writeFacts(recovered, { keyFile, facts, boxid: rest.boxid })
  const fresh = join(folder, 'fresh.sqlite')
  const kept = writeRest(fresh, { keyFile, tables: rest.tables, facts })
  exchange(path, { folder, fresh })
  const numbers = [...facts.map(({ sequence }) => sequence), ...collected.spoilt()].sort((a, b) => a - b)
  const since = facts.find(({ at, settledat }) => settledat === null || at > now - keepSettledMs)?.sequence ?? 0
  return {
    folder,
    recovered,
    facts: {
      whole: facts.length,
      waiting: facts.filter(({ settledat }) => settledat === null).length,
      spoilt: collected.spoilt(),
      missing: missingNumbers(numbers.filter((number) => number >= since)),
      last: numbers.at(-1) ?? 0,
    },
    kept,
    lost: rest.lost,
  }
}

type Row = Record<string, string | number | Buffer | null>

/** Every other table as far as SQLite gives its rows. */
function readRest(path: string): { tables: Map<string, Row[]>; lost: Record<string, string>; boxid?: string } {
  const tables = new Map<string, Row[]>()
  const lost: Record<string, string> = {}
  const read = (name: string, sql: string): Row[] => {
    const { rows, broken } = rowsUntilBroken<Row>(path, sql)
    if (broken !== undefined) lost[name] = broken
    return rows
  }
  for (const name of carried) tables.set(name, read(name, `SELECT * FROM ${name}`))
  const [row] = read('box', "SELECT value FROM box WHERE name = 'boxid'")
  return { tables, lost, ...(typeof row?.value === 'string' ? { boxid: row.value } : {}) }
}

function writeFacts(
  path: string,
  { keyFile, facts, boxid }: { keyFile: string; facts: readonly FoundFact[]; boxid: string | undefined },
): void {
  const { database } = openGatewayDatabase(path, { keyFile })
  try {
    const put = database.prepare(
      `INSERT INTO outbox (sequence, id, type, lane, orderkey, saleid, at, filed, settledat, handed, body, reply)
       VALUES (@sequence, @id, @type, @lane, @orderkey, @saleid, @at, 1, @settledat, @handed, @body, @reply)`,
    )
    database.transaction(() => {
      for (const fact of facts) put.run(fact)
      if (boxid !== undefined) database.prepare("INSERT OR REPLACE INTO box (name, value) VALUES ('boxid', ?)").run(boxid)
    })()
  } finally {
    database.close()
  }
}

/** The new installation's database, whole and synced when it returns. */
function writeRest(
  path: string,
  { keyFile, tables, facts }: { keyFile: string; tables: ReadonlyMap<string, Row[]>; facts: readonly FoundFact[] },
): Record<string, number> {
  const { database, seal } = openGatewayDatabase(path, { keyFile })
  // Whether credit for these was taken the old installation's facts say, not the new one.
  const told = new Set(facts.flatMap(({ saleid }) => saleid ?? []))
  const kept: Record<string, number> = {}
  try {
    database.transaction(() => {
      for (const [name, rows] of tables) {
        const columns = database.pragma(`table_info(${name})`) as { name: string }[]
        const names = columns.map((column) => column.name)
        const put = database.prepare(
          `INSERT OR IGNORE INTO ${name} (${names.join(', ')}) VALUES (${names.map((one) => `@${one}`).join(', ')})`,
        )
        let count = 0
        for (const row of rows) {
          if (name === 'open_sale' && told.has(String(row.saleid))) continue
          if (name === 'redemption_intent' && subjectsOf(row, seal).some((subject) => told.has(subject))) continue
          if (names.every((one) => one in row)) count += put.run(row).changes
        }
        if (count > 0) kept[name] = count
      }
    })()
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
  return kept
}

/** Under which of its facts may stand: the sale's that took the credit, or its own, that gave it back. */
function subjectsOf({ redemptionid, body }: Row, seal: Seal): string[] {
  const own = String(redemptionid)
  try {
    const text = seal.open(placeOf('redemption_intent', 'body', own), body as Buffer).toString('utf8')
    return [own, (JSON.parse(text) as { saleid: string }).saleid]
  } catch {
    return [own]
  }
}
