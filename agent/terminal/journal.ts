import { type ResponseCode, responseCodes } from '#protocol/iso8583/codes.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { repeatOf, reversalOf } from './requests.ts'

/**
 * What a terminal must not forget, as a pure machine. An entry is on disk before its message leaves; whatever cuts the
 * terminal off, what is due is found in the journal again:
 *
 *     sale:    sent ──answer 00──▶ done       sent ──silence, restart──▶ undoing ──00──▶ undone
 *              sent ──refused────▶ refused    done ──cashier undoes────▶ undoing
 *     advice, return: sent ──repeated until answered──▶ done | refused
 *
 * A sale that nobody answered is undone, because the cashier was not told that it went well; what cannot be undone
 * (an advice tells what has happened, a return has been paid out) is repeated.
 */
export interface Entry {
  /** DE 11. */
  trace: string
  /** As it was first sent. */
  message: IsoMessage
  state: 'sent' | 'done' | 'refused' | 'undoing' | 'undone'
  /** How often what is due now was sent. */
  tries: number
  /** The answer's fields that later messages and receipts need. */
  answer?: IsoMessage
  /** What the terminal itself keeps beside it, for its totals and its cashier. */
  about?: About
}

export interface About {
  /** The basket: it is booked once at most, by whichever of its entries. */
  basket: string
  /** When it was made, milliseconds since 1970. */
  at: number
  /** The civil day on which it was booked, `YYYY-MM-DD`: that of its answer. */
  day?: string
  /** Rials: the price, and what of it was given and paid. */
  total: number
  discount: number
  redeemed: number
  paid: number
}

export type Journal = readonly Entry[]

export type JournalEvent =
  /** A message that books something is about to leave. */
  | { kind: 'send'; message: IsoMessage; about?: About }
  | { kind: 'answer'; message: IsoMessage }
  /** No answer in time, or the line is gone. */
  | { kind: 'silence'; trace: string }
  /** The cashier undoes a sale. */
  | { kind: 'undo'; trace: string }
  /** The terminal starts: whatever is in the journal without an answer stays due. */
  | { kind: 'restart' }

/** Types that book: look-ups, quotes, holds and 0800 leave nothing behind that the journal must know. */
export const books = ({ mti }: IsoMessage): boolean => mti.startsWith('020') || mti.startsWith('022')

const isReturn = ({ message }: Entry): boolean => message.fields[3]?.startsWith('20') ?? false

/** What nobody answered is undone, where the cashier has not said yet that it stands. */
const isUndoable = (entry: Entry): boolean => entry.message.mti === '0200' && !isReturn(entry)

/** The journal after an event. The caller puts it on disk, then sends what `dueOf` says. */
export function journalAfter(journal: Journal, event: JournalEvent): Journal {
  switch (event.kind) {
    case 'send': {
      const trace = event.message.fields[11] ?? ''
      const about = event.about ? { about: event.about } : {}
      return [...journal, { trace, message: event.message, state: 'sent', tries: 0, ...about }]
    }
    case 'answer':
      return journal.map((entry) => answered(entry, event.message))
    case 'silence':
      return journal.map((entry) => {
        if (entry.trace !== event.trace || (entry.state !== 'sent' && entry.state !== 'undoing')) return entry
        if (entry.state === 'sent' && isUndoable(entry)) return { ...entry, state: 'undoing', tries: 0 }
        return { ...entry, tries: entry.tries + 1 }
      })
    case 'undo':
      return journal.map((entry) =>
        entry.trace === event.trace && entry.state === 'done' && !isReturn(entry)
          ? { ...entry, state: 'undoing', tries: 0 }
          : entry,
      )
    case 'restart':
      return journal.map((entry) => {
        if (entry.state === 'sent' && isUndoable(entry)) return { ...entry, state: 'undoing', tries: 1 }
        return entry.state === 'sent' || entry.state === 'undoing' ? { ...entry, tries: Math.max(1, entry.tries) } : entry
      })
  }
}

function answered(entry: Entry, answer: IsoMessage): Entry {
  if (answer.fields[11] !== entry.trace) return entry
  const code = answer.fields[39] as ResponseCode
  const undoing = answer.mti === '0410' || answer.mti === '0430'
  if (undoing) {
    if (entry.state !== 'undoing') return entry
    return code === '00' ? { ...entry, state: 'undone', answer } : { ...entry, tries: entry.tries + 1 }
  }
  // Too late: the sale is being undone already, whatever became of it.
  if (entry.state !== 'sent') return entry
  if (code === '00') return { ...entry, state: 'done', answer }
  if (responseCodes[code]?.final ?? true) return { ...entry, state: 'refused', answer }
  return isUndoable(entry) ? { ...entry, state: 'undoing', tries: 0, answer } : { ...entry, tries: entry.tries + 1 }
}

/** What must still be sent, or sent again. */
export const isDue = ({ state }: Entry): boolean => state === 'sent' || state === 'undoing'

/**
 * The message that must be sent next, or sent again; undefined where nothing is due. The one that was tried least, of
 * those the oldest: one that a box cannot take keeps no other waiting.
 */
export function dueOf(journal: Journal): IsoMessage | undefined {
  const entry = journal
    .filter(isDue)
    .reduce<Entry | undefined>((least, one) => (least && least.tries <= one.tries ? least : one), undefined)
  if (!entry) return undefined
  if (entry.state === 'sent') return entry.tries === 0 ? entry.message : repeatOf(entry.message)
  const reversal = reversalOf(entry.message, '0420')
  return entry.tries === 0 ? reversal : repeatOf(reversal)
}
