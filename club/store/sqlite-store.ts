import { compile } from '#programme/compiled.ts'
import { type Programme, programmeSchema } from '#programme/schema.ts'
import { parseSequence } from '#protocol/ids.ts'
import { isFact } from '#protocol/messages.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { type Database, openDatabase, unsynced } from '#runtime/sqlite.ts'
import { type Arrival, effectiveAtOf, readArrival } from '../booking/arrival.ts'
import { balancesOf } from '../booking/member.ts'
import { createPepper } from '../pepper.ts'
import { sqliteAnswers } from './sqlite-answers.ts'
import { sqliteFacts } from './sqlite-facts.ts'
import { sqliteJournal } from './sqlite-journal.ts'
import { sqliteLedger } from './sqlite-ledger.ts'
import { sqliteMembers } from './sqlite-members.ts'
import { SetAside, type SqliteParts } from './sqlite-parts.ts'
import { sqliteRewards } from './sqlite-rewards.ts'
import { sqliteSales } from './sqlite-sales.ts'
import { clubMigrations } from './sqlite-schema.ts'
import type { ClubStore, Outcome, StoreSettings, Totals } from './store.ts'

/**
 * The club's books in one SQLite file. It works where it is called, so it belongs in a worker thread
 * (store/worker-client.ts): now and then a commit takes 20 ms, which would stall the broker.
 */
export function openSqliteStore(options: StoreSettings & { path: string; uuid: () => string }): ClubStore {
  const db = openDatabase(options.path, clubMigrations)
  const { programme, shops, sealingKey } = options
  // A sale writes 13 pages; by SQLite's own measure (1,000 pages) every 75th would wait for a checkpoint.
  db.pragma('wal_autocheckpoint = 4000')
  const pepper = createPepper(options.pepper)
  refuseForeignBooks(db, { path: options.path, club: options.club, pepper: pepper.token('which pepper is this?') })
  const programmeOf = keepProgramme(db, programme)
  const ledger = sqliteLedger(db, {
    currency: programme.currency,
    stores: shops.map((shop) => shop.store),
    units: compile(programme).units,
  })
  const journal = sqliteJournal(db, { pepper, sealingKey })
  const members = sqliteMembers(db, { ledger, pepper })
  const sales = sqliteSales(db)
  const rewards = sqliteRewards(db)
  const parts: SqliteParts = {
    shops: new Map(shops.map((shop) => [shop.store, shop])),
    programme,
    programmeOf,
    sealingKey,
    journal,
    ledger,
    members,
    sales,
    rewards,
  }
  const facts = sqliteFacts(parts)
  const requests = sqliteAnswers(parts, options)

  /** In a savepoint of its own, so that what one event did is undone when it cannot be booked. */
  const inSavepoint = db.transaction((arrival: Arrival, read: Extract<ReturnType<typeof readArrival>, { ok: true }>): Outcome => {
    const { message, hash, json } = read
    if (!isFact(message)) throw new SetAside('request.invalid', 'type: a request, sent as a fact')
    return facts.take({ fact: message, hash, json, arrival, effectiveAt: effectiveAtOf(message, arrival.receivedat) })
  })

  function takeOne(arrival: Arrival, sequences: Sequences): Outcome {
    const read = readArrival(arrival)
    if (!read.ok) return facts.setAside(arrival, read)
    const { message, hash } = read
    if (isFact(message)) sequences.add(arrival.store, message.boxid, parseSequence(message.sequence))
    try {
      const outcome = inSavepoint(arrival, read)
      ledger.keepStaged()
      return outcome
    } catch (error) {
      ledger.dropStaged()
      if (engineFailed(error)) throw error
      const key = error instanceof SetAside ? error.key : 'event.unsupported'
      const reason = error instanceof SetAside ? error.message : `cannot be booked: ${messageOf(error)}`
      return facts.setAside(arrival, { id: message.id, madeUp: false, hash, key, reason, type: message.type })
    }
  }

  const commitBatch = db.transaction((arrivals: readonly Arrival[]): Outcome => {
    const sequences = createSequences()
    const outcome: Outcome = { answers: [], notices: [] }
    for (const arrival of arrivals) {
      const one = takeOne(arrival, sequences)
      outcome.answers.push(...one.answers)
      outcome.notices.push(...one.notices)
    }
    for (const { store, boxid, numbers } of sequences.all()) journal.noteSequences(store, boxid, numbers)
    ledger.settleHouse()
    return outcome
  })

  /** A quote that a power cut takes away is made up for: the sale is booked by the rules that it was quoted with. */
  const answerAll = unsynced(db, (arrivals: readonly Arrival[]): Outcome => {
    const outcomes = arrivals.map((arrival) => requests.answer(arrival))
    return { answers: outcomes.flatMap((one) => one.answers), notices: outcomes.flatMap((one) => one.notices) }
  })

  const count = (table: string) => db.prepare<[], { n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n ?? 0

  return {
    async commitBatch(arrivals) {
      try {
        return commitBatch.immediate(arrivals)
      } catch (error) {
        ledger.dropBatch()
        throw storeFailed(options.path, error)
      }
    },
    answer: async (arrivals) => answerAll(arrivals),
    async balances(memberid) {
      const member = members.byId(memberid)
      return member ? balancesOf(member, programme.currency) : []
    },
    async transfers({ memberid, saleid }) {
      if (saleid !== undefined) return ledger.ofSale(saleid)
      const member = memberid === undefined ? undefined : members.byId(memberid)
      return member ? ledger.ofMember(member.row) : []
    },
    dueMessages: async (until) => rewards.dueMessages(until),
    memberByNumber: async (number) => members.recordByNumber(number),
    members: async () => members.records(),
    sales: async (filter) => sales.records(filter),
    totals: async (): Promise<Totals> => ({
      accounts: ledger.houseBalances(),
      members: count('members'),
      sales: count('sales'),
      transfers: count('transfers'),
      quarantined: count('quarantine'),
      training: count('training'),
    }),
    quarantine: async () => journal.quarantineEntries(),
    sequences: async () => journal.sequences(),
    audit: async () => ledger.audit(),
    async close() {
      db.close()
    },
  }
}

/** With another pepper every card would be unknown, with another name every receipt's code: better not to start. */
function refuseForeignBooks(db: Database, given: { path: string; club: string; pepper: string }): void {
  const stored = db.prepare<[], { club: string; pepper: string }>('SELECT club, pepper FROM identity').get()
  if (!stored) {
    db.prepare<[string, string]>('INSERT INTO identity VALUES (?, ?)').run(given.club, given.pepper)
    return
  }
  const what =
    stored.club !== given.club ? `club “${stored.club}”` : stored.pepper !== given.pepper ? 'another pepper' : undefined
  if (what === undefined) return
  throw new VafaError({
    key: 'database.foreign',
    message: `the database ${given.path} belongs to ${what}`,
    hint: 'give the `club` and `pepperFile` that it was made with, or another `database`',
  })
}

/** Keeps every version of the programme that was in force, so that a quote's own rules can still be applied. */
function keepProgramme(db: Database, current: Programme): SqliteParts['programmeOf'] {
  const select = db.prepare<[number], { document: string }>('SELECT document FROM programmes WHERE version = ?')
  const text = JSON.stringify(current)
  const stored = select.get(current.version)?.document
  if (stored === undefined) db.prepare<[number, string]>('INSERT INTO programmes VALUES (?, ?)').run(current.version, text)
  else if (stored !== text)
    throw new VafaError({
      key: 'programme.changed',
      message: `programme version ${current.version} was in force with other rules`,
      hint: 'raise `version` in the programme: each version stands for one set of rules for ever',
    })
  const versions = new Map([[current.version, current]])
  return (version) => {
    if (version === undefined) return current
    const known = versions.get(version)
    if (known) return known
    const document = select.get(version)?.document
    if (document === undefined) return current
    const programme = programmeSchema.parse(JSON.parse(document))
    versions.set(version, programme)
    return programme
  }
}

type Sequences = ReturnType<typeof createSequences>

/** The numbers that came in one batch, by box. */
function createSequences() {
  const boxes = new Map<string, { store: string; boxid: string; numbers: number[] }>()
  return {
    add(store: string, boxid: string, number: number) {
      const key = `${store} ${boxid}`
      const box = boxes.get(key) ?? { store, boxid, numbers: [] }
      box.numbers.push(number)
      boxes.set(key, box)
    },
    all: () => boxes.values(),
  }
}

/** A full disk or a broken file is no fault of the event: the whole batch fails and comes again. */
function engineFailed(error: unknown): boolean {
  const code = codeOf(error)
  return code?.startsWith('SQLITE_') === true && !code.startsWith('SQLITE_CONSTRAINT')
}

const storeFailed = (path: string, error: unknown) =>
  new VafaError({
    key: 'store.failed',
    message: `the club's database ${path} could not take a batch: ${messageOf(error)}`,
    hint:
      codeOf(error) === 'SQLITE_FULL'
        ? 'the disk is full: make room; nothing was lost'
        : 'check the disk; boxes send again by themselves',
    permanent: false,
    cause: error,
  })
