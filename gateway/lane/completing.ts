import type { Tender } from '#protocol/messages.ts'
import { redemptionIdOf } from '#protocol/origin.ts'
import { basketFault, quoteByBox, tenderFault, withRedemption } from './basket.ts'
import { joinBooking, tellAgain } from './bookings.ts'
import { type Draft, enter, isBeingUndone, putBooking, refuse, saleAtLane, tell } from './draft.ts'
import { holdById, holdOf } from './holds.ts'
import type { Known, LaneRequest, TillInput } from './inputs.ts'
import { saleData, standingHere } from './quoting.ts'
import { releaseOf, spend } from './redeeming.ts'
import type { OpenSale, PinnedQuote } from './state.ts'

/** The customer has paid. Nothing is said of success here: that comes when the fact is on disk. */
export function complete(draft: Draft, input: TillInput<'complete'>) {
  const { request } = input
  if (answeredBefore(draft, request.id, request.saleid, input.known)) return
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
  pay(draft, { id: request.id, sale: { ...sale, basket }, quote, tenders: request.tenders })
}

/** A sale that is paid already: nobody was asked before, so nothing is quoted. */
export function record(draft: Draft, input: TillInput<'record'>) {
  const { request, fresh, known } = input
  const { id, advice, at } = request
  const saleid = request.saleid ?? fresh
  if (answeredBefore(draft, id, saleid, known, advice ? 'takes what is undone' : 'refuses what is undone')) return
  const sale = saleToRecord(draft, input, saleid)
  const quote = quoteOfRecord(draft, { request, saleid })
  if (quote.payable < 0) return refuse(draft, id, 'request.invalid', 'more was given than the sale costs')
  // What a terminal has approved alone is taken whatever it adds up to: its lines are left out where they are wrong.
  const fault = basketFault(sale.basket, draft.setup)
  const basket = fault && advice ? { ...sale.basket, lines: [] } : sale.basket
  const stillWrong = basketFault(basket, draft.setup)
  if (stillWrong) return refuse(draft, id, 'request.invalid', stillWrong)
  const all: Tender[] = [{ kind: 'other', amount: quote.payable }]
  const unpaid = request.tenders && tenderFault(request.tenders, quote.payable)
  if (unpaid && !advice) return refuse(draft, id, 'request.invalid', unpaid)
  pay(draft, {
    id,
    sale: { ...sale, basket },
    quote,
    tenders: unpaid ? all : (request.tenders ?? all),
    ...(at === undefined ? {} : { at }),
    ...(advice ? { advice: { effects: advice.effects ?? [] } } : {}),
  })
}

/** Credit that a terminal took alone is of what is held for the sale, or else has an id that a repeat has, too. */
function quoteOfRecord(
  draft: Draft,
  { request, saleid }: { request: Extract<LaneRequest, { op: 'record' }>; saleid: string },
): PinnedQuote {
  const { applied = [], redeemed = 0, effects = [] } = request.advice ?? {}
  const discount = applied.reduce((sum, { amount }) => sum + amount, 0)
  const plain = { ...quoteByBox(request.sale), discount, effects, applied }
  const held = holdOf(draft, saleid)
  const redemptionid = held?.stage === 'held' ? held.redemptionid : redemptionIdOf(saleid)
  return withRedemption(plain, redeemed > 0 ? { redemptionid, amount: redeemed } : undefined)
}

/**
 * Whoever was named, or had a card in the open sale, or has just tapped, is the customer. An advice comes when the line is
 * back: whoever stands at the lane then is another customer.
 */
function saleToRecord(draft: Draft, input: TillInput<'record'>, saleid: string): OpenSale {
  const { request, device, known } = input
  const atLane = saleAtLane(draft)
  const before = atLane?.saleid === saleid ? atLane : known.is === 'kept' ? known.sale : undefined
  const member = input.shown[0] ?? before?.member ?? (request.advice ? undefined : standingHere(draft, input))
  const originalid = request.originalid ?? before?.originalid
  return {
    saleid,
    orderkey: before?.orderkey ?? member?.token ?? saleid,
    businessdate: request.sale.businessdate ?? before?.businessdate ?? input.businessdate,
    basket: request.sale,
    ...(member ? { member } : {}),
    ...(originalid === undefined ? {} : { originalid }),
    device,
  }
}

/** True where this sale is on its way, on disk, or undone already, and the till has heard so. */
function answeredBefore(
  draft: Draft,
  id: string,
  saleid: string,
  known: Known,
  tombstone: 'refuses what is undone' | 'takes what is undone' = 'refuses what is undone',
): boolean {
  if (joinBooking(draft, `sale:${saleid}`, id)) return true
  if (known.is === 'booked' && known.sale) {
    tell(draft, { op: 'completed', re: id, saleid })
    tellAgain(draft, id, { of: 'sale', subject: saleid }, known.sale.reply)
    return true
  }
  if (known.is !== 'booked' && !isBeingUndone(draft, saleid)) return false
  if (tombstone === 'takes what is undone') return false
  refuse(draft, id, 'sale.undone', 'it was reversed before it came')
  return true
}

interface Payment {
  /** The till's request. */
  id: string
  sale: OpenSale
  quote: PinnedQuote
  tenders: Tender[]
  at?: string
  advice?: { effects: PinnedQuote['effects'] }
}

/** Books what was paid; credit that is held for the sale is spent in it, and nowhere else. */
function pay(draft: Draft, { id, sale, quote, tenders, at, advice }: Payment) {
  const { saleid, orderkey, originalid } = sale
  const { redemption, quoteid, programmeVersion, applied, payable } = quote
  const ref = `sale:${saleid}`
  const atLane = saleAtLane(draft)
  if (!atLane || atLane.saleid === saleid) enter(draft, { at: 'tendering', sale, quote })
  if (redemption) spend(draft, redemption.redemptionid)
  releaseOf(draft, saleid)
  putBooking(draft, { ref, of: 'sale', subject: saleid, saleid, orderkey, waiting: [id], stage: 'committing' })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.sale.completed.v1',
    data: {
      ...saleData(draft, sale),
      ...(quoteid === undefined ? {} : { quoteid }),
      ...(programmeVersion === undefined ? {} : { programmeVersion }),
      applied,
      ...(redemption ? { redemption } : {}),
      payable,
      tenders,
    },
    orderkey,
    device: sale.device,
    subject: saleid,
    ...(originalid === undefined ? {} : { originalid }),
    ...(at === undefined ? {} : { at }),
    ...(advice ? { advice } : {}),
  })
}

/** The sale that the till means: the open one, one from before a restart, or one that it brings along. */
function saleToComplete(draft: Draft, input: TillInput<'complete'>): { sale: OpenSale; quote: PinnedQuote } | undefined {
  const { request, known, device, businessdate } = input
  const { phase } = draft.state
  if ((phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid === request.saleid)
    return { sale: phase.sale, quote: phase.at === 'quoted' ? phase.quote : quoteByBox(phase.sale.basket) }
  if (known.is === 'kept') {
    const { redemption } = known.quote
    const held = redemption && holdById(draft, redemption.redemptionid)?.stage === 'held'
    return { sale: known.sale, quote: held ? known.quote : withRedemption(known.quote, undefined) }
  }
  if (!request.sale) return undefined
  // A till that only earns never opens a sale: whoever has tapped is the customer. Elsewhere it may be the next one.
  const member = draft.setup.earnOnly && phase.at === 'presented' ? phase.who.credential : undefined
  const sale: OpenSale = {
    saleid: request.saleid,
    orderkey: member?.token ?? request.saleid,
    businessdate: request.sale.businessdate ?? businessdate,
    basket: request.sale,
    ...(member ? { member } : {}),
    device,
  }
  return { sale, quote: quoteByBox(request.sale) }
}
