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

/** Reads one arrival: JSON, schema, and whether it speaks for the store that it came from. Never throws. */
export function readArrival({ store, payload }: Arrival): ReadArrival {
  const bytesHash = createHash('sha256').update(store).update(payload).digest()
  const unreadable = {
    ok: false as const,
    id: madeUpId(bytesHash),
    madeUp: true,
    hash: bytesHash.toString('hex'),
    key: 'request.invalid' as const,
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return { ...unreadable, reason: 'not JSON' }
  }
  const parsed = parseMessageValue(json)
  if (!parsed.ok) {
    if (parsed.id === undefined) return { ...unreadable, reason: parsed.reason }
    const key = isMessageType(parsed.type) ? 'request.invalid' : 'event.unsupported'
    return { ok: false, id: parsed.id, madeUp: false, hash: bodyHash(json as object), key, reason: parsed.reason }
  }
  const { message } = parsed
  const hash = bodyHash(json as object)
  const speaksFor = parseSource(message.source)?.store
  if (speaksFor !== store) {
    const reason = `source: speaks for ${speaksFor}, but the connection is ${store}'s`
    return { ok: false, id: message.id, madeUp: false, hash, key: 'request.invalid', reason }
  }
  return { ok: true, message, hash, json }
}

/** A UUID (version 8, RFC 9562) from a hash: the same bytes get the same id. */
function madeUpId(hash: Buffer): string {
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const skewAllowedMs = 60_000

/**
 * The instant an event counts from: when it happened by the box's clock; when the club received it, where that clock
 * cannot be trusted or is ahead.
 */
export function effectiveAtOf(message: Pick<Message, 'time' | 'clocksynced'>, receivedat: string): string {
  const time = Date.parse(message.time)
  const trusted = message.clocksynced !== 'unsynced' && time <= Date.parse(receivedat) + skewAllowedMs
  return trusted ? new Date(time).toISOString() : receivedat
}
