import { dueOf, type Entry, isDue } from '#agent/terminal/journal.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, writePrivateData } from '#protocol/iso8583/private-data.ts'
import { ask, type Draft, dayOf, note, traceOf } from './draft.ts'
import type { InFlight } from './state.ts'

/** The longest rest between two tries of what is due, milliseconds. */
const mostRestMs = 60_000

/** Sends what the journal says is due, one message after the other, behind the cashier's back. */
export function sendDue(draft: Draft) {
  const { journal, inflight, resting, line } = draft.state
  if (resting || line === 'down' || inflight.some(({ by }) => by === 'journal')) return
  const due = dueOf(journal.filter(({ trace }) => !inflight.some((one) => one.trace === trace)))
  if (due) ask(draft, due, 'journal')
}

/** Takes the message that was answered, or was not, off the wire; undefined where nobody waits for it any more. */
export function landed(draft: Draft, { mti, trace }: { mti: string; trace: string }): InFlight | undefined {
  const { inflight } = draft.state
  const found = inflight.find((one) => one.trace === trace && one.mti.slice(0, 2) === mti.slice(0, 2))
  if (found) draft.state = { ...draft.state, inflight: inflight.filter((one) => one !== found) }
  return found
}

/** The journal hears the answer of a message that books. */
export function noteAnswer(draft: Draft, message: IsoMessage) {
  const before = draft.state.journal
  note(draft, { kind: 'answer', message })
  const day = dayOf(draft.moment)
  draft.state = {
    ...draft.state,
    journal: draft.state.journal.map((entry, index) => (entry === before[index] ? entry : kept(entry, day))),
  }
}

/**
 * An entry as it stays: with the day it was booked on, and without what only the customer needs to have: the raw
 * credential goes with the first answer, names and receipts never come in.
 */
function kept(entry: Entry, day: string): Entry {
  const answer = entry.answer && { mti: entry.answer.mti, fields: only(entry.answer, [11, 37, 38, 39, 48]) }
  const about = entry.about && entry.state === 'done' && !entry.about.day ? { ...entry.about, day } : entry.about
  return {
    ...entry,
    message: isDue(entry) && entry.state === 'sent' ? entry.message : withoutCredential(entry.message),
    ...(answer ? { answer } : {}),
    ...(about ? { about } : {}),
  }
}

const only = ({ fields }: IsoMessage, wanted: readonly (keyof IsoMessage['fields'])[]): IsoMessage['fields'] =>
  Object.fromEntries(wanted.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]]])))

export function withoutCredential(message: IsoMessage): IsoMessage {
  const tags = readPrivateData(message.fields[48])
  if (!tags?.some(([tag]) => tag === 'CR')) return message
  const { 48: _, ...fields } = message.fields
  const rest = writePrivateData(tags.filter(([tag]) => tag !== 'CR'))
  return { ...message, fields: { ...fields, ...(rest ? { 48: rest } : {}) } }
}

/** The last try failed: a rest that doubles with the tries of what is due. */
export function rest(draft: Draft) {
  const tries = Math.min(...draft.state.journal.filter(isDue).map((entry) => entry.tries), 10)
  draft.state = { ...draft.state, resting: true }
  draft.effects.push({ kind: 'timer', timer: 'resend', ms: Math.min(mostRestMs, 1_000 * 2 ** Math.max(0, tries - 1)) })
}

export const answers = (one: { trace: string }, message: IsoMessage): boolean => one.trace === traceOf(message)
