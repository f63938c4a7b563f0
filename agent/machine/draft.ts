import type { Entry, JournalEvent } from '#agent/terminal/journal.ts'
import { isDue, journalAfter } from '#agent/terminal/journal.ts'
import { beginTransaction, type Transaction } from '#agent/terminal/requests.ts'
import { responseCodes } from '#protocol/iso8583/codes.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { Localised } from '#protocol/text.ts'
import type { AgentEffect } from './inputs.ts'
import type { AgentState, Desk, InFlight, Moment, Setup } from './state.ts'

/** A step under way: the state that becomes, and what is to be done then. */
export interface Draft {
  state: AgentState
  readonly setup: Setup
  readonly moment: Moment
  readonly effects: AgentEffect[]
}

/** Screens that go back by themselves, milliseconds. A sale never does. */
const homeMs: Partial<Record<Desk['at'], number>> = {
  outcome: 30_000,
  notice: 60_000,
  menu: 60_000,
  operator: 60_000,
  undo: 60_000,
  totals: 120_000,
  close: 60_000,
  pin: 60_000,
  technician: 180_000,
  devices: 180_000,
  waiting: 180_000,
}
/** A card that was shown without an amount is forgotten. */
const shownMs = 120_000

export function enter(draft: Draft, desk: Desk) {
  draft.state = { ...draft.state, desk }
  const ms = desk.at === 'home' && desk.who ? shownMs : homeMs[desk.at]
  draft.effects.push(ms === undefined ? { kind: 'cancel-timer', timer: 'home' } : { kind: 'timer', timer: 'home', ms })
}

export const goHome = (draft: Draft, said?: Localised): void => enter(draft, { at: 'home', typed: '', ...(said ? { said } : {}) })

/** The next transaction's number: after 999999 the next batch begins with 1. */
export function begin(draft: Draft): Transaction {
  const { batch, trace } = draft.state.next
  const next = trace >= 999_999 ? { batch: (batch % 999_999) + 1, trace: 1 } : { batch, trace: trace + 1 }
  draft.state = { ...draft.state, next }
  return beginTransaction({ terminal: draft.setup.terminal, batch: String(batch), trace, ...draft.moment })
}

export function ask(draft: Draft, message: IsoMessage, by: InFlight['by'] = 'cashier') {
  const trace = message.fields[11] ?? ''
  draft.state = { ...draft.state, inflight: [...draft.state.inflight, { trace, mti: message.mti, by }] }
  draft.effects.push({ kind: 'send', message, timeoutMs: draft.setup.answerMs })
}

/** So long what is settled stays in memory, for totals and for undoing; on disk it stays longer. */
const settledMs = 48 * 3_600_000

export function note(draft: Draft, event: JournalEvent) {
  const { now } = draft.moment
  const { journal } = draft.state
  const lately =
    event.kind === 'send' ? journal.filter((entry) => isDue(entry) || now - (entry.about?.at ?? now) < settledMs) : journal
  draft.state = { ...draft.state, journal: journalAfter(lately, event) }
}

/** The civil day of an instant, where the terminal stands. */
export const dayOf = ({ now, offsetMinutes }: Moment): string => new Date(now + offsetMinutes * 60_000).toISOString().slice(0, 10)

export const codeOf = ({ fields }: IsoMessage): string => fields[39] ?? '96'

/** To ask the same again changes nothing: the box has decided. */
export const isFinal = (code: string): boolean => responseCodes[code as keyof typeof responseCodes]?.final ?? true

export const traceOf = ({ fields }: IsoMessage): string => fields[11] ?? ''

export const dueEntries = ({ journal }: AgentState): Entry[] => journal.filter(isDue)
