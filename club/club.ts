import { existsSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '#package' with { type: 'json' }
import { cataloguePartName, catalogueParts } from '#protocol/catalogue.ts'
import type { KeysDown } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { openTracer } from '#runtime/tracing/tracer.ts'
import type { Watchdog, Watching } from '#runtime/watching.ts'
import { startEnrolment } from './authority/enrolment.ts'
import { trustPlace } from './authority/place.ts'
import type { Trust, TrustDesk } from './authority/trust.ts'
import { watchTwins } from './authority/twins.ts'
import type { ClubBroker } from './broker/club-broker.ts'
import { createCommandDesk } from './commanding.ts'
import type { readClubConfig } from './config.ts'
import { holdControl } from './control.ts'
import { createErasureNews } from './erasure-news.ts'
import { watchBoxStates } from './fleet/box-states.ts'
import { openConfigurationDesk } from './fleet/configurations.ts'
import { openUpdateDesk } from './fleet/updates.ts'
import { watchVelocity } from './fraud/watching.ts'
import { startIntake } from './intake.ts'
import { readProgrammeKey, readSealingKey } from './key-file.ts'
import { openClubBooks } from './open-books.ts'
import { type ProgrammeFiles, runProgrammes } from './programmes/running.ts'
import { watchForHoles } from './resending.ts'
import type { ClubStore } from './store/store.ts'
import { startTellingBoxes } from './telling-boxes.ts'
import { startTicking } from './ticking.ts'
import { createTokenKeyDesk } from './token-keys/token-key-desk.ts'
import { openClubMeter, watchClub } from './watching.ts'

export interface Club {
  /** Where the broker listens. */
  readonly port: number
  /** Where it listens with TLS, and where boxes enrol; absent where it has no authority. */
  readonly trust?: { port: number; enrolmentPort: number }
  /** Where browsers reach head office's pages; absent without `pages`. */
  readonly pagesPort?: number
  /** Where it is watched; absent without `watch`. */
  readonly watchPort?: number
  /** Questions to the books. */
  readonly books: Omit<ClubStore, 'commitBatch' | 'answer' | 'follow' | 'tick' | 'close'>
  /**
   * Reads the programmes again and gives them to the stores. Where one is wrong, those that run go on: the reason is
   * logged and returned.
   */
  reloadProgrammes(files: ProgrammeFiles): VafaError | undefined
  /** Has the pages show what is in their certificate's files now; what is wrong there is logged, and changes nothing. */
  renewPages(): void
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
  watchdog?: Watchdog | undefined
}): Promise<Club> {
  const { config, runtime, log } = options
  const { club } = config
  const programmeKey = readProgrammeKey(config.programmeKeyFile)
  // Opened only where there are pages, or were: what was published from them stays in force.
  const { office, published } =
    config.pages || existsSync(config.officeFile) ? await openOffice(config.officeFile, runtime) : noOffice
  const programmes = runProgrammes({
    ...{ files: config, key: programmeKey, runtime, log },
    ...(published ? { published: published.texts } : {}),
  })
  const sealingKey = readSealingKey(config.sealingKeyFile)
  const boxes = new Map(
    config.stores.map(({ store, secretFile }) => [
      store,
      secretFile === undefined ? undefined : readSecret(secretFile, `the secret of store ${store}`),
    ]),
  )
  const meter = await openClubMeter(config)
  const control = await holdControl(config.control)
  let trust: Trust | undefined
  const closeAfter = async (error: unknown): Promise<never> => {
    trust?.close()
    office?.close()
    await control.close()
    throw error
  }
  // The thread loads what it needs while this one loads the broker.
  const opening = openClubBooks(config, programmes.schedule())
  if (config.trust) {
    const { openTrust } = await import('./authority/trust.ts')
    trust = await openTrust({ ...trustPlace(config, config.trust), isStore: (store) => boxes.has(store), runtime, log }).catch(
      async (error: unknown) => {
        await opening.then((books) => books.close()).catch(() => {})
        return closeAfter(error)
      },
    )
  }
  const [books, brokers] = await Promise.all([
    opening,
    config.broker ? import('./broker/mosquitto.ts') : import('./broker/embedded.ts'),
  ]).catch(closeAfter)
  const twins = watchTwins()
  const alarm = (store: string, trouble: string | undefined) => {
    if (trouble !== undefined) log.error({ store }, trouble)
  }
  const onConnected = (store: string) => alarm(store, twins.connected(store, runtime.monotonic()))
  let atLeisure = () => true
  const startBroker = async (): Promise<ClubBroker> => {
    const trusted = trust && config.trust && { trust, listen: config.trust.listen }
    if ('startEmbeddedBroker' in brokers)
      return brokers.startEmbeddedBroker({
        ...{ club, secrets: boxes, listen: config.listen, limits: config.limits, trust: trusted, onConnected, log },
        atLeisure: () => atLeisure(),
        onRefused: () => meter.count('vafa_club_logins_refused_total', { at: 'broker' }),
      })
    if (!trusted || !config.broker) throw new Error('a broker of head office’s without certificates')
    const { url } = config.broker.mosquitto
    return brokers.reachMosquitto({
      ...{ club, stores: [...boxes.keys()], url, trust: trusted.trust, boxesPort: trusted.listen.port },
      ...{ onConnected, runtime, log },
    })
  }
  const broker = await startBroker().catch(async (error: unknown) => {
    await books.close()
    return closeAfter(error)
  })
  const states = watchBoxStates({ club, broker })
  states.onState((store, { boxid }) => alarm(store, twins.seen(store, boxid, runtime.monotonic())))
  const enrolment =
    trust && config.trust
      ? await startEnrolment({
          trust,
          config: { ...config, trust: config.trust },
          brokerPort: broker.ports[1],
          boxes,
          runtime,
          log,
        }).catch(async (error: unknown) => {
          await broker.close()
          await books.close()
          return closeAfter(error)
        })
      : undefined
  trust?.onServer((server) => {
    broker.renewed()
    enrolment?.use(server)
  })
  trust?.onRevoked(broker.revoked)
  /** All at once, so that of two in a row no store gets the older one last. */
  const publish = (what: string, body: object | undefined) => {
    // The same bytes for all: a broker keeps them for each store.
    const payload = Buffer.from(body === undefined ? '' : JSON.stringify(body))
    return Promise.all(
      [...boxes.keys()].map((store) =>
        broker.publish({ topic: storeTopics(club, store).down(what), payload, qos: 1, retain: true }),
      ),
    )
  }
  const tokenKeys = createTokenKeyDesk({
    ...{ club, first: config.tokenKey, stores: [...boxes.keys()], key: programmeKey, states, publish, runtime },
    act: books.act,
  })
  const news = createErasureNews({ erased: books.erased, publish, log })
  const resource = { 'service.name': 'vafa-club', 'service.version': packageJson.version, 'vafa.club': club }
  const tracer = await openTracer({ config: config.tracing, resource, beside: (path) => path, runtime, log })
  let watching: Watching | undefined
  const intake = startIntake({
    ...{ club, broker, store: books, meter, tracer, runtime, log },
    onFailed: (reason) => watching?.refused(reason),
    onForgotten: () => void news.tell(),
  })
  atLeisure = intake.atLeisure
  const stopTicking = startTicking({ store: books, runtime, log })
  const keysDown: KeysDown = { sealing: { keyid: sealingKey.keyid, publicKey: sealingKey.publicKey } }
  await publish('programme', programmes.down())
  await publish('keys', keysDown)
  await tokenKeys.publishAgain()
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
    if (acts.some((one) => one.type === 'vafa.club.erasure-repeated.v1' || one.type === 'vafa.club.member-erased.v1'))
      await news.tell()
    if (acts.some((one) => one.type === 'vafa.club.catalogue-imported.v1')) await publishCatalogue()
    return replies
  }
  const commands = createCommandDesk({
    ...{ club, broker, act, runtime },
    isStore: (store) => boxes.has(store),
    key: programmeKey,
  })
  const configurations = await openConfigurationDesk({
    ...{ folder: join(config.fleetFolder, 'configurations'), club, stores: [...boxes.keys()], broker, states, act, runtime },
    key: programmeKey,
  })
  const updates = await openUpdateDesk({
    ...{ folder: join(config.fleetFolder, 'updates'), club, stores: [...boxes.keys()], broker, states, act, runtime, log },
    key: programmeKey,
  })
  control.serve({ ...books, act, release, ...(trust?.desk ?? noTrust), ...commands, ...configurations, ...tokenKeys, ...updates })
  let followed = Promise.resolve()
  programmes.watch(() => {
    followed = books.follow(programmes.schedule()).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the books go on by the programmes that they have')
    })
    publish('programme', programmes.down()).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the programmes could not be published; stores get them at the next start')
    })
  })

  const stopTelling = config.offline
    ? startTellingBoxes({ club, terms: config.offline, broker, states, books, runtime, log })
    : async () => {}
  const holes = watchForHoles({ club, broker, states, books, runtime, log })
  const velocity = watchVelocity({
    rules: config.velocity,
    stores: config.stores.map(({ store, place, name }) => ({ store, place, name: name ?? { fa: store, en: store } })),
    ...{ books, meter, runtime, log: log.child({ part: 'velocity' }) },
  })
  const close = async () => {
    await velocity.close()
    holes.close()
    await stopTelling()
    programmes.close()
    await stopTicking()
    await updates.close()
    await intake.close()
    await tracer.close()
    await enrolment?.close()
    await news.settled()
    await broker.close()
    trust?.close()
    await books.close()
    office?.close()
    await control.close()
  }
  const headOffice =
    config.pages && office && published
      ? await startPages({
          ...{ config, pages: config.pages, database: office, broker, states, programmes, published, runtime, log },
          books: { ...books, act, release },
          signs: programmeKey.privateKey !== undefined,
          followed: () => followed,
          command: commands.command,
          onRefusedLogin: () => meter.count('vafa_club_logins_refused_total', { at: 'pages' }),
        }).catch(async (error: unknown) => {
          await close()
          throw error
        })
      : undefined
  const watched = await watchClub({
    ...{ config, meter, books, broker, watchdog: options.watchdog, runtime },
    waiting: intake.waiting,
    programmeVersion: () => programmes.inForce().version,
  }).catch(async (error: unknown) => {
    await headOffice?.close()
    await close()
    throw error
  })

  watching = watched
  const [bound] = broker.ports
  log.info({ club, port: bound, stores: boxes.size, programme: programmes.inForce().version }, 'ready')
  options.onReady?.({ port: bound })
  return {
    port: bound,
    ...(enrolment ? { trust: { port: broker.ports[1] ?? 0, enrolmentPort: enrolment.port } } : {}),
    ...(headOffice ? { pagesPort: headOffice.port } : {}),
    ...(watched.port === undefined ? {} : { watchPort: watched.port }),
    books: { ...books, act, release },
    closed: books.ended,
    reloadProgrammes: programmes.reload,
    renewPages: () => headOffice?.renewCertificate(),
    async close() {
      await watched.close()
      await headOffice?.close()
      await close()
    },
  }
}

const noOffice = { office: undefined, published: undefined }
/** SQLite is loaded in this thread only where it is wanted: the books are in another. */
async function openOffice(file: string, runtime: Runtime) {
  const [{ openOfficeDatabase }, { createPublished }] = await Promise.all([
    import('./head-office/office-database.ts'),
    import('./programmes/published.ts'),
  ])
  const office = openOfficeDatabase(file)
  return { office, published: createPublished({ database: office, runtime }) }
}

/** Loaded only where there are pages. */
const startPages: typeof import('./head-office/head-office.ts').startHeadOffice = async (parts) =>
  (await import('./head-office/head-office.ts')).startHeadOffice(parts)

const noAuthority = async (): Promise<never> => {
  throw new VafaError({
    key: 'trust.absent',
    message: 'this club has no authority of its own',
    hint: '`vafa club trust init` makes one; then write `trust:` into club.yaml (docs/trust.md)',
  })
}
const noTrust: TrustDesk = { newCode: noAuthority, boxes: noAuthority, revoke: noAuthority }
