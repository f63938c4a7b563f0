import { readSecret } from '#runtime/config.ts'
import type { ClubConfig, readClubConfig } from './config.ts'
import { readSealingKey } from './key-file.ts'
import type { Schedule } from './programmes/schedule.ts'
import { type BooksPlace, startWorkerStore, type WorkerStore } from './store/worker-client.ts'
import { readRing, retiredKeys } from './token-keys/ring.ts'

/** Opens the books that a configuration names. Whoever opens them holds the control socket (control.ts). */
export async function openClubBooks(config: ReturnType<typeof readClubConfig>, programmes: Schedule): Promise<WorkerStore> {
  const { club, database, stores, cards, erasedFile, pepperFile, sealingKeyFile, tokenKey, offline } = config
  return startWorkerStore({
    ...placeOf(database),
    club,
    shops: stores.map(({ store, name, moneyShown }) => ({ club, store, name: name ?? { fa: store, en: store }, moneyShown })),
    programmes,
    pepper: readSecret(pepperFile, 'the pepper'),
    sealingKey: readSealingKey(sealingKeyFile),
    cards,
    ...(tokenKey ? { retiredKeys: retiredKeys(readRing(tokenKey)) } : {}),
    ...(offline ? { offline } : {}),
    erasedFile,
  })
}

/** The database as the thread with the books opens it, with the secrets that stand in files. */
export function placeOf(database: ClubConfig['database']): BooksPlace {
  if (typeof database === 'string') return { path: database }
  const { passwordFile, tls, host, port, database: name, user } = database.postgres
  const ca = tls?.caFile === undefined ? undefined : readSecret(tls.caFile, 'the authorities of the database’s certificate')
  return {
    server: {
      ...{ host, port, database: name, user },
      password: passwordFile === undefined ? undefined : readSecret(passwordFile, 'the password of the database'),
      tls: tls && { ca },
    },
  }
}
