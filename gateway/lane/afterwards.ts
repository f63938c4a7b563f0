import type { Credential } from '#protocol/credentials.ts'
import { joinBooking, tellAgain, tellFiled } from './bookings.ts'
import { giveUp } from './cancelling.ts'
import { bookingOf, type Draft, enter, operatorOf, putBooking, refuse, saleAtLane, show, tell } from './draft.ts'
import type { TillInput } from './inputs.ts'

/** Undoes a whole sale; also one that never came, which is then undone when it does. */
export function reverse(draft: Draft, { request, known, device }: TillInput<'reverse'>) {
  const { id, saleid, reason = 'operator' } = request
  const ref = `reversal:${saleid}`
  if (joinBooking(draft, ref, id)) return
  if (known.is === 'booked' && known.reversal) {
    tell(draft, { op: 'reversed', re: id, saleid })
    return tellAgain(draft, id, { of: 'reversal', subject: saleid }, known.reversal.reply)
  }
  const unpaid = saleAtLane(draft)
  const open = unpaid?.saleid === saleid ? unpaid : known.is === 'kept' ? known.sale : undefined
  if (open) {
    // A terminal that does not know whether its payment came through: if it comes now, it finds that it is undone.
    if (reason !== 'terminal' && reason !== 'timeout')
      return refuse(draft, id, 'request.invalid', 'the sale is not completed yet: cancel it instead')
    if (unpaid?.saleid === saleid) {
      enter(draft, { at: 'cancelled', saleid })
      show(draft, { prompts: [] })
      tell(draft, { op: 'cancelled', saleid })
    }
    giveUp(draft, saleid)
  }
  const sold = known.is === 'booked' ? known.orderkey : bookingOf(draft, `sale:${saleid}`)?.orderkey
  const orderkey = sold ?? open?.orderkey ?? saleid
  warm(draft)
  putBooking(draft, { ref, of: 'reversal', subject: saleid, saleid, orderkey, waiting: [id], stage: 'committing' })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.sale.reversed.v1',
    data: { saleid, reason, ...operatorOf(draft, request.operator), mode: draft.setup.mode },
    orderkey,
    device,
    subject: saleid,
  })
}

/** Lines or an amount of a sale are brought back. */
export function takeReturn(draft: Draft, input: TillInput<'return'>) {
  const { request, device, fresh } = input
  const { id, saleid, reference, lines, amount, returnid = fresh } = request
  const ref = `return:${returnid}`
  if (joinBooking(draft, ref, id) || tellFiled(draft, { id, of: 'return', subject: returnid, known: input.known })) return
  if (saleid === undefined && reference === undefined)
    return refuse(draft, id, 'request.invalid', 'saleid, reference: neither names a sale')
  if (lines.length === 0 && amount === undefined)
    return refuse(draft, id, 'request.invalid', 'lines, amount: neither says what is brought back')
  if (saleid !== undefined && saleAtLane(draft)?.saleid === saleid)
    return refuse(draft, id, 'request.invalid', 'the sale is not completed yet: cancel it, or open it again without those lines')
  const inFlight = saleid === undefined ? undefined : bookingOf(draft, `sale:${saleid}`)?.orderkey
  const orderkey = input.saleKey ?? inFlight ?? saleid ?? returnid
  const named = { ...(saleid === undefined ? {} : { saleid }), ...(reference === undefined ? {} : { reference }) }
  warm(draft)
  putBooking(draft, {
    ref,
    of: 'return',
    subject: returnid,
    ...(saleid === undefined ? {} : { saleid }),
    orderkey,
    waiting: [id],
    stage: 'committing',
  })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.sale.returned.v1',
    data: {
      returnid,
      ...named,
      lines,
      ...(amount === undefined ? {} : { amount }),
      currency: draft.setup.currency,
      ...operatorOf(draft, request.operator),
      mode: draft.setup.mode,
    },
    orderkey,
    device,
    subject: returnid,
  })
}

/** Whoever is named, or stands at the lane, says that a past sale was his or hers. */
export function claim(draft: Draft, input: TillInput<'claim'>) {
  const { request, device, fresh } = input
  const { id, reference, claimid = fresh } = request
  const ref = `claim:${claimid}`
  if (joinBooking(draft, ref, id) || tellFiled(draft, { id, of: 'claim', subject: claimid, known: input.known })) return
  if (draft.setup.mode === 'training') return refuse(draft, id, 'sale.training', 'a training lane changes nobody’s credit')
  const member = input.shown[0] ?? whoStandsHere(draft)
  if (!member) return refuse(draft, id, 'request.invalid', 'present the card whose sale it was first')
  const orderkey = input.saleKey ?? member.token ?? claimid
  warm(draft)
  putBooking(draft, { ref, of: 'claim', subject: claimid, orderkey, waiting: [id], stage: 'committing' })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.receipt.claimed.v1',
    data: { reference, member },
    orderkey,
    device,
    subject: claimid,
  })
}

/** The till's totals of a day, to be compared with the club's. */
export function closeDay(draft: Draft, input: TillInput<'close-day'>) {
  const { request, device, fresh } = input
  const { id, closeid = fresh, businessdate = input.businessdate } = request
  const ref = `day:${closeid}`
  if (joinBooking(draft, ref, id) || tellFiled(draft, { id, of: 'day', subject: closeid, known: input.known })) return
  const totals = request.totals ?? input.totals
  if (!totals) return refuse(draft, id, 'request.invalid', 'totals: the box has none of its own')
  const { lane, currency, mode } = draft.setup
  warm(draft)
  putBooking(draft, {
    ref,
    of: 'day',
    subject: closeid,
    day: { businessdate, totals },
    orderkey: lane,
    waiting: [id],
    stage: 'committing',
  })
  draft.effects.push({
    kind: 'commit',
    ref,
    type: 'vafa.day.closed.v1',
    data: { businessdate, currency, ...totals, mode },
    orderkey: lane,
    device,
    subject: closeid,
  })
}

/** Signs up whoever stands at the lane, with the further cards that the till names. */
export function enrol(draft: Draft, input: TillInput<'enrol'>) {
  const { request, device, fresh } = input
  const { id, memberid = fresh, operator } = request
  const ref = `enrolment:${memberid}`
  if (joinBooking(draft, ref, id) || tellFiled(draft, { id, of: 'enrolment', subject: memberid, known: input.known })) return
  const sale = saleAtLane(draft)
  const standing = whoStandsHere(draft)
  const others = input.shown.filter((one) => one.token === undefined || one.token !== standing?.token)
  const credentials = [...(standing ? [standing] : []), ...others]
  const [first] = credentials
  if (!first) return refuse(draft, id, 'request.invalid', 'present the card to sign up with first')
  const orderkey = (standing && sale?.orderkey) ?? first.token ?? memberid
  putBooking(draft, { ref, of: 'enrolment', subject: memberid, orderkey, waiting: [id], stage: 'committing' })
  draft.effects.push({
    kind: 'enrol',
    ref,
    orderkey,
    device,
    memberid,
    credentials,
    request,
    mode: draft.setup.mode,
    ...operatorOf(draft, operator),
  })
}

function whoStandsHere(draft: Draft): Credential | undefined {
  const { phase } = draft.state
  return saleAtLane(draft)?.member ?? (phase.at === 'presented' ? phase.who.credential : undefined)
}

function warm({ setup, effects }: Draft) {
  if (setup.receiptVia === 'own') effects.push({ kind: 'warm' })
}
