import { join } from 'node:path'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { ledgerInvariants } from './ledger-invariants.ts'

const path = (folder: string) => join(folder, 'club.sqlite')

// Mutants (tests/mutants/) are looked for longer, and always in the same histories.
const { VAFA_LEDGER_RUNS, VAFA_LEDGER_SEED } = process.env
const how = {
  ...(VAFA_LEDGER_RUNS === undefined ? {} : { numRuns: Number(VAFA_LEDGER_RUNS) }),
  ...(VAFA_LEDGER_SEED === undefined ? {} : { seed: Number(VAFA_LEDGER_SEED) }),
}

ledgerInvariants(
  'SQLite',
  {
    open: (folder, settings) => openSqliteStore({ ...settings, path: path(folder), uuid: systemRuntime.uuid }),
    async read(folder, work) {
      const { engine, close } = openSqliteSnapshot(path(folder))
      try {
        return await work(engine)
      } finally {
        await close()
      }
    },
  },
  how,
)
