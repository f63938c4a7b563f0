import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import type { LeanFigures } from './lean-sale.ts'
import { pgbench, postgresFloor } from './postgres-floor.ts'
import { sqliteFloor } from './sqlite-floor.ts'

export type Engine = 'sqlite' | 'postgres'

/** One engine with so many members. */
export interface ClubFigures {
  engine: Engine
  members: number
  /** Lean sales on the same disk in the same run. */
  floor: LeanFigures
}

export interface ClubBench {
  sales: number
  /** PostgreSQL's own measure, transactions a second; only where PostgreSQL was measured. */
  pgbench?: number
  figures: ClubFigures[]
}

export interface ClubBenchOptions {
  engines: readonly Engine[]
  /** Sizes of clubs, each measured by itself. */
  members: readonly number[]
  /** How many in batches; a thousand at most are timed one by one. */
  sales: number
}

/** The club's books by themselves, each engine beside what it could do at the very best. */
export async function benchClub(options: ClubBenchOptions): Promise<ClubBench> {
  const { engines, members: sizes, sales } = options
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  let server: PrivatePostgres | undefined
  try {
    const figures: ClubFigures[] = []
    if (engines.includes('sqlite'))
      for (const members of sizes)
        figures.push({ engine: 'sqlite', members, floor: await sqliteFloor({ folder, members, sales }) })
    if (!engines.includes('postgres')) return { sales, figures }
    server = await startPrivatePostgres()
    const tps = await pgbench(server, { seconds: 10 })
    for (const members of sizes)
      figures.push({ engine: 'postgres', members, floor: await postgresFloor(server, { members, sales }) })
    return { sales, pgbench: tps, figures }
  } finally {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
