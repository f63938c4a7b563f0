import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { endsTillRequest, tillOperations } from '#protocol/till-operations.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Cancel } from '#runtime/runtime.ts'
import type { DeviceHost } from '../contract.ts'
import { fingerprintOf, type Sender, withOwnId } from './idempotency.ts'

/** A request of a till with all that the lane has answered so far. */
export interface Exchange {
  readonly sender: Sender
  readonly op: TillRequest['op']
  /** What the till knows it by. */
  readonly re: string
  readonly answers: readonly TillResponse[]
  /** Resolves with the first answer, or when the exchange ends without. */
  readonly first: Promise<void>
  /** Resolves with the last answer, or when nobody waits for it any more. */
  readonly ended: Promise<void>
  readonly over: boolean
}

export type Asked =
  | { is: 'new' | 'again'; exchange: Exchange }
  /** The key's first request is not answered yet. */
  | { is: 'in-progress' }
  /** The key stands for another request. */
  | { is: 'conflict' }
  | { is: 'busy' }
  | { is: 'unwritable'; reason: string }

export interface ExchangesOptions {
  host: DeviceHost
  /** Every answer as it comes, with `re` as the till knows it. */
  onAnswer(exchange: Exchange, response: TillResponse): void
  /** What a lane says by itself. */
  onUnasked(lane: string, response: TillResponse): void
}

export type Exchanges = ReturnType<typeof createExchanges>

/** At once, of one device; a lane answers in a second or two. */
const mostUnderWay = 256
/** Of one till: whoever sends more takes nothing from the others. */
const mostOfOne = 32
/** Ended ones whose answers are kept for repeats; the oldest give way. */
const mostKept = 1_000
const keptMs = 24 * 3_600_000
/** A lane that says nothing for so long will not: its request may be sent again. */
const givenUpMs = 60_000

/**
 * Requests and their answers, for tills that may ask twice. A key's second request gets the first one's answers, from
 * memory; after a restart of the box it goes to the lane again with the same ids, which answers what is on disk. That the
 * key stands for that request and no other is on disk before the fact is (`DeviceMemory`). An answer that says itself
 * that asking again may help is not kept.
 */
export function createExchanges({ host, onAnswer, onUnasked }: ExchangesOptions) {
  interface Live extends Exchange {
    readonly answers: TillResponse[]
    over: boolean
    begin(): void
    end(): void
    cancel: Cancel
    named?: { name: string; fingerprint: string }
  }
  const underWay = new Map<string, Live>()
  const byKey = new Map<string, { exchange: Live; fingerprint: string; at: number }>()

  const full = ({ till }: Sender) =>
    underWay.size >= mostUnderWay || [...underWay.values()].filter(({ sender }) => sender.till === till).length >= mostOfOne
  const forget = (exchange: Live) => {
    if (exchange.named && byKey.get(exchange.named.name)?.exchange === exchange) byKey.delete(exchange.named.name)
  }
  const trim = () => {
    for (const [name, { exchange, at }] of byKey) {
      if (byKey.size <= mostKept && host.runtime.now() - at < keptMs) return
      if (exchange.over) byKey.delete(name)
    }
  }
  const end = (id: string, exchange: Live) => {
    exchange.over = true
    exchange.cancel()
    underWay.delete(id)
    const last = exchange.answers.at(-1)
    if (last === undefined || !endsTillRequest(exchange.op, last) || (last.op === 'error' && last.error.retryable))
      forget(exchange)
    exchange.end()
  }

  const begin = (sender: Sender, request: TillRequest, re: string, named: Live['named']): Live => {
    const first = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const exchange: Live = {
      sender,
      op: request.op,
      re,
      answers: [],
      first: first.promise,
      ended: ended.promise,
      over: false,
      begin: first.resolve,
      end() {
        first.resolve()
        ended.resolve()
      },
      cancel: host.runtime.after(givenUpMs, () => end(request.id, exchange)),
      ...(named ? { named } : {}),
    }
    underWay.set(request.id, exchange)
    if (named) byKey.set(named.name, { exchange, fingerprint: named.fingerprint, at: host.runtime.now() })
    return exchange
  }

  return {
    /** Hands a request to its lane, or says why not. `request.id` is the till's own name for it. */
    ask(sender: Sender, given: TillRequest, key?: string): Asked {
      let named: Live['named']
      let request: TillRequest = { ...given, id: host.runtime.uuid() }
      if (key !== undefined) {
        trim()
        named = { name: `key ${sender.till} ${key}`, fingerprint: fingerprintOf(given, sender) }
        const before = byKey.get(named.name)
        const kept = before?.fingerprint ?? host.memory.find(named.name)
        if (kept !== undefined && kept !== named.fingerprint) return { is: 'conflict' }
        if (before) return before.exchange.over ? { is: 'again', exchange: before.exchange } : { is: 'in-progress' }
        request = withOwnId(request, { store: host.store, sender, key })
        if (full(sender)) return { is: 'busy' }
        if (kept === undefined && tillOperations[request.op].books)
          try {
            host.memory.keep(named.name, named.fingerprint)
          } catch (error) {
            return { is: 'unwritable', reason: messageOf(error) }
          }
      }
      if (full(sender)) return { is: 'busy' }
      const exchange = begin(sender, request, given.id, named)
      host.event({ kind: 'till', at: host.runtime.now(), lane: sender.lane, request })
      return { is: 'new', exchange }
    },
    /** What a lane says. */
    take(lane: string, response: TillResponse): void {
      if (response.re === undefined) {
        onUnasked(lane, response)
        return
      }
      const exchange = underWay.get(response.re)
      if (!exchange) return
      const known = { ...response, re: exchange.re }
      exchange.answers.push(known)
      exchange.begin()
      onAnswer(exchange, known)
      if (endsTillRequest(exchange.op, response)) end(response.re, exchange)
    },
    close(): void {
      for (const [id, exchange] of underWay) end(id, exchange)
    },
  }
}
