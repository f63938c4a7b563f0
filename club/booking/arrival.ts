import { createHash } from 'node:crypto'
import { bodyHash, parseSource } from '#protocol/envelope.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import { isMessageType, type Message, parseMessageValue } from '#protocol/messages.ts'

/** One message as it came in: `store` is who the connection belongs to, whatever the message says of itself. */
export interface Arrival {
  store: string
  payload: Uint8Array
  /** ISO 8601, by the club's clock. */
  receivedat: string
}

export type ReadArrival =
  | { ok: true; message: Message; hash: string; json: unknown }
  /** What cannot be booked or answered. `id` is made up from the bytes where none could be read (`madeUp`). */
  | { ok: false; id: string; madeUp: boolean; hash: string; key: ErrorKey; reason: string }

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads one arrival: JSON, schema, and whether it speaks for the store that it came from. Never throws. */
export function readArrival(arrival: Arrival): ReadArrival {
  let text: string
  let json: unknown
  try {
    text = utf8.decode(arrival.payload)
    json = JSON.parse(text)
  } catch {
    return unreadable(arrival, 'not JSON')
  }
  const parsed = parseMessageValue(json)
  if (!parsed.ok) {
    const { id, type, reason } = parsed
    if (id === undefined) return unreadable(arrival, reason)
    const key = isMessageType(type) ? 'request.invalid' : 'event.unsupported'
    return { ok: false, id, madeUp: false, hash: bodyHash(json as object, text), key, reason }
  }
  const { message } = parsed
  const hash = bodyHash(json as object, text)
  const speaksFor = parseSource(message.source)?.store
  if (speaksFor !== arrival.store) {
    const reason = `source: speaks for ${speaksFor}, but the connection is ${arrival.store}'s`
    return { ok: false, id: message.id, madeUp: false, hash, key: 'request.invalid', reason }
  }
  return { ok: true, message, hash, json }
}

function unreadable({ store, payload }: Arrival, reason: string): ReadArrival {
  const hash = createHash('sha256').update(store).update(payload).digest()
  return { ok: false, id: madeUpId(hash), madeUp: true, hash: hash.toString('hex'), key: 'request.invalid', reason }
}

/** A UUID (version 8, RFC 9562) from a hash: the same bytes get the same id. */
export function madeUpId(hash: Buffer): string {
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const skewAllowedMs = 60_000
/** As `Date.prototype.toISOString` writes it; the schema knows that there is such a day. */
const inMilliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * The instant an event counts from: when it happened by the box's clock; when the club received it, where that clock
 * cannot be trusted or is ahead.
 */
export function effectiveAtOf(message: Pick<Message, 'time' | 'clocksynced'>, receivedat: string): string {
  const time = Date.parse(message.time)
  const trusted = message.clocksynced !== 'unsynced' && time <= Date.parse(receivedat) + skewAllowedMs
  if (!trusted) return receivedat
  return inMilliseconds.test(message.time) ? message.time : new Date(time).toISOString()
}
