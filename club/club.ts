import { z } from 'zod'
import { programmeSchema } from '#programme/schema.ts'
import type { SealingPrivateKey } from '#protocol/sealing.ts'
import type { KeysDown, ProgrammeDown } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { startBroker } from '#runtime/broker.ts'
import { readConfig, readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { sameSecret } from '#runtime/secret-check.ts'
import { storeAccess } from './acl.ts'
import type { ClubConfig, readClubConfig } from './config.ts'
import { startIntake } from './intake.ts'
import type { ClubStore } from './store/store.ts'
import { type BooksPlace, startWorkerStore } from './store/worker-client.ts'

export interface Club {
  /** Where the broker listens. */
  readonly port: number
  /** Questions to the books. */
  readonly books: Omit<ClubStore, 'commitBatch' | 'answer' | 'close'>
  /** Settles when the club can no longer work: with the reason, or with undefined after `close()`. Never rejects. */
  readonly closed: Promise<VafaError | undefined>
  /** Finishes what has come, then lets everything go. */
  close(): Promise<void>
}

const sealingKeySchema = z.object({ keyid: z.string().min(1), publicKey: z.string().min(1), privateKey: z.string().min(1) })

/**
 * Starts the central club: its broker, its books, its rules. Ready when it resolves. Rejects with a `VafaError` that
 * names what is missing or wrong.
 */
export async function startClub(options: {
  config: ReturnType<typeof readClubConfig>
  runtime: Runtime
  log: Logger
  onReady?: (club: { port: number }) => void
}): Promise<Club> {
  const { config, runtime, log } = options
  const { club } = config
  const programme = readConfig(config.programme, programmeSchema)
  const sealingKey = readSealingKey(config.sealingKeyFile)
  const boxes = new Map(
    config.stores.map(({ store, secretFile }) => {
      const secret = readSecret(secretFile, `the secret of store ${store}`)
      return [store, { store, secret, ...storeAccess(club, store) }] as const
    }),
  )
  const books = await startWorkerStore({
    ...placeOf(config.database),
    club,
    shops: config.stores.map(({ store, name, moneyShown }) => ({
      club,
      store,
      name: name ?? { fa: store, en: store },
      moneyShown,
    })),
    programme,
    pepper: readSecret(config.pepperFile, 'the pepper'),
    sealingKey,
  })
  const { host, port } = config.listen
  const broker = await startBroker<{ store: string; mayPublish(topic: string): boolean; maySubscribe(filter: string): boolean }>({
    listen: [{ host, port }],
    authenticate(username, password) {
      const box = boxes.get(username)
      return box && sameSecret(password, box.secret) ? box : undefined
    },
    mayPublish: (box, topic) => box.mayPublish(topic),
    maySubscribe: (box, filter) => box.maySubscribe(filter),
    onClient: ({ kind, clientid, identity }) => log.info({ store: identity.store, client: clientid }, `box ${kind}`),
    log,
  }).catch(async (error: unknown) => {
    await books.close()
    throw error
  })
  const intake = startIntake({ club, broker, store: books, runtime, log })
  const programmeDown: ProgrammeDown = { current: programme }
  const keysDown: KeysDown = { sealing: { keyid: sealingKey.keyid, publicKey: sealingKey.publicKey } }
  for (const store of boxes.keys()) {
    const { down } = storeTopics(club, store)
    await broker.publish({ topic: down('programme'), payload: JSON.stringify(programmeDown), qos: 1, retain: true })
    await broker.publish({ topic: down('keys'), payload: JSON.stringify(keysDown), qos: 1, retain: true })
  }

  const bound = broker.ports[0] ?? port
  log.info({ club, port: bound, stores: boxes.size, programme: programme.version }, 'ready')
  options.onReady?.({ port: bound })
  return {
    port: bound,
    books,
    closed: books.ended,
    async close() {
      await intake.close()
      await broker.close()
      await books.close()
    },
  }
}

/** The database as the thread with the books opens it, with the secrets that stand in files. */
function placeOf(database: ClubConfig['database']): BooksPlace {
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

function readSealingKey(file: string): SealingPrivateKey {
  const invalid = (cause: unknown) =>
    new VafaError({
      key: 'secret.invalid',
      message: `${file} does not hold a sealing key`,
      hint: '`vafa init FOLDER` writes one, as JSON with keyid, publicKey and privateKey',
      cause,
    })
  try {
    return sealingKeySchema.parse(JSON.parse(readSecret(file, 'the sealing key')))
  } catch (error) {
    throw error instanceof VafaError ? error : invalid(error)
  }
}
