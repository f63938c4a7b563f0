import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '#club/store/engine.ts'
import { openPostgresEngine } from '#club/store/postgres-engine.ts'
import { openSqliteEngine } from '#club/store/sqlite-engine.ts'
import { type BooksPlace, startWorkerStore } from '#club/store/worker-client.ts'
import { type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { type BookedFigures, benchSettings, type InTurn, loadMembers, measureBooked } from './booked-sales.ts'
import { type LeanFigures, leanMeter } from './lean-sale.ts'
import { pgbench, postgresFloor } from './postgres-floor.ts'
import { openFloor } from './sqlite-floor.ts'

export type EngineName = 'sqlite' | 'postgres'

/** One engine with so many members. */
export interface ClubFigures {
  engine: EngineName
  members: number
  /** How long it took to load them. */
  loadSeconds: number
  /** Lean sales on the same disk: in SQLite in turns with the booked ones, in PostgreSQL right before. */
  floor: LeanFigures
  /** Sales through the club's own books in their thread: read, decided, committed, replied to. */
  booked: BookedFigures
}

export interface ClubBench {
  sales: number
  /** PostgreSQL's own measure, transactions a second; only where PostgreSQL was measured. */
  pgbench?: number
  figures: ClubFigures[]
}

export interface ClubBenchOptions {
  engines: readonly EngineName[]
  /** Sizes of clubs, each measured by itself. */
  members: readonly number[]
  /** How many in batches; a thousand at most are timed one by one. */
  sales: number
}

/** The club's books by themselves, each engine beside what it could do at the very best. */
export async function benchClub({ engines, members: sizes, sales }: ClubBenchOptions): Promise<ClubBench> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  const figures: ClubFigures[] = []
  let server: PrivatePostgres | undefined
  try {
    if (engines.includes('sqlite'))
      for (const members of sizes) {
        const lean = openFloor({ folder, members })
        const inTurn = await leanMeter(lean, { members })
        const path = join(folder, `club-${members}.sqlite`)
        const open = async () => openSqliteEngine(path)
        const booked = await booksOf({ place: { path }, open, members, sales, inTurn })
        lean.close()
        figures.push({ engine: 'sqlite', members, floor: inTurn.figures(), ...booked })
        for (const file of ['', '-wal', '-shm']) rmSync(`${path}${file}`, { force: true })
      }
    if (!engines.includes('postgres')) return { sales, figures }
    server = await startPrivatePostgres()
    const tps = await pgbench(server, { seconds: 10 })
    for (const members of sizes) {
      const floor = await postgresFloor(server, { members, sales })
      const place = await server.createDatabase(`club_${members}`)
      const booked = await booksOf({
        place: { server: place },
        open: () => openPostgresEngine(place),
        // Else the server would tidy up after the loading while it is measured.
        loaded: async () => {
          for (const sql of ['VACUUM ANALYZE', 'CHECKPOINT']) await server?.query(place.database, sql)
        },
        members,
        sales,
      })
      figures.push({ engine: 'postgres', members, floor, ...booked })
      await server.dropDatabase(place.database)
    }
    return { sales, pgbench: tps, figures }
  } finally {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function booksOf(options: {
  place: BooksPlace
  open: () => Promise<Engine>
  loaded?: () => Promise<void>
  members: number
  sales: number
  inTurn?: InTurn
}): Promise<{ loadSeconds: number; booked: BookedFigures }> {
  const start = performance.now()
  const engine = await options.open()
  try {
    await loadMembers(engine, options.members)
  } finally {
    await engine.close()
  }
  const loadSeconds = (performance.now() - start) / 1_000
  await options.loaded?.()
  const store = await startWorkerStore({ ...benchSettings, ...options.place })
  try {
    return { loadSeconds, booked: await measureBooked(store, options) }
  } finally {
    await store.close()
  }
}
