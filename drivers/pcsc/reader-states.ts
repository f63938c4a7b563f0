import type { DeviceEvent } from '../contract.ts'
import type { CardIdentity } from './read-card.ts'
import type { CardEvent } from './transport.ts'

/** The readers that are attached, by name, each with what lies on it. */
export type ReaderStates = ReadonlyMap<string, ReaderState>
/** `reported`: its card gave a device event, so that its removal gives one too. */
export type ReaderState = { card: 'none' | 'reported' | 'unread' | 'mute' }

/** What a card at a reader brings about. */
export type TapEvent = Extract<DeviceEvent, { kind: 'credential' | 'refused' | 'removed' }>

export type Health = { status: 'ready' } | { status: 'degraded'; reason: string }

/** What one card event changes, and what the gateway hears of it. */
export function applyCardEvent(
  states: ReaderStates,
  event: CardEvent,
  { at, identify }: { at: number; identify(card: CardIdentity, at: number): TapEvent },
): { states: ReaderStates; report?: TapEvent } {
  const next = new Map(states)
  if (event.kind === 'detached') {
    next.delete(event.reader)
  } else {
    next.set(event.reader, { card: cardAfter(event) })
  }
  const lay = states.get(event.reader)?.card
  if (event.kind === 'presented') {
    return lay === 'reported' ? { states } : { states: next, report: identify(event.card, at) }
  }
  const gone = event.kind === 'removed' || event.kind === 'detached'
  return gone && lay === 'reported' ? { states: next, report: { kind: 'removed', at } } : { states: next }
}

function cardAfter(event: Exclude<CardEvent, { kind: 'detached' }>): ReaderState['card'] {
  switch (event.kind) {
    case 'presented':
      return 'reported'
    case 'unreadable':
      return 'unread'
    case 'mute':
      return 'mute'
    case 'attached':
    case 'removed':
      return 'none'
  }
}

/** `wanted`: parts of reader names; none means that any reader will do. */
export const isWanted = (reader: string, wanted: readonly string[]): boolean =>
  wanted.length === 0 || wanted.some((part) => reader.includes(part))

/** The kernel's own NFC driver takes an ACR122U away from pcscd (its pn533_usb knows the same USB id, 072f:2200). */
const noReader = 'no reader attached: check its USB cable; for an ACR122U, blacklist the kernel modules pn533_usb and pn533'

/** One line for the technician: which reader is missing, or which card is in the way. */
export function healthOf(states: ReaderStates, wanted: readonly string[]): Health {
  const names = [...states.keys()]
  if (names.length === 0 && wanted.length === 0) {
    return { status: 'degraded', reason: noReader }
  }
  const missing = wanted.filter((part) => !names.some((name) => name.includes(part)))
  const mute = names.filter((name) => states.get(name)?.card === 'mute')
  const reasons = [
    ...missing.map((part) => `no reader attached whose name contains "${part}"`),
    ...mute.map((name) => `the card on "${name}" does not answer: take it away`),
  ]
  return reasons.length === 0 ? { status: 'ready' } : { status: 'degraded', reason: reasons.join('; ') }
}
