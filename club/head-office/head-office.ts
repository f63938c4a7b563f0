import { fileURLToPath } from 'node:url'
import { officeTopics } from '#protocol/topics.ts'
import { type Broker, startBroker } from '#runtime/broker.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { CommandDesk } from '../commanding.ts'
import type { PagesConfig, readClubConfig } from '../config.ts'
import type { BoxStates } from '../fleet/box-states.ts'
import { placeOf } from '../open-books.ts'
import type { PublishedProgrammes } from '../programmes/published.ts'
import type { RunningProgrammes } from '../programmes/running.ts'
import type { ClubStore } from '../store/store.ts'
import { pageAccess } from './access.ts'
import { createAnalyst } from './analyst.ts'
import { memberAnswers } from './answers/members.ts'
import { officeAnswers } from './answers/office.ts'
import { programmeAnswers } from './answers/programmes.ts'
import { quarantineAnswers } from './answers/quarantine.ts'
import { reportAnswers } from './answers/reports.ts'
import { storeAnswers } from './answers/stores.ts'
import { createAuditLog } from './audit-log.ts'
import { createDesk } from './desk.ts'
import { startLive } from './live.ts'
import { createLiveStores } from './live-stores.ts'
import { createLoginDesk } from './login.ts'
import type { OfficeDatabase } from './office-database.ts'
import { startPageServer } from './page-server.ts'
import { createProposals } from './proposals.ts'
import { createSessions } from './sessions.ts'
import { createUsers } from './users.ts'

/** Who is at the pages' broker. */
interface Page {
  session: string
  mayPublish(topic: string): boolean
  maySubscribe(filter: string): boolean
}

/** Programmes in requests are long; a page sends one at a time. */
const packetMost = 1024 * 1024
const limits = { bytesPerSecond: 512 * 1024, bytesAtOnce: 2 * 1024 * 1024, connectionsOfName: 16, strangersOfAddress: 64 }
/** How soon the sessions end that are over, or that a command has taken away. */
const sweepMs = 1_000
/** How soon a renewed certificate is seen where nobody says that it is there. */
const lookMs = 3_600_000

const builtPages = fileURLToPath(new URL('../../web/dist/head-office', import.meta.url))

export interface HeadOffice {
  /** Where browsers reach it. */
  readonly port: number
  /** The files of the pages' certificate may be others. */
  renewCertificate(): void
  close(): Promise<void>
}

/**
 * Head office's pages: their server, who logs in, and a broker of their own. Pages share nothing with the stores' broker:
 * a page that floods or freezes costs no store a reply.
 */
export async function startHeadOffice(parts: {
  config: ReturnType<typeof readClubConfig>
  pages: PagesConfig
  database: OfficeDatabase
  broker: Pick<Broker, 'subscribe'>
  states: Pick<BoxStates, 'onState'>
  books: ClubStore
  programmes: RunningProgrammes
  published: PublishedProgrammes
  signs: boolean
  followed(): Promise<void>
  command: CommandDesk['command']
  onRefusedLogin(): void
  runtime: Runtime
  log: Logger
}): Promise<HeadOffice> {
  const { config, database, books, programmes, published, runtime } = parts
  const { club } = config
  const log = parts.log.child({ part: 'pages' })
  const names = config.stores.map(({ store }) => store)
  const currency = () => programmes.inForce().currency

  const users = createUsers(database)
  const audit = createAuditLog(database)
  const proposals = createProposals({ database, runtime })
  /** Session → how many connections it has. */
  const connected = new Map<string, number>()
  const sessions = createSessions({
    ...{ database, users, runtime },
    onEnded: (session) => void pages.disconnectAll((one) => one.session === session),
  })
  const pages = await startBroker<Page>({
    listen: [],
    authenticate(session, ticket) {
      const login = sessions.useTicket(session, ticket)
      return login && { session, ...pageAccess(club, { session, role: login.user.role, stores: login.user.stores }) }
    },
    mayPublish: (page, topic) => page.mayPublish(topic),
    maySubscribe: (page, filter) => page.maySubscribe(filter),
    onClient({ kind, identity: { session } }) {
      const count = (connected.get(session) ?? 0) + (kind === 'connected' ? 1 : -1)
      if (count > 0) connected.set(session, count)
      else connected.delete(session)
    },
    maxPacketBytes: packetMost,
    limits,
    log,
  })

  const analyst = createAnalyst({
    settings: {
      ...{ club, stores: names, segments: config.segments },
      place: placeOf(config.database),
      pepper: readSecret(config.pepperFile, 'the pepper'),
    },
    runtime,
  })
  const stores = createLiveStores(names)
  const live = startLive({
    ...{ club, stores, broker: parts.broker, states: parts.states, books, currency, runtime, log },
    tell: pages.publish,
    programme() {
      const { current, next } = programmes.texts()
      const from = next && new Date(next.from).toISOString()
      return { version: current.version, ...(next && from ? { next: { version: next.version, from } } : {}) }
    },
    proposals: proposals.waiting,
  })
  const propose: Parameters<typeof memberAnswers>[0]['propose'] = (name, given) => ({
    proposalid: proposals.add({ name, ...given }),
  })
  const member = memberAnswers({ currency, books, analyst, propose, runtime })
  const programme = programmeAnswers({
    ...{ running: programmes, published, signs: parts.signs, analyst, propose, followed: parts.followed, runtime },
  })
  const desk = createDesk({
    ...{ club, sessions, audit, runtime, log },
    answers: {
      ...storeAnswers({ club, stores: config.stores, currency, books, live: stores, command: parts.command, runtime }),
      ...member.answers,
      ...programme.answers,
      ...reportAnswers({ books, analyst, runtime }),
      ...quarantineAnswers({ books, runtime }),
      ...officeAnswers({
        ...{ users, sessions, audit, proposals, stores: names, watchStore: live.watch, runtime },
        performers: { ...member.performers, ...programme.performers },
      }),
    },
  })
  pages.subscribe(officeTopics(club, '+').requests, ({ topic, payload, from }) => {
    if (from === undefined) return
    desk
      .take(topic, payload)
      .then((taken) => taken && pages.publish({ topic: taken.topic, payload: JSON.stringify(taken.response), qos: 1 }))
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'a page could not be answered'))
  })

  let cancelSweep = () => {}
  let cancelLook = () => {}
  const sweepLater = () => {
    cancelSweep = runtime.after(sweepMs, () => {
      sessions.sweep(connected.keys())
      sweepLater()
    })
  }
  sweepLater()

  const logins = createLoginDesk({ club, users, sessions, audit, onRefused: parts.onRefusedLogin, runtime })
  const stop = async () => {
    cancelSweep()
    cancelLook()
    live.close()
    await pages.close()
    await analyst.close()
  }
  const server = await startPageServer({
    ...{ config: parts.pages, folder: builtPages, logins, sessions, accept: pages.accept, log },
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const renewCertificate = () => {
    try {
      if (server.renewCertificate()) log.info('the pages show another certificate from now on')
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the pages go on with the certificate that they have')
    }
  }
  const lookLater = () => {
    cancelLook = runtime.after(lookMs, () => {
      renewCertificate()
      lookLater()
    })
  }
  lookLater()
  if (users.count() === 0)
    log.warn('nobody may log in at the pages yet: `vafa club user add NAME --role administrator` makes the first one')
  log.info({ port: server.port }, `pages on ${parts.pages.tls ? 'https' : 'http'}://${parts.pages.host}:${server.port}/`)
  return {
    port: server.port,
    renewCertificate,
    async close() {
      await server.close()
      await stop()
    },
  }
}
