import { hash } from 'node:crypto'

/** A sale as the journal of the terminal or till that made it names it. */
export interface Origin {
  /** The store of the box (`DeviceHost.store`), never what a payload says. */
  store: string
  /** What the connection is bound to: the terminal by its port, certificate or key. */
  terminal: string
  /** The terminal's batch or shift number; left out where it has none. */
  batch?: string
  /** Its running number within the batch. */
  trace: string
  /** Its local date and time as first sent, `MMDDhhmmss` or longer: trace numbers begin again. */
  at: string
}

/**
 * The `originalid` of a fact whose origin has a journal of its own: the same sale gives the same text on a repeat, after
 * a power cut and on a swapped box. At most 120 characters; what stands in it of the terminal's is kept to letters,
 * digits and `-`.
 */
export function originalIdOf({ store, terminal, batch = '', trace, at }: Origin): string {
  const plain = (text: string) => text.replace(/[^A-Za-z0-9-]/g, '').slice(0, 20)
  return [store, plain(terminal), plain(batch), plain(trace), plain(at)].join('/')
}

/**
 * The sale's id of such an origin: a UUID (version 8, RFC 9562, 5.8) from the hash of its `originalid`. A repeat names
 * the same sale, and so does a reversal of one that never arrived.
 */
export const originSaleId = (origin: Origin): string => uuidOfText(originalIdOf(origin))

/** The UUID (version 8, RFC 9562, 5.8) of a text that nobody else writes: the same text, the same id. */
export function uuidOfText(text: string): string {
  const digest = hash('sha256', text, 'hex')
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16)
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`]
  return [...parts, `${variant}${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-')
}

/** The id of credit that a terminal took alone for a sale: the same on each repeat. */
export const redemptionIdOf = (saleid: string): string => uuidOfText(`redemption|${saleid}`)
