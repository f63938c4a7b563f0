import type { Engine } from './engine.ts'
import type { Reader } from './questions.ts'
import type { BooksPlace } from './worker-client.ts'

export interface Snapshot {
  /** The books as they stood at one instant, what was only remembered included. */
  engine: Reader
  /** Fresh books that may be filled; they go with the snapshot. */
  openFresh(): Engine
  close(): Promise<void>
}

/** The books as they stand now, also beside a running club, which goes on meanwhile. */
export async function openSnapshot(place: BooksPlace): Promise<Snapshot> {
  if ('server' in place) return (await import('./postgres-snapshot.ts')).openPostgresSnapshot(place.server)
  return (await import('./sqlite-snapshot.ts')).openSqliteSnapshot(place.path)
}

/** The books for reports, read only, as they stand at one instant. */
export async function openReader(place: BooksPlace): Promise<Reader & { close(): Promise<void> }> {
  if (!('server' in place)) return (await import('./sqlite-reader.ts')).openSqliteReader(place.path)
  const { engine, close } = await openSnapshot(place)
  return { ...engine, close }
}
