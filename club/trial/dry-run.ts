import type { Programme } from '#programme/schema.ts'
import type { AppliedEffect } from '#protocol/effects.ts'
import type { Message, Request } from '#protocol/messages.ts'
import { journalOf, witnessedOf } from '../audit/redecide.ts'
import type { SaleFact } from '../booking/sale.ts'
import type { JournalEntry } from '../books/journal-records.ts'
import type { OwnEvent } from '../books/own-events.ts'
import { openReplay, type Replay } from '../books/replay.ts'
import type { Pepper } from '../pepper.ts'
import type { Engine } from '../store/engine.ts'
import type { Reader } from '../store/questions.ts'
import { givenIn, type Outcome } from './given.ts'

export interface DryRun {
  /** Events of the span that were decided by both. */
  events: number
  sales: number
  /** Those that the draft could not book: their credit had been spent, or they were in another currency. */
  undecided: number
  real: Outcome
  draft: Outcome
}

/** What is due by time under rules: the draft's own come at the same instants, and may be others. */
const dueTypes: ReadonlySet<string> = new Set([
  'vafa.club.hold-lapsed.v1',
  'vafa.club.lots-expired.v1',
  'vafa.club.expiry-announced.v1',
  'vafa.club.tier-reviewed.v1',
] satisfies OwnEvent['type'][])
/** Comes of another event, which brings it about again. */
const brought: OwnEvent['type'] = 'vafa.club.friend-bought.v1'

/** How many events are folded before they are written. */
const batchSize = 500

/**
 * Replays the journal twice: up to `from` by the rules that decided, from there until `to` (neither instant need be
 * given) once by them and once by a draft. What happens later is left out. Members, limits and lots go on under each
 * set of rules as it left them. Undefined where the books are empty.
 */
export async function dryRun(options: {
  books: Reader
  pepper: Pepper
  fresh: () => Engine
  draft: Programme
  from?: string | undefined
  to?: string | undefined
}): Promise<DryRun | undefined> {
  const { books, pepper, fresh, draft, from = '', to = '~' } = options
  const found = await witnessedOf(books, pepper)
  if (!found) return undefined
  // Whoever has been forgotten has told nothing, to either set of rules.
  const witnessed = { ...found, open: (memberid: string, locked: string) => found.open(memberid, locked) ?? {} }
  const [realBooks, draftBooks] = [fresh(), fresh()]
  const [real, trial] = [openReplay(realBooks, witnessed), openReplay(draftBooks, witnessed)]
  const counted = { events: 0, sales: 0, undecided: 0 }
  let taken = 0
  for await (const entry of journalOf(books)) {
    if (entry.effectiveAt >= to) continue
    if (entry.effectiveAt < from) {
      takeOrSkip(real, entry)
      if (!takeOrSkip(trial, entry)) counted.undecided++
    } else {
      counted.events++
      if (entry.type === 'vafa.sale.completed.v1') counted.sales++
      if (!decideByBoth(entry, { real, trial, draft })) counted.undecided++
    }
    if (++taken % batchSize === 0) for (const one of [real, trial]) await one.settle()
  }
  for (const one of [real, trial]) await one.settle()
  const span = { from, to }
  return { ...counted, real: await givenIn(realBooks, span), draft: await givenIn(draftBooks, span) }
}

/** Tells whether the draft could book it too. */
function decideByBoth(entry: JournalEntry, { real, trial, draft }: { real: Replay; trial: Replay; draft: Programme }): boolean {
  if (entry.type === brought) return takeOrSkip(real, entry)
  if (dueTypes.has(entry.type)) {
    takeOrSkip(real, entry)
    // What is due under the draft is another thing, but never of a member of whom nothing was due.
    if (entry.memberid !== undefined) trial.takeDue(entry, entry.memberid, draft)
    return true
  }
  const message = JSON.parse(entry.body) as Message
  const asDraft = message.type === 'vafa.sale.completed.v1' ? withDiscounts(entry, message, { real, trial, draft }) : message
  takeOrSkip(real, entry)
  return takeOrSkip(trial, entry, { message: asDraft, programme: draft })
}

function takeOrSkip(replay: Replay, entry: JournalEntry, how?: Parameters<Replay['take']>[1]): boolean {
  try {
    replay.take(entry, how)
    return true
  } catch {
    return false
  }
}

/**
 * A sale as it would have come to be under the draft. Where both promise the same discounts it stands as it was; so it
 * does where the till gave nothing of what was promised. Else the draft's discounts take the place of those given.
 */
function withDiscounts(
  entry: JournalEntry,
  sale: SaleFact,
  { real, trial, draft }: { real: Replay; trial: Replay; draft: Programme },
): SaleFact {
  const [was, would] = [promised(real, entry, sale), promised(trial, entry, sale, draft)]
  if (JSON.stringify(was) === JSON.stringify(would)) return sale
  if (was.length > 0 && sale.data.applied.length === 0) return sale
  const { total, redemption, tenders } = sale.data
  const off = would.reduce((sum, one) => sum + one.amount, 0)
  const payable = Math.max(0, total - off - (redemption?.amount ?? 0))
  return {
    ...sale,
    data: { ...sale.data, applied: would, payable, tenders: [{ kind: tenders[0]?.kind ?? 'cash', amount: payable }] },
  }
}

/** The discounts that a quote would have promised right before the sale. */
function promised(replay: Replay, entry: JournalEntry, { data, ...envelope }: SaleFact, programme?: Programme): AppliedEffect[] {
  const { saleid, member, businessdate, currency, total, lines, mode } = data
  const { sequence: _, ...rest } = envelope
  const request = {
    ...rest,
    type: 'vafa.sale.quoted.v1',
    expiresat: entry.effectiveAt,
    data: { saleid, businessdate, currency, total, lines, mode, ...(member === undefined ? {} : { member }) },
  } as Request
  return replay
    .ask(entry, request, programme)
    .effects.flatMap((one) =>
      one.kind === 'discount' && one.granted > 0
        ? [{ kind: 'discount' as const, ruleid: one.ruleid, amount: one.granted, currency: one.currency }]
        : [],
    )
}
