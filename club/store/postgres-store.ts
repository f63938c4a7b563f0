import type { PostgresServer } from '#runtime/postgres-client.ts'
import { openBooks } from './books-store.ts'
import { openPostgresEngine } from './postgres-engine.ts'
import type { ClubStore, StoreSettings } from './store.ts'

/** The club's books in a PostgreSQL database. */
export async function openPostgresStore({
  server,
  ...settings
}: StoreSettings & { server: PostgresServer; uuid: () => string }): Promise<ClubStore> {
  const engine = await openPostgresEngine(server)
  try {
    return await openBooks(engine, settings)
  } catch (error) {
    await engine.close()
    throw error
  }
}
