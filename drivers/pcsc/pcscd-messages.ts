import type { CardEvent, CardExchange } from './transport.ts'

/** What the parent tells the child. */
export type ToChild =
  | { kind: 'start'; aid?: string; ndef: 'read' | 'leave'; hear: 'exchanges' | 'nothing'; muteAfterMs: number }
  | { kind: 'ping' }
  /** For the reader itself, in hexadecimal. */
  | { kind: 'command'; reader: string; apdu: string }

/** What the child tells the parent. `fault` is its last word: it is of no more use. */
export type FromChild =
  | { kind: 'ready' }
  | { kind: 'pong' }
  | { kind: 'fault'; cause: 'binding' | 'service'; reason: string }
  | { kind: 'card'; event: CardEvent }
  | { kind: 'exchanged'; exchange: CardExchange }
