import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { Fact } from '#protocol/messages.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { copyOfReceipt } from '#protocol/receipt-copy.ts'
import { messageOf } from '#runtime/errors.ts'
import type { BookedFact, Outbox } from '../outbox.ts'
import { type Advice, provisionalReversal, provisionalSale, type Shop } from '../provisional.ts'
import { type PrintingPlace, printReceipt } from './receipt-on-paper.ts'
import type { LaneSetup } from './state.ts'

export interface ReprintOptions {
  request: Extract<TillRequest, { op: 'reprint' }>
  setup: LaneSetup
  place: PrintingPlace
}

/**
 * Prints the last receipt of a sale once more, marked as a copy: the customer had none for lack of paper, or lost it.
 * Resolves to what the till hears when it is with the printer, or is not; never rejects.
 */
export async function reprint({ request, setup, place }: ReprintOptions): Promise<TillResponse> {
  const { id: re, saleid } = request
  const { outbox, shop } = place.world
  const refuse = (...[key, reason]: Parameters<typeof describeError>): TillResponse => ({
    op: 'error',
    re,
    error: describeError(key, reason),
  })
  if (setup.receiptVia !== 'own')
    return refuse('request.invalid', 'this lane prints nothing itself: `complete` again brings the receipt as a document')
  try {
    const booked = outbox.factsOf(saleid).findLast(({ handed }) => handed !== null)
    if (!booked) return refuse('sale.unknown', 'no sale of this store in the last 30 days')
    if (booked.handed === 'none') return refuse('receipt.not-printed', 'its own receipt is still on its way')
    const receipt = booked.reply ? booked.reply.receipt : provisionalReceipt(booked, outbox, shop)
    if (!receipt) return refuse('receipt.not-printed', 'this sale has no receipt')
    await printReceipt({ receipt: copyOfReceipt(receipt), saleid, orderkey: booked.orderkey, ...place })
    return { op: 'printed', re, saleid }
  } catch (error) {
    place.log.warn({ saleid, reason: messageOf(error) }, 'the copy of a receipt was not printed')
    return refuse('receipt.not-printed', messageOf(error))
  }
}

/** The slip that the box gave without the club, made again from what it put on disk then. */
function provisionalReceipt({ id, type, saleid }: BookedFact, outbox: Outbox, shop: Shop): ReceiptDocument | undefined {
  const read = (fact: string): unknown => JSON.parse(outbox.body(fact).toString('utf8'))
  if (type === 'vafa.sale.reversed.v1') return provisionalReversal(read(id) as Fact<'vafa.sale.reversed.v1'>, shop).receipt
  const advised = outbox.factsOf(saleid).find((fact) => fact.type === 'vafa.decision.advised.v1')
  return advised && provisionalSale((read(advised.id) as { data: Advice }).data, shop).receipt
}
