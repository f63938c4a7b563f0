import type { LaneTotals } from '#protocol/lane.ts'
import type { Fact, FactType } from '#protocol/messages.ts'
import { normaliseReference, referenceOf } from '#protocol/reference.ts'
import type { OpenSales } from '../open-sales.ts'
import type { BookedFact, Outbox } from '../outbox.ts'
import type { About, Known, LaneInput, LaneRequest, SlipKind } from './inputs.ts'
import type { LaneState } from './state.ts'

interface Disk {
  outbox: Outbox
  openSales: OpenSales
}

/** What the disk knows of what a request names; the sale that is open at the lane cannot be on it. */
export function knownTo(disk: Disk, request: LaneRequest, { phase }: LaneState): Known {
  switch (request.op) {
    case 'return':
      return filed(disk, request.returnid)
    case 'claim':
      return filed(disk, request.claimid)
    case 'close-day':
      return filed(disk, request.closeid)
    case 'enrol':
      return filed(disk, request.memberid)
    case 'open':
    case 'redeem':
    case 'complete':
    case 'record':
    case 'cancel':
    case 'reverse': {
      const { saleid } = request
      const atLane = (phase.at === 'open' || phase.at === 'quoted') && phase.sale.saleid === saleid
      return saleid === undefined || atLane ? { is: 'unknown' } : knownSale(disk, saleid)
    }
    default:
      return { is: 'unknown' }
  }
}

function knownSale({ outbox, openSales }: Disk, saleid: string): Known {
  const about = outbox.factsOf(saleid)
  const sale = about.find((fact) => fact.type === 'vafa.sale.completed.v1')
  const reversal = about.find((fact) => fact.type === 'vafa.sale.reversed.v1')
  const orderkey = sale?.orderkey ?? reversal?.orderkey
  if (orderkey !== undefined)
    return {
      is: 'booked',
      orderkey,
      ...(sale ? { sale: sale.reply ? { reply: sale.reply } : {} } : {}),
      ...(reversal ? { reversal: reversal.reply ? { reply: reversal.reply } : {} } : {}),
    }
  const kept = openSales.find(saleid)
  return kept ? { is: 'kept', ...kept } : { is: 'unknown' }
}

function filed({ outbox }: Disk, subject: string | undefined): Known {
  const fact = subject === undefined ? undefined : outbox.factsOf(subject)[0]
  if (!fact) return { is: 'unknown' }
  return { is: 'filed', ...aboutOf(outbox, fact), ...(fact.reply ? { reply: fact.reply } : {}) }
}

function aboutOf(outbox: Outbox, { id }: BookedFact): About {
  const { type, data } = JSON.parse(outbox.body(id).toString('utf8')) as Fact
  if (type === 'vafa.sale.returned.v1') return data.saleid === undefined ? {} : { saleid: data.saleid }
  if (type === 'vafa.day.closed.v1') return { day: { businessdate: data.businessdate, totals: totalsIn(data) } }
  return {}
}

/** What a receipt or a slip belongs to. */
const slipKinds: Partial<Record<FactType, SlipKind>> = {
  'vafa.sale.completed.v1': 'sale',
  'vafa.sale.reversed.v1': 'reversal',
  'vafa.sale.returned.v1': 'return',
  'vafa.receipt.claimed.v1': 'claim',
  'vafa.day.closed.v1': 'day',
}

/** A fact whose receipt or slip nobody was given before the box went down. */
export function recoveredFrom(outbox: Outbox, fact: BookedFact): Extract<LaneInput, { kind: 'recovered' }> {
  const { type, saleid: subject, orderkey, reply } = fact
  const of = slipKinds[type] ?? 'sale'
  return {
    kind: 'recovered',
    ref: `${of}:${subject}`,
    of,
    subject,
    orderkey,
    ...aboutOf(outbox, fact),
    ...(reply ? { reply } : {}),
  }
}

const totalsIn = ({ sales, total, discount, reversed }: LaneTotals): LaneTotals => ({ sales, total, discount, reversed })

/**
 * The order key of a past sale, so that what is said of it does not overtake it: by its id; by its receipt's code or
 * the till's number, where it is one of those that the club does not have yet.
 */
export function saleKeyOf(
  { outbox }: Disk,
  { saleid, reference }: { saleid?: string | undefined; reference?: string | undefined },
): string | undefined {
  if (saleid !== undefined) return outbox.factsOf(saleid).find(({ type }) => type === 'vafa.sale.completed.v1')?.orderkey
  if (reference === undefined) return undefined
  const code = normaliseReference(reference)
  const byCode = code === undefined ? undefined : outbox.unsettledSales().find((sale) => referenceOf(sale.saleid) === code)
  // The club looks in the same order: a receipt's code, then the till's own number.
  return (byCode ?? outbox.unsettledSaleOfTill(reference))?.orderkey
}

export interface BoxTotals extends LaneTotals {
  /** Credit that was taken instead of money. */
  redeemed: number
  /** How many returns were taken that day. */
  returned: number
}

const dayMs = 24 * 3_600_000

/** What the box has of a lane and a business day. A reversal counts on the day of its sale, as in the club. */
export function totalsOf(
  { outbox }: Pick<Disk, 'outbox'>,
  day: { lane: string; businessdate: string; civilDateOf: (at: number) => string },
): BoxTotals {
  const { lane, businessdate, civilDateOf } = day
  const totals: BoxTotals = { sales: 0, total: 0, discount: 0, reversed: 0, redeemed: 0, returned: 0 }
  const ofDay = new Set<string>()
  const reversed = new Set<string>()
  // A civil day is nowhere further than 14 hours from the same day in UTC.
  for (const { type, saleid, at, body } of outbox.factsSince(lane, Date.parse(businessdate) - dayMs)) {
    if (type === 'vafa.sale.reversed.v1') reversed.add(saleid)
    else if (type === 'vafa.sale.returned.v1') totals.returned += civilDateOf(at) === businessdate ? 1 : 0
    else if (type === 'vafa.sale.completed.v1') {
      const { data } = JSON.parse(body.toString('utf8')) as Fact<'vafa.sale.completed.v1'>
      if (data.businessdate !== businessdate) continue
      ofDay.add(saleid)
      totals.sales += 1
      totals.total += data.total
      totals.discount += data.applied.reduce((sum, { amount }) => sum + amount, 0)
      totals.redeemed += data.redemption?.amount ?? 0
    }
  }
  for (const saleid of reversed) if (ofDay.has(saleid)) totals.reversed += 1
  return totals
}
