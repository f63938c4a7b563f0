import { databaseError } from '#runtime/database-error.ts'
import { codeOf } from '#runtime/errors.ts'
import { openBooks } from './books-store.ts'
import { openSqliteEngine, whenDamaged } from './sqlite-engine.ts'
import type { ClubStore, StoreSettings } from './store.ts'

/** The club's books in one SQLite file. */
export async function openSqliteStore({
  path,
  ...settings
}: StoreSettings & { path: string; uuid: () => string }): Promise<ClubStore> {
  const engine = openSqliteEngine(path)
  try {
    return await openBooks(engine, settings)
  } catch (error) {
    await engine.close()
    throw codeOf(error)?.startsWith('SQLITE_') ? databaseError(path, error, { whenDamaged }) : error
  }
}
