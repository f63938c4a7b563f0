import { messageOf } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Database } from '#runtime/sqlite.ts'

/** Commits something that means nothing. Throws where the database does not take it. */
export function commitAttempt(database: Database): (now: number) => void {
  const write = database.prepare<[string]>(
    "INSERT INTO box VALUES ('pulse', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  )
  return (now) => void write.run(String(now))
}

/** Whether the box's disk takes anything: from the first sale that it refused until something is committed again. */
export interface DiskTrouble {
  /** Facts were refused. */
  refused(reason: string): void
  /** Facts were committed. */
  committed(): void
  /** Why nothing can be committed, after one more attempt; undefined where all is well. */
  now(): string | undefined
}

export function createDiskTrouble({ database, runtime }: { database: Database; runtime: Runtime }): DiskTrouble {
  const commit = commitAttempt(database)
  let trouble: string | undefined
  return {
    refused(reason) {
      trouble = reason
    },
    committed() {
      trouble = undefined
    },
    now() {
      if (trouble === undefined) return undefined
      try {
        commit(runtime.now())
        trouble = undefined
      } catch (error) {
        trouble = messageOf(error)
      }
      return trouble
    },
  }
}
