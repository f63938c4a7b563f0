import { basketFault, quoteByBox, tenderFault } from './basket.ts'
import { claim, successOf } from './bookings.ts'
import { bookingOf, type Draft, enter, putBooking, refuse, tell } from './draft.ts'
import type { LaneInput, LaneRequest } from './inputs.ts'
import { saleData } from './quoting.ts'
import type { OpenSale, PinnedQuote } from './state.ts'

type Asked<Op extends LaneRequest['op']> = Extract<LaneInput, { kind: 'till' }> & { request: Extract<LaneRequest, { op: Op }> }

/** The customer has paid. Nothing is said of success here: that comes when the fact is on disk. */
export function complete(draft: Draft, input: Asked<'complete'>) {
  const { request, known } = input
  const ref = `sale:${request.saleid}`
  if (joinBooking(draft, ref, request.id)) return
  if (known.is === 'booked' && known.sale) {
    tell(draft, { op: 'completed', re: request.id, saleid: request.saleid })
    return claim(draft, request.id, request.saleid, known.sale.reply)
  }
  const due = saleToComplete(draft, input)
  if (!due) return refuse(draft, request.id, 'sale.unknown', 'send the sale with `complete` where the box has restarted')
  const { sale, quote } = due
  const basket = request.sale ?? sale.basket
  const fault =
    basketFault(basket, draft.setup) ??
    (basket.total === quote.total
      ? undefined
      : `the final total is ${basket.total}, the quote was for ${quote.total}: open it again`) ??
    tenderFault(request.tenders, quote.payable)
  if (fault) return refuse(draft, request.id, 'request.invalid', fault)

  const paid: OpenSale = { ...sale, basket }
  const { phase } = draft.state
  const another = (phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid !== paid.saleid
  if (!another) enter(draft, { at: 'tendering', sale: paid, quote })
  putBooking(draft, {
    ref,
    of: 'sale',
    subject: paid.saleid,
    orderkey: paid.orderkey,
    waiting: [request.id],
    stage: 'committing',
  })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.sale.completed.v1',
    data: {
      ...saleData(draft, paid),
      ...(quote.quoteid === undefined ? {} : { quoteid: quote.quoteid }),
      ...(quote.programmeVersion === undefined ? {} : { programmeVersion: quote.programmeVersion }),
      applied: quote.applied,
      payable: quote.payable,
      tenders: request.tenders,
    },
    orderkey: paid.orderkey,
    device: paid.device,
    saleid: paid.saleid,
  })
}

/** The sale that the till means: the open one, one from before a restart, or one that it brings along. */
function saleToComplete(draft: Draft, input: Asked<'complete'>): { sale: OpenSale; quote: PinnedQuote } | undefined {
  const { request, known, device, businessdate } = input
  const { phase } = draft.state
  if ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid === request.saleid)
    return { sale: phase.sale, quote: phase.at === 'quoted' ? phase.quote : quoteByBox(phase.sale.basket) }
  if (known.is === 'kept') return known
  if (!request.sale) return undefined
  // A till that only earns never opens a sale: whoever has tapped is the customer. Elsewhere it may be the next one.
  const member = draft.setup.earnOnly && phase.at === 'presented' ? phase.who.credential : undefined
  const sale: OpenSale = {
    saleid: request.saleid,
    orderkey: member?.token ?? request.saleid,
    businessdate,
    basket: request.sale,
    ...(member ? { member } : {}),
    device,
  }
  return { sale, quote: quoteByBox(request.sale) }
}

export function cancel(draft: Draft, { request, known }: Asked<'cancel'>) {
  const { phase } = draft.state
  const { saleid } = request
  const current = phase.at === 'open' || phase.at === 'quoted' || phase.at === 'tendering' ? phase.sale.saleid : undefined
  const paying = phase.at === 'tendering' && (saleid === undefined || saleid === current)
  if (paying || (known.is === 'booked' && known.sale))
    return refuse(draft, request.id, 'request.invalid', 'the sale is completed: reverse it instead')
  if (saleid === undefined || saleid === current) {
    if (current !== undefined) enter(draft, { at: 'cancelled', saleid: current })
    else if (phase.at === 'presented') enter(draft, { at: 'idle' })
    draft.state = { ...draft.state, shown: { prompts: [] } }
  }
  const cancelled = saleid ?? current
  if (cancelled !== undefined) draft.effects.push({ kind: 'forget', saleid: cancelled })
  tell(draft, { op: 'cancelled', re: request.id, ...(cancelled === undefined ? {} : { saleid: cancelled }) })
}

export function reverse(draft: Draft, { request, known, device }: Asked<'reverse'>) {
  const { saleid, operator } = request
  const ref = `reversal:${saleid}`
  if (joinBooking(draft, ref, request.id)) return
  if (known.is === 'booked' && known.reversal) {
    tell(draft, { op: 'reversed', re: request.id, saleid })
    return claim(draft, request.id, saleid, known.reversal.reply)
  }
  const { phase } = draft.state
  if (known.is === 'kept' || ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid === saleid))
    return refuse(draft, request.id, 'request.invalid', 'the sale is not completed yet: cancel it instead')
  const orderkey = known.is === 'booked' ? known.orderkey : (bookingOf(draft, `sale:${saleid}`)?.orderkey ?? saleid)
  if (draft.setup.receiptVia === 'own') draft.effects.push({ kind: 'warm' })
  putBooking(draft, { ref, of: 'reversal', subject: saleid, orderkey, waiting: [request.id], stage: 'committing' })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.sale.reversed.v1',
    data: { saleid, reason: 'operator', ...(operator === undefined ? {} : { operator }), mode: draft.setup.mode },
    orderkey,
    device,
    saleid,
  })
}

/** Signs up whoever stands at the lane. */
export function enrol(draft: Draft, { request, device, fresh }: Asked<'enrol'>) {
  const { phase } = draft.state
  const sale = phase.at === 'open' || phase.at === 'quoted' ? phase.sale : undefined
  const credential = sale?.member ?? (phase.at === 'presented' ? phase.who.credential : undefined)
  if (!credential) return refuse(draft, request.id, 'request.invalid', 'present the card to sign up with first')
  const ref = `enrolment:${fresh}`
  const orderkey = sale?.orderkey ?? credential.token ?? fresh
  putBooking(draft, { ref, of: 'enrolment', subject: fresh, orderkey, waiting: [request.id], stage: 'committing' })
  draft.effects.push({ kind: 'enrol', ref, orderkey, device, memberid: fresh, credential, request })
}

/** A repeat of a request whose fact is on its way: true where it now waits for the same answer. */
function joinBooking(draft: Draft, ref: string, request: string): boolean {
  const booking = bookingOf(draft, ref)
  if (!booking) return false
  if (!booking.waiting.includes(request)) putBooking(draft, { ...booking, waiting: [...booking.waiting, request] })
  if (booking.stage !== 'committing') tell(draft, successOf(booking, request))
  return true
}
