import type { RawCredential } from '#protocol/credentials.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { DeviceState } from './state.ts'

export const digitKeys = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const
export type Digit = (typeof digitKeys)[number]
/** The keys of a terminal: red, yellow, green, and two of its own. */
export type Key = Digit | 'cancel' | 'clear' | 'enter' | 'menu' | 'credit'

export type AgentTimer = 'home' | 'resend'

export type AgentInput =
  | { kind: 'start' }
  | { kind: 'key'; key: Key }
  | { kind: 'credential'; credential: RawCredential }
  /** Something was held to the reader that is nobody's. */
  | { kind: 'refused' }
  | { kind: 'answer'; message: IsoMessage }
  /** No answer in time, or no line. */
  | { kind: 'silence'; mti: string; trace: string }
  | { kind: 'line'; line: 'up' | 'down' }
  | { kind: 'timer'; timer: AgentTimer }
  | { kind: 'pin'; outcome: 'right' | 'wrong' | 'locked' | 'none' }
  | { kind: 'printed'; outcome: 'printed' | 'failed' | 'none' }
  | { kind: 'keys-exchanged'; outcome: 'done' | 'failed' }
  | { kind: 'devices'; devices: readonly DeviceState[] }

export type AgentEffect =
  /** Answered by exactly one `answer` or `silence`. The journal has it already where it books. */
  | { kind: 'send'; message: IsoMessage; timeoutMs: number }
  | { kind: 'print'; receipt: ReceiptDocument }
  | { kind: 'signal'; outcome: 'accepted' | 'refused' }
  /** Answered by `pin`. */
  | { kind: 'check-pin'; pin: string }
  /** Answered by `keys-exchanged`. */
  | { kind: 'exchange-keys' }
  | { kind: 'timer'; timer: AgentTimer; ms: number }
  | { kind: 'cancel-timer'; timer: AgentTimer }
  /** Two lines for the customer, in ASCII. */
  | { kind: 'display'; lines: readonly string[] }
