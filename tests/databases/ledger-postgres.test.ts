import { openPostgresSnapshot } from '#club/store/postgres-snapshot.ts'
import { ledgerInvariants } from './ledger-invariants.ts'
import { postgresBooks } from './postgres-books.ts'

const { open, placeOf } = postgresBooks()

ledgerInvariants('PostgreSQL', {
  open,
  async read(folder, work) {
    const { engine, close } = await openPostgresSnapshot(await placeOf(folder))
    try {
      return await work(engine)
    } finally {
      await close()
    }
  },
})
