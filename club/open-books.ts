import { readSecret } from '#runtime/config.ts'
import type { readClubConfig } from './config.ts'
import { readSealingKey } from './key-file.ts'
import type { Schedule } from './programmes/schedule.ts'
import { startWorkerStore, type WorkerStore } from './store/worker-client.ts'

/** Opens the books that a configuration names. Whoever opens them holds the control socket (control.ts). */
export async function openClubBooks(config: ReturnType<typeof readClubConfig>, programmes: Schedule): Promise<WorkerStore> {
  const { club, database, stores, cards, erasedFile, pepperFile, sealingKeyFile } = config
  return startWorkerStore({
    path: database,
    club,
    shops: stores.map(({ store, name, moneyShown }) => ({ club, store, name: name ?? { fa: store, en: store }, moneyShown })),
    programmes,
    pepper: readSecret(pepperFile, 'the pepper'),
    sealingKey: readSealingKey(sealingKeyFile),
    cards,
    erasedFile,
  })
}
