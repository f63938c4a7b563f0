import { withRedemption } from './basket.ts'
import { type Draft, enter, refuse, saleAtLane, show, tell } from './draft.ts'
import type { TillInput } from './inputs.ts'
import { releaseOf } from './redeeming.ts'

/** The till gives up a sale that is not paid, or whatever stands at the lane. What is held for it goes back. */
export function cancel(draft: Draft, { request, known }: TillInput<'cancel'>) {
  const { phase } = draft.state
  const { saleid } = request
  const current = phase.at === 'tendering' ? phase.sale.saleid : saleAtLane(draft)?.saleid
  const paying = draft.state.bookings.some(({ of, subject }) => of === 'sale' && subject === (saleid ?? current))
  if (paying || (known.is === 'booked' && known.sale))
    return refuse(draft, request.id, 'request.invalid', 'the sale is completed: reverse it instead')
  if (saleid === undefined || saleid === current) {
    if (current !== undefined) enter(draft, { at: 'cancelled', saleid: current })
    else if (phase.at === 'presented') enter(draft, { at: 'idle' })
    show(draft, { prompts: [] })
  }
  const cancelled = saleid ?? current
  if (cancelled !== undefined) giveUp(draft, cancelled)
  tell(draft, { op: 'cancelled', re: request.id, ...(cancelled === undefined ? {} : { saleid: cancelled }) })
}

/** A sale that nobody will pay leaves nothing behind. */
export function giveUp(draft: Draft, saleid: string) {
  releaseOf(draft, saleid)
  draft.effects.push({ kind: 'forget', saleid })
}

/**
 * Nobody went on with the sale: it leaves the lane to the next customer, and the till hears so. Should it be paid all
 * the same, its quote is still on disk, without the credit that goes back now.
 */
export function saleOverdue(draft: Draft) {
  const { phase } = draft.state
  if (phase.at !== 'open' && phase.at !== 'quoted') return
  const { saleid } = phase.sale
  releaseOf(draft, saleid)
  if (phase.at === 'quoted' && phase.quote.redemption)
    draft.effects.push({ kind: 'keep', sale: phase.sale, quote: withRedemption(phase.quote, undefined) })
  enter(draft, { at: 'cancelled', saleid })
  show(draft, { prompts: [] })
  tell(draft, { op: 'cancelled', saleid })
}

/** The moment of a tap or of an outcome is over. */
export function rested(draft: Draft) {
  const { at } = draft.state.phase
  if (at !== 'presented' && at !== 'completed' && at !== 'cancelled') return
  enter(draft, { at: 'idle' })
  show(draft, { prompts: [] })
}
