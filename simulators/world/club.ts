import { createSecretKey } from 'node:crypto'
import type { Act } from '#club/books/acts.ts'
import { watchBoxStates } from '#club/fleet/box-states.ts'
import { startIntake } from '#club/intake.ts'
import { watchForHoles } from '#club/resending.ts'
import { openBooks } from '#club/store/books-store.ts'
import { sqliteEngineOn } from '#club/store/sqlite-engine.ts'
import { clubMigrations } from '#club/store/sqlite-schema.ts'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { startTellingBoxes } from '#club/telling-boxes.ts'
import { startTicking } from '#club/ticking.ts'
import { tokenise } from '#protocol/credentials.ts'
import { storeTopics } from '#protocol/topics.ts'
import type { Logger } from '#runtime/log.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { Chance } from './chance.ts'
import { cardOf } from './customers.ts'
import { createDisk, type SimulatedDisk } from './disk.ts'
import type { SimulatedBroker, SimulatedNetwork } from './network.ts'
import { isStock, type Premises } from './premises.ts'
import { beginLife, beginning, type Life, type WorldTime } from './time.ts'

export interface SimulatedClub {
  readonly disk: SimulatedDisk
  readonly running: boolean
  start(): Promise<void>
  /** The process is gone at this instant; the disk decides what is left. */
  die(): void
  /** What the running club's database says. */
  database(): Database
  books(): ClubStore
}

/** The real intake and the real books in one process, on a simulated disk and behind a simulated broker. */
export function createClub(options: {
  premises: Premises
  stores: readonly string[]
  members: number
  time: WorldTime
  network: SimulatedNetwork
  chance: Chance
  log: Logger
}): SimulatedClub {
  const { premises, stores, time, network, log } = options
  const chance = options.chance.of('club')
  const disk = createDisk({ migrations: clubMigrations, chance })
  const settings: StoreSettings = {
    club: premises.club,
    shops: stores.map((store) => ({ club: premises.club, store, name: { fa: store, en: store }, moneyShown: 'toman' as const })),
    programmes: { current: premises.programme },
    pepper: 'the pepper of a simulated club',
    sealingKey: premises.sealingKey,
    offline: premises.offline,
  }
  let runs = 0
  let now: { life: Life; broker: SimulatedBroker; database: Database; books: ClubStore } | undefined

  let starting = false
  let latest: Life | undefined
  async function begin(): Promise<void> {
    const life = beginLife({ time, chance, process: 1, run: ++runs, skewMs: () => 0 })
    const { runtime } = life
    latest = life
    const database = disk.open()
    const books = await openBooks(sqliteEngineOn(database), { ...settings, uuid: runtime.uuid, timing: runtime })
    if (runs === 1) await books.act([stockOf(options.members, premises)])
    if (!life.alive) return
    const broker = network.openBroker(life)
    now = { life, broker, database, books }
    const club = premises.club
    startIntake({ club, broker, store: slow(books, { life, time, chance }), runtime, log })
    startTicking({ store: books, runtime, log })
    const states = watchBoxStates({ club, broker })
    watchForHoles({ club, broker, states, books, runtime, log })
    startTellingBoxes({ club, terms: premises.offline, broker, states, books, runtime, log })
    for (const store of stores)
      for (const [what, body] of Object.entries(premises.downs))
        await broker.publish({ topic: storeTopics(club, store).down(what), payload: body, qos: 1, retain: true })
  }

  return {
    disk,
    get running() {
      return now !== undefined
    },
    async start() {
      if (starting || now) return
      starting = true
      try {
        await begin()
      } finally {
        starting = false
      }
    },
    die() {
      // Also in the middle of its start.
      if (latest) latest.alive = false
      now?.broker.end()
      now = undefined
    },
    database() {
      if (!now) throw new Error('the club does not run')
      return now.database
    },
    books() {
      if (!now) throw new Error('the club does not run')
      return now.books
    },
  }
}

/** The cards that the club has given to its stores to hand out. */
function stockOf(members: number, { tokenKey: { keyid, secret } }: Premises): Act {
  const key = { keyid, secret: createSecretKey(secret) }
  const customers = Array.from({ length: members }, (_, customer) => customer).filter(isStock)
  const cards = customers.map((customer) => ({
    tokens: [tokenise({ kind: 'nfc-uid', value: cardOf(customer) }, key).token],
  }))
  const at = new Date(beginning).toISOString()
  const data = { batch: 'first', cards }
  return { id: '01900000-0000-7000-9000-000000000001', at, actor: 'head-office', type: 'vafa.club.cards-imported.v1', data }
}

/** The books behind a thread and a disk that take their time, so that batches gather; of a dead club nothing comes back. */
function slow(books: ClubStore, { life, time, chance }: { life: Life; time: WorldTime; chance: Chance }): ClubStore {
  const never = new Promise<never>(() => {})
  const later = async <T>(work: () => Promise<T>): Promise<T> => {
    await time.sleep(chance.int(0, 8))
    if (!life.alive) return never
    const result = await work()
    await time.sleep(chance.int(0, 8))
    return life.alive ? result : never
  }
  return {
    ...books,
    commitBatch: (arrivals) => later(() => books.commitBatch(arrivals)),
    answer: (arrivals) => later(() => books.answer(arrivals)),
  }
}
