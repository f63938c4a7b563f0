import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Connection } from '../contract.ts'
import type { CardIdentity } from './read-card.ts'

/** What happens at the readers, whichever way they are reached. A card gives one event until it is removed. */
export type CardEvent =
  | { kind: 'attached'; reader: string }
  | { kind: 'detached'; reader: string }
  | { kind: 'presented'; reader: string; card: CardIdentity }
  /** Present, but it said nothing that identifies it: pulled too soon, damaged, or of an unknown kind. */
  | { kind: 'unreadable'; reader: string; reason: string }
  /** Present, and no reply for `muteAfterMs`. */
  | { kind: 'mute'; reader: string }
  | { kind: 'removed'; reader: string }

/**
 * What a reader and a card have said to each other in one reading, in hexadecimal: raw, and so never logged, sent or kept
 * as it is.
 */
export interface CardExchange {
  reader: string
  atr: string
  said: readonly (readonly [command: string, answer: string])[]
}

export interface TransportHost {
  readonly runtime: Runtime
  readonly log: Logger
  /** The application to ask ISO-DEP cards for. */
  readonly aid: Uint8Array | undefined
  /** Whether cards' NDEF messages are wanted. */
  readonly ndef: 'read' | 'leave'
  card(event: CardEvent): void
  /** Each reading, where somebody listens: a recorder, which masks what it writes. */
  exchanged?(exchange: CardExchange): void
}

/** The narrow seam between the driver and its two ways to a card; the same life as the driver's own connection. */
export type CardTransport = Pick<Connection, 'closed' | 'close' | 'address'> & {
  /** Sends the reader itself a command, as long as a card lies on it; nothing is heard of what comes of it. */
  command(reader: string, apdu: Uint8Array): void
}

/** A card that has not answered an APDU for this long is reported; the binding itself would wait for ever. */
export const muteAfterMs = 3_000
