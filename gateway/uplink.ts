import type { ConfigurationState } from '#protocol/configuration.ts'
import type { Request } from '#protocol/messages.ts'
import { compiledReply, type Reply } from '#protocol/reply.ts'
import type { ProgrammeState, StoreState } from '#protocol/state.ts'
import { parseStoreTopic, storeTopics } from '#protocol/topics.ts'
import type { UpdateState } from '#protocol/update.ts'
import type { Logger } from '#runtime/log.ts'
import { type MqttLogin, type OpenLink, openMqttLink } from '#runtime/mqtt-client.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { ClubClock } from './clock.ts'
import type { Envelopes } from './envelopes.ts'
import { createFactSender } from './fact-sender.ts'
import type { Outbox, OutboxRow } from './outbox.ts'

export interface UplinkOptions {
  club: string
  store: string
  url: string
  /** What it shows at the broker, asked at each connection. */
  login: () => MqttLogin
  /** Real MQTT where it is left out. */
  openLink?: OpenLink | undefined
  clock: ClubClock
  runtime: Runtime
  log: Logger
  version: string
  outbox: Outbox
  envelopes: Envelopes
  /** The club's answer to a fact; the outbox row is settled already. */
  onFactReply(id: string, reply: Reply): void
  onFactSent?(id: string): void
  /** `down/{what}`: still unchecked. */
  onDown(what: string, payload: Buffer): void
  /** What the store decides with alone, for its state. */
  programme(): ProgrammeState
  /** What it says of its regulars, of what it can give them, and of what the club booked otherwise. */
  offline?(): Pick<StoreState, 'exposure' | 'regulars' | 'differences'>
  /** The key that tokens are made with, for the same; left out by what makes none. */
  tokenKeyid?(): string
  /** By which gateway.yaml it works, for its state; undefined where nobody keeps that. */
  configuration?(): ConfigurationState | undefined
  /** The last update that head office offered; undefined where there was none. */
  update?(): UpdateState | undefined
  /** Why the box takes no sale, for its state; undefined where its disk is well. */
  diskTrouble?(): string | undefined
  /** A command from head office: resolves to the result to publish. */
  onCommand(name: string, payload: Buffer): Promise<string>
  /** Whether the club answers: `online` only after a heartbeat's round trip. */
  onProof(state: 'online' | 'offline'): void
  heartbeatMs?: number | undefined
  /** How soon the club is asked again while it is in doubt. */
  doubtMs?: number
  backoff?: { floorMs: number; capMs: number }
}

export type Uplink = ReturnType<typeof openUplink>

/** No answer to a request is awaited longer than this, whatever the lane's own budget is. */
const requestLifeMs = 30_000

/**
 * The box's line to the club. Facts go through the outbox and are repeated until the club's own reply; requests go out
 * only while the club answers, and nothing of them is kept. Whether it answers is proved by a heartbeat's round trip:
 * after `doubt()` the uplink counts as offline until the next one comes back.
 */
export function openUplink(options: UplinkOptions) {
  const { club, store, outbox, envelopes, clock, runtime, log, heartbeatMs = 10_000, doubtMs = 1_000 } = options
  const topics = storeTopics(club, store)
  const startedat = new Date(runtime.now()).toISOString()
  const retained = new Map<string, string>()
  const awaited = new Map<string, { onReply: (reply: Reply) => void; cancel: Cancel }>()
  let proved = false
  let cancelBeat: Cancel = () => {}
  /** Beats in doubt that nothing has answered yet. */
  let unanswered = 0
  let statedAt = Number.NEGATIVE_INFINITY

  const sender = createFactSender({
    runtime,
    bodyOf: (id) => outbox.bodyToSend(id),
    send({ id, orderkey, body }) {
      const sent = link.publish({ topic: topics.facts(orderkey), payload: body, qos: 1 })
      if (sent) options.onFactSent?.(id)
      return sent
    },
  })

  const state = (status: StoreState['status'], trouble?: string): string => {
    const skewms = clock.skewMs()
    const configuration = options.configuration?.()
    const update = options.update?.()
    const disk = options.diskTrouble?.()
    return JSON.stringify({
      status,
      version: options.version,
      boxid: outbox.boxid,
      startedat,
      at: new Date(clock.now()).toISOString(),
      backlog: outbox.backlog(),
      sequence: outbox.sequence,
      ...(skewms === undefined ? {} : { skewms }),
      programme: options.programme(),
      ...options.offline?.(),
      ...(options.tokenKeyid ? { tokenkey: options.tokenKeyid() } : {}),
      ...(configuration === undefined ? {} : { configuration }),
      ...(update === undefined ? {} : { update }),
      ...(trouble === undefined ? {} : { trouble }),
      ...(disk === undefined ? {} : { disk }),
    } satisfies StoreState)
  }

  const publishState = () => {
    statedAt = runtime.monotonic()
    link.publish({ topic: topics.state, payload: state('online', link.trouble), qos: 1, retain: true })
  }

  const prove = (now: boolean) => {
    if (now) unanswered = 0
    if (proved === now) return
    proved = now
    if (now) log.info({ url: options.url }, 'the club answers')
    else log.warn({ url: options.url }, 'the club does not answer')
    options.onProof(now ? 'online' : 'offline')
  }

  /** Registers who waits for the reply before anything is sent. */
  const ask = (request: Request, onReply: (reply: Reply) => void): boolean => {
    const forget = runtime.after(requestLifeMs, () => awaited.delete(request.id))
    awaited.set(request.id, { onReply, cancel: forget })
    const sent = link.publish({ topic: topics.requests(request.orderkey), payload: JSON.stringify(request), qos: 0 })
    if (!sent) {
      awaited.delete(request.id)
      forget()
    }
    return sent
  }

  const heartbeat = () => {
    cancelBeat()
    if (!link.up) return
    // Half a beat of slack: a timer may fire a moment early, and while the club is in doubt beats are quick.
    if (runtime.monotonic() - statedAt >= heartbeatMs / 2) publishState()
    const sentAt = runtime.now()
    const origin = { lane: store, device: 'box', orderkey: outbox.boxid }
    const request = envelopes.request('vafa.box.heartbeat.v1', { sentat: new Date(sentAt).toISOString() }, origin, heartbeatMs)
    const wasProved = proved
    let answered = false
    ask(request, ({ clubTime }) => {
      answered = true
      if (clubTime !== undefined) clock.measured({ sentAt, receivedAt: runtime.now(), clubTime: Date.parse(clubTime) })
      prove(true)
    })
    // While the club is in doubt it is asked at a quick pace, which slows down: a club that is too slow for a thousand
    // boxes must not be asked ten times as often by each. One that is proved has a whole beat to answer.
    const pace = wasProved ? heartbeatMs : Math.min(heartbeatMs, doubtMs * 2 ** Math.min(unanswered, 10))
    if (!wasProved) unanswered += 1
    cancelBeat = runtime.after(pace, () => {
      if (wasProved && !answered) prove(false)
      heartbeat()
    })
  }

  const receiveReply = (payload: Buffer) => {
    const parsed = parseReply(payload)
    if (!parsed) {
      log.warn({ bytes: payload.length }, 'a reply that cannot be read was dropped; the club will be asked again')
      return
    }
    const waiting = awaited.get(parsed.inReplyTo)
    if (waiting) {
      awaited.delete(parsed.inReplyTo)
      waiting.cancel()
      waiting.onReply(parsed)
      return
    }
    if (parsed.status === 'failed') {
      sender.postponed(parsed.inReplyTo, (parsed.error?.retryAfter ?? 5) * 1_000)
      return
    }
    outbox.settle(parsed.inReplyTo, parsed)
    options.onFactReply(parsed.inReplyTo, parsed)
    sender.settled(parsed.inReplyTo)
  }

  const { openLink = openMqttLink } = options
  const link = openLink({
    url: options.url,
    clientid: store,
    login: options.login,
    loginHint: `is “${store}” the store’s name at the club, and what club.secretFile holds the same there (stores[].secretFile), or was its certificate revoked?`,
    will: () => ({ topic: topics.state, payload: state('offline') }),
    subscriptions: [topics.replies, topics.downs, topics.commands],
    runtime,
    log: log.child({ part: 'uplink' }),
    ...(options.backoff ? { backoff: options.backoff } : {}),
    onMessage(topic, payload) {
      const { channel, rest } = parseStoreTopic(topic) ?? {}
      if (channel === 'replies') receiveReply(payload)
      else if (channel === 'down' && rest) options.onDown(rest, payload)
      else if (channel === 'commands' && rest)
        void options
          .onCommand(rest, payload)
          .then((result) => link.publish({ topic: topics.result(rest), payload: result, qos: 1 }))
    },
    onUp() {
      log.info({ url: options.url }, 'connected to the club')
      statedAt = Number.NEGATIVE_INFINITY
      heartbeat()
      for (const [topic, payload] of retained) link.publish({ topic, payload, qos: 1, retain: true })
      sender.up()
    },
    onDown() {
      cancelBeat()
      sender.down()
      prove(false)
    },
  })
  sender.addBacklog(outbox.unsettledRows())

  return {
    /** Whether the club answers. */
    get proved() {
      return proved
    },
    /** Why the line does not hold, where that is more than a club that is away. */
    get trouble() {
      return link.trouble
    },
    /** Facts that are on disk: they leave at once where the line is there. */
    committed: (rows: readonly OutboxRow[]): void => sender.addLive(rows),
    /** Facts that were settled once and are not any more: sent behind the live ones. */
    sendAgain: (rows: readonly { id: string; orderkey: string }[]): void => sender.addBacklog(rows),
    /** Sends a question; false where the club is not there. `onReply` is called at most once, perhaps late. */
    ask: (request: Request, onReply: (reply: Reply) => void): boolean => proved && ask(request, onReply),
    /** A lane waited in vain: offline until the club has answered again. */
    doubt(): void {
      if (!proved) return
      prove(false)
      heartbeat()
    },
    /** Says the store's state now, where the line is there: something in it has changed. */
    restate(): void {
      if (link.up) publishState()
    },
    /** Publishes something that stays at the broker; said again at each connection. */
    retain(topic: string, payload: string): void {
      retained.set(topic, payload)
      link.publish({ topic, payload, qos: 1, retain: true })
    },
    async close(): Promise<void> {
      cancelBeat()
      sender.close()
      for (const { cancel } of awaited.values()) cancel()
      awaited.clear()
      if (link.up) link.publish({ topic: topics.state, payload: state('offline'), qos: 1, retain: true })
      await link.close()
    },
  }
}

function parseReply(payload: Buffer): Reply | undefined {
  try {
    return compiledReply.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}
