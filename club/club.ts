import { cataloguePartName, catalogueParts } from '#protocol/catalogue.ts'
import type { KeysDown } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf, type VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { sameSecret } from '#runtime/secret-check.ts'
import { storeAccess } from './acl.ts'
import type { readClubConfig } from './config.ts'
import { holdControl } from './control.ts'
import { createErasureNews } from './erasure-news.ts'
import { startIntake } from './intake.ts'
import { readProgrammeKey, readSealingKey } from './key-file.ts'
import { openClubBooks } from './open-books.ts'
import { type ProgrammeFiles, runProgrammes } from './programmes/running.ts'
import type { ClubStore } from './store/store.ts'
import { startTicking } from './ticking.ts'

export interface Club {
  /** Where the broker listens. */
  readonly port: number
  /** Questions to the books. */
  readonly books: Omit<ClubStore, 'commitBatch' | 'answer' | 'follow' | 'tick' | 'close'>
  /**
   * Reads the programmes again and gives them to the stores. Where one is wrong, those that run go on: the reason is
   * logged and returned.
   */
  reloadProgrammes(files: ProgrammeFiles): VafaError | undefined
  /** Settles when the club can no longer work: with the reason, or with undefined after `close()`. Never rejects. */
  readonly closed: Promise<VafaError | undefined>
  /** Finishes what has come, then lets everything go. */
  close(): Promise<void>
}

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
  const programmes = runProgrammes({ files: config, key: readProgrammeKey(config.programmeKeyFile), runtime, log })
  const sealingKey = readSealingKey(config.sealingKeyFile)
  const boxes = new Map(
    config.stores.map(({ store, secretFile }) => {
      const secret = readSecret(secretFile, `the secret of store ${store}`)
      return [store, { store, secret, ...storeAccess(club, store) }] as const
    }),
  )
  const control = await holdControl(config.control)
  const closeAfter = async (error: unknown): Promise<never> => {
    await control.close()
    throw error
  }
  // The thread loads what it needs while this one loads the broker.
  const opening = openClubBooks(config, programmes.schedule())
  const [books, { startBroker }] = await Promise.all([opening, import('#runtime/broker.ts')]).catch(closeAfter)
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
    return closeAfter(error)
  })
  /** All at once, so that of two in a row no store gets the older one last. */
  const publish = (what: string, body: object | undefined) =>
    Promise.all(
      [...boxes.keys()].map((store) =>
        broker.publish({
          topic: storeTopics(club, store).down(what),
          payload: body === undefined ? '' : JSON.stringify(body),
          qos: 1,
          retain: true,
        }),
      ),
    )
  const news = createErasureNews({ erased: books.erased, publish, log })
  const intake = startIntake({ club, broker, store: books, runtime, log, onForgotten: () => void news.tell() })
  const stopTicking = startTicking({ store: books, runtime, log })
  const keysDown: KeysDown = { sealing: { keyid: sealingKey.keyid, publicKey: sealingKey.publicKey } }
  await publish('programme', programmes.down())
  await publish('keys', keysDown)
  let cataloguesOut = 0
  const publishCatalogue = async () => {
    const parts = catalogueParts(await books.products())
    for (const one of parts) await publish(cataloguePartName(one.part), one)
    // What an older, longer list left behind.
    for (let part = parts.length + 1; part <= cataloguesOut; part++) await publish(cataloguePartName(part), undefined)
    cataloguesOut = parts.length
  }
  if ((await books.products()).version > 0) await publishCatalogue()
  await news.tell()
  /** As the books do it; stores hear of a new catalogue, and of whom to forget. */
  const release: ClubStore['release'] = async (name, how) => {
    const released = await books.release(name, how)
    await news.tell()
    return released
  }
  const act: ClubStore['act'] = async (acts) => {
    const replies = await books.act(acts)
    if (acts.some((one) => one.type === 'vafa.club.erasure-repeated.v1')) await news.tell()
    if (acts.some((one) => one.type === 'vafa.club.catalogue-imported.v1')) await publishCatalogue()
    return replies
  }
  control.serve({ ...books, act, release })
  programmes.watch(() => {
    books.follow(programmes.schedule()).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the books go on by the programmes that they have')
    })
    publish('programme', programmes.down()).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the programmes could not be published; stores get them at the next start')
    })
  })

  const bound = broker.ports[0] ?? port
  log.info({ club, port: bound, stores: boxes.size, programme: programmes.inForce().version }, 'ready')
  options.onReady?.({ port: bound })
  return {
    port: bound,
    books: { ...books, act, release },
    closed: books.ended,
    reloadProgrammes: programmes.reload,
    async close() {
      programmes.close()
      await stopTicking()
      await intake.close()
      await news.settled()
      await broker.close()
      await books.close()
      await control.close()
    },
  }
}
