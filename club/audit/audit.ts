import type { RangeCheckpoint } from '#protocol/range-checkpoint.ts'
import type { Pepper } from '../pepper.ts'
import type { Engine } from '../store/engine.ts'
import type { Reader } from '../store/questions.ts'
import { compareBooks } from './compare.ts'
import type { Finding } from './finding.ts'
import { checkRange } from './range.ts'
import { redecide, witnessedOf } from './redecide.ts'
import { checkStanding } from './standing.ts'
import { type Chained, checkTransfers, type Passing } from './transfers.ts'

/** What the books are at one moment. */
export interface BooksState extends Chained {
  club: string
  events: number
  members: number
}

export interface AuditReport extends BooksState {
  /** How many events another version of Vafa had decided; of their replies only what they did was compared. */
  byOthers: number
  /** From this event on nothing was decided again: it went by what a member told who has been forgotten since. */
  forgottenFrom?: number
  /** The first difference; undefined where the books are right. */
  finding?: Finding
}

/** Where the books stand, without looking at what they say. */
export async function stateOf(reader: Reader): Promise<BooksState> {
  const [identity] = await reader.query<{ club: string }>('SELECT club FROM identity')
  const [counted] = await reader.query<{ events: number; members: number; transfers: number }>(
    `SELECT (SELECT COUNT(*) FROM journal) AS events, (SELECT COUNT(*) FROM members) AS members,
     (SELECT COUNT(*) FROM transfers) AS transfers`,
  )
  const [last] = await reader.query<Passing>('SELECT seq, chain FROM transfers ORDER BY seq DESC LIMIT 1')
  return {
    club: identity?.club ?? '',
    events: Number(counted?.events ?? 0),
    members: Number(counted?.members ?? 0),
    transfers: Number(counted?.transfers ?? 0),
    last: last ? { seq: Number(last.seq), chain: last.chain } : { seq: 0, chain: '' },
  }
}

/**
 * Checks all of the books, which nobody changes meanwhile, and stops at the first difference. `fresh` gives empty
 * books, for the journal to be folded into again; `through`: where the chain must pass.
 */
export async function auditBooks(options: {
  books: Reader
  pepper: Pepper
  fresh: () => Engine
  through?: Passing & { events: number }
  /** Facts that a box has signed. */
  range?: RangeCheckpoint | undefined
}): Promise<AuditReport> {
  const { books, through, range } = options
  const state = await stateOf(books)
  const found = (finding: Finding): AuditReport => ({ ...state, byOthers: 0, finding })
  if (through && through.events > state.events)
    return found({
      check: 'checkpoint',
      row: `journal ${state.events}`,
      what: `is the last event, and the checkpoint states ${through.events} of them`,
    })
  const missing = range && (await checkRange(books, range))
  if (missing) return found(missing)
  const witnessed = await witnessedOf(books, options.pepper)
  const chained = await checkTransfers(books, { currency: witnessed?.currency ?? '', through })
  if ('check' in chained) return found(chained)
  const standing = await checkStanding(books)
  if (standing) return found(standing)
  if (!witnessed) return { ...state, byOthers: 0 }
  const fresh = options.fresh()
  const redecided = await redecide(books, fresh, witnessed)
  if ('check' in redecided) return found(redecided)
  const { byOthers, forgottenFrom } = redecided
  if (forgottenFrom !== undefined) return { ...state, byOthers, forgottenFrom }
  const different = await compareBooks(books, fresh)
  if (different) return found(different)
  return { ...state, byOthers }
}
