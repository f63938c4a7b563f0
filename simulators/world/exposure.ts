import type { Fact } from '#protocol/messages.ts'
import type { RegularsDown } from '#protocol/regulars.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { SimulatedClub } from './club.ts'
import type { Premises } from './premises.ts'
import type { OutsideRecord } from './record.ts'
import type { SimulatedStore } from './store.ts'
import type { WorldTime } from './time.ts'

const lookMs = 30_000

interface Taken {
  saleid: string
  serial: number
  credit: number
  gifts: number
  spent: number
}

/** What is asked of a box's disk. */
const boxQuestions = (box: Database) => ({
  shards: box.prepare<[], { shard: number; version: number }>('SELECT shard, version FROM regulars'),
  shard: box.prepare<[number], Buffer>('SELECT body FROM regulars WHERE shard = ?').pluck(),
  unsettled: box.prepare<[], { sequence: number; saleid: string; body: Buffer }>(
    "SELECT sequence, saleid, body FROM outbox WHERE settledat IS NULL AND type = 'vafa.sale.completed.v1'",
  ),
  sale: box.prepare<[string], number>("SELECT 1 FROM outbox WHERE saleid = ? AND type = 'vafa.sale.completed.v1'").pluck(),
  taken: box.prepare<[], Taken>('SELECT saleid, serial, credit, gifts, spent FROM allowance_taken'),
})

/** What is asked of the books. */
const bookQuestions = (books: Database) => ({
  sale: books.prepare<[string], number>('SELECT 1 FROM sales WHERE saleid = ?').pluck(),
  // Books from a backup do not know what was lent since.
  lent: books.prepare<[string, number], number>('SELECT 1 FROM allowances WHERE boxid = ? AND serial = ?').pluck(),
  exposed: books.prepare<[string], number>('SELECT COALESCE(SUM(credit + gifts), 0) FROM allowances WHERE boxid = ?').pluck(),
})

/** The questions to a database, prepared when they are first asked: to prepare them takes longer than to run them. */
function eachOnce<Questions>(prepare: (database: Database) => Questions): (database: Database) => Questions {
  const known = new WeakMap<Database, Questions>()
  return (database) => {
    const questions = known.get(database) ?? prepare(database)
    known.set(database, questions)
    return questions
  }
}

/** What boxes could give alone, and gave, at the most. */
export interface LentFigures {
  looks: number
  /** The most that was ever lent at one moment, and of it what boxes had given before the books knew. */
  lent: number
  given: number
}

/**
 * Holds what each box has given and the books do not know, and what it can still give, against what the club says that it
 * can lose by that box: again and again, while lines and machines come and go. Reads the disks of both by its own SQL.
 */
export function watchExposure(options: {
  club: SimulatedClub
  stores: readonly SimulatedStore[]
  record: Pick<OutsideRecord, 'restored'>
  premises: Premises
  time: WorldTime
  say(text: string): void
}): LentFigures {
  const { club, stores, record, premises, time, say } = options
  const figures: LentFigures = { looks: 0, lent: 0, given: 0 }
  const shards = new Map<string, { version: number; down: RegularsDown }>()
  const told = new Set<string>()
  const onBox = eachOnce(boxQuestions)
  const onBooks = eachOnce(bookQuestions)

  /** What the box has of allowances, parsed when it is another one than at the last look. */
  const grantsOf = (box: Database, boxid: string): Map<number, number> => {
    const grants = new Map<number, number>()
    const { shards: versions, shard: bodyOf } = onBox(box)
    for (const { shard, version } of versions.all()) {
      const key = `${boxid}/${shard}`
      let known = shards.get(key)
      if (known?.version !== version) {
        const body = bodyOf.get(shard) as Buffer
        known = { version, down: JSON.parse(premises.seal.open(`regulars/body/${shard}`, body).toString('utf8')) as RegularsDown }
        shards.set(key, known)
      }
      if (known.down.boxid !== boxid) continue
      for (const { allowance } of known.down.members)
        if (allowance) grants.set(allowance.serial, allowance.credit + allowance.gifts)
    }
    return grants
  }

  /** Sales on the box's disk that the books have not, and what they gave out of which allowance. */
  const givenUnknown = (box: Database, books: Database): number => {
    const { sale } = onBooks(books)
    let amount = 0
    for (const { sequence, saleid, body } of onBox(box).unsettled.all()) {
      if (sale.get(saleid) !== undefined) continue
      const text = premises.seal.open(`outbox/body/${sequence}`, body).toString('utf8')
      const { allowance } = (JSON.parse(text) as Fact<'vafa.sale.completed.v1'>).data
      if (allowance) amount += allowance.credit + allowance.gifts
    }
    return amount
  }

  const lookAt = (store: SimulatedStore, books: Database) => {
    const box = store.database()
    const { boxid } = store.standing()
    const { taken: takenOf, sale } = onBox(box)
    const taken = takenOf.all()
    const grants = grantsOf(box, boxid)
    // Books from a backup do not know what was lent since; the box hears so at the next round.
    const { lent, exposed } = onBooks(books)
    if (record.restored && [...grants.keys()].some((serial) => lent.get(boxid, serial) === undefined)) return
    const given = givenUnknown(box, books)
    let possible = 0
    for (const [serial, amount] of grants) {
      const used = taken.reduce((sum, one) => sum + (one.serial === serial ? one.credit + one.gifts : 0), 0)
      if (used > amount) say(`${store.name} has given ${used} of an allowance of ${amount}`)
      possible += Math.max(0, amount - used)
    }
    for (const one of taken) if (one.spent === 0 && sale.get(one.saleid) === undefined) possible += one.credit + one.gifts
    const exposure = exposed.get(boxid) ?? 0
    figures.looks += 1
    figures.lent = Math.max(figures.lent, exposure)
    figures.given = Math.max(figures.given, given)
    if (given + possible > exposure && !told.has(store.name)) {
      told.add(store.name)
      say(`${store.name} has given ${given} that no book knows and can give ${possible}, of ${exposure} that the club can lose`)
    }
  }

  const look = () => {
    if (club.running) for (const store of stores) if (store.running) lookAt(store, club.database())
    time.after(lookMs, look)
  }
  look()
  return figures
}
