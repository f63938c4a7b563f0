import { describeError } from '#protocol/errors.ts'
import type { MessageType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { everyStore, parseStoreTopic, storeTopics } from '#protocol/topics.ts'
import type { Broker, BrokerMessage } from '#runtime/broker.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { messageOf } from '#runtime/errors.ts'
import { createFairQueue } from '#runtime/fair-queue.ts'
import type { Logger } from '#runtime/log.ts'
import { noMeter } from '#runtime/metrics.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { noTracer, type Tracer } from '#runtime/tracing/tracer.ts'
import type { Arrival } from './booking/arrival.ts'
import type { Answer, ClubStore, Outcome } from './store/store.ts'
import { traceArrivals } from './tracing.ts'
import type { ClubMeter } from './watching.ts'

type Kind = 'requests' | 'facts'
const other = (kind: Kind): Kind => (kind === 'facts' ? 'requests' : 'facts')

const batchMax = 256
/** Of one store: who has sent one message waits for so many of each other at most. */
const batchMaxOfOne = 32
/** As it stands in a fact's JSON; one that says it elsewhere costs a look at the books and no more. */
const erasure: MessageType = 'vafa.member.erased.v1'
/** Of one store; beyond this many waiting messages more are dropped: boxes send facts again until they are answered. */
const waitingMax = 5_000

/**
 * Takes facts and requests from the broker to the store, and replies back. While the store is busy the next batch
 * gathers; requests are answered between batches. Stores are served in turn, each in the order of arrival, so that one
 * that floods the club delays itself.
 */
export function startIntake(options: {
  club: string
  broker: Pick<Broker, 'publish' | 'subscribe'>
  store: ClubStore
  meter?: ClubMeter
  tracer?: Tracer
  runtime: Runtime
  log: Logger
  /** The store could not commit facts; boxes send them again. */
  onFailed?(reason: string): void
  /** Facts were booked that ask to forget somebody. */
  onForgotten?(): void
}) {
  const { club, broker, store, meter = noMeter, tracer = noTracer, runtime, log } = options
  const traces = traceArrivals(tracer)
  const waiting = {
    requests: createFairQueue<Arrival>({ most: waitingMax }),
    facts: createFairQueue<Arrival>({ most: waitingMax }),
  }
  /** By store, since the start. */
  const dropped = new Map<string, number>()
  let busy = false
  let work = Promise.resolve()
  let closed = false

  const receive = (kind: Kind) => (message: BrokerMessage) => {
    const topic = parseStoreTopic(message.topic)
    if (!topic || closed) return
    const { store: from } = topic
    const arrival: Arrival = { store: from, payload: message.payload, receivedat: isoNow(runtime) }
    if (!waiting[kind].push(from, arrival)) {
      const count = (dropped.get(from) ?? 0) + 1
      dropped.set(from, count)
      // Each of a flood would be a flood of lines.
      if (count % 1_000 === 1)
        log.warn(
          { store: from, waiting: waitingMax, dropped: count },
          'too many messages of one store are waiting; some are dropped',
        )
      return
    }
    traces.received(arrival)
    if (!busy) {
      busy = true
      work = empty()
    }
  }

  /**
   * Works until nothing waits. The replies of one batch are published while the store has the next. A full batch of facts
   * is given to the store beside the one that it has, where nobody asks meanwhile: the one is folded while the other is
   * being written.
   */
  async function empty(): Promise<void> {
    let kind: Kind = 'facts'
    let publishLast = () => {}
    const underWay: Promise<() => void>[] = []
    const give = (what: Kind) => {
      const batch = waiting[what].take(batchMax, batchMaxOfOne)
      if (batch.length > 0) underWay.push(take(what, batch))
    }
    for (;;) {
      if (underWay.length === 0) {
        kind = waiting[other(kind)].size > 0 ? other(kind) : kind
        give(kind)
      }
      publishLast()
      if (kind === 'facts' && underWay.length === 1 && waiting.requests.size === 0 && waiting.facts.size >= batchMax)
        give('facts')
      const first = underWay.shift()
      if (!first) break
      publishLast = await first
    }
    busy = false
  }

  /** Gives a batch to the store; what it resolves with publishes the replies. */
  async function take(kind: Kind, batch: readonly Arrival[]): Promise<() => void> {
    let outcome: Outcome
    const begin = runtime.monotonic()
    const booked = traces.booking(batch)
    const counter = `vafa_club_${kind}_total` as const
    try {
      outcome = await (kind === 'facts' ? store.commitBatch(batch) : store.answer(batch))
    } catch (error) {
      booked({ failed: messageOf(error) })
      log.error({ reason: messageOf(error), messages: batch.length }, 'the store failed; boxes will send again')
      meter.count(counter, { outcome: 'failed' }, batch.length)
      if (kind === 'facts') options.onFailed?.(messageOf(error))
      return () => traces.replying(batch, () => batch.forEach(publishFailure))
    }
    booked(outcome)
    if (kind === 'facts') crashPoint('club.after-commit')
    meter.observe('vafa_club_commit_seconds', (runtime.monotonic() - begin) / 1_000, { of: kind })
    const setAside = outcome.notices.length
    if (setAside > 0) meter.count(counter, { outcome: 'set-aside' }, setAside)
    meter.count(counter, { outcome: 'answered' }, Math.max(batch.length - setAside, 0))
    return () => {
      for (const notice of outcome.notices) log.warn(notice, 'a message could not be taken')
      traces.replying(batch, () => {
        for (const answer of outcome.answers) publish(answer.store, bodyOf(answer))
      })
      if (kind === 'facts' && batch.some(asksToForget)) options.onForgotten?.()
    }
  }

  function publish(to: string, payload: string): void {
    broker.publish({ topic: storeTopics(club, to).replies, payload, qos: 1 }).catch((error: unknown) => {
      log.warn({ store: to, reason: messageOf(error) }, 'a reply could not be published; the box will ask again')
    })
  }

  /** `failed` is never stored: the box tries again later. */
  function publishFailure({ store: from, payload }: Arrival): void {
    const id = idIn(payload)
    if (id === undefined) return
    const reply: Reply = {
      inReplyTo: id,
      revision: 1,
      status: 'failed',
      error: { ...describeError('club.failed'), retryAfter: 5 },
      effects: [],
      prompts: [],
      decidedBy: 'club',
      programmeVersion: 0,
    }
    publish(from, JSON.stringify(reply))
  }

  const from = everyStore(club)
  const ends = [broker.subscribe(from.facts, receive('facts')), broker.subscribe(from.requests, receive('requests'))]
  return {
    /** How many messages wait. */
    waiting: () => waiting.facts.size + waiting.requests.size,
    /** Who comes now is served at once: stores may send more than their share. */
    atLeisure: () => waiting.facts.size + waiting.requests.size < 2 * batchMaxOfOne,
    /** Takes nothing new, finishes what has come. */
    async close(): Promise<void> {
      closed = true
      for (const end of ends) end()
      await work
    },
  }
}

function asksToForget({ payload }: Arrival): boolean {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes(erasure)
}

const memberBegins = '"member":{'

/**
 * The stored reply, with the member's name beside it where there is one. It is put into the stored text as it is: no
 * string in JSON can hold an unescaped quote, so what is found is the key, and `member` is the only one of that name.
 */
function bodyOf({ body, displayName }: Answer): string {
  const at = displayName === undefined ? -1 : body.indexOf(memberBegins)
  if (at < 0) return body
  const inside = at + memberBegins.length
  return `${body.slice(0, inside)}"displayName":${JSON.stringify(displayName)},${body.slice(inside)}`
}

function idIn(payload: Uint8Array): string | undefined {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(payload)) as { id?: unknown }
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}
