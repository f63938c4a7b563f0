import { type Booking, bookedBody } from './bookings.ts'
import { type Desk, tellingOf } from './desk.ts'
import { requestKey } from './header.ts'
import type { NexoTill } from './options.ts'
import type { Repeats } from './repeats.ts'
import type { MessageReference, RequestBody } from './requests.ts'
import { failure, type ResponseBody, success } from './responses.ts'
import type { TransactionCategory } from './vocabulary.ts'

/** The request that a till refers to: always one of its own. */
export const referredBy = (reference: MessageReference, till: NexoTill): string =>
  requestKey({
    MessageClass: 'Service',
    MessageCategory: 'Loyalty',
    MessageType: 'Request',
    SaleID: till.saleid,
    POIID: till.poiid,
    ServiceID: reference.ServiceID,
    DeviceID: reference.DeviceID,
  })

/** What became of a request: its response once more, from memory or, after a restart, from the lane's disk. */
export async function transactionStatus(
  { MessageReference }: RequestBody<'TransactionStatus'>,
  { till, repeats, desk }: { till: NexoTill; repeats: Repeats; desk: Desk },
): Promise<ResponseBody> {
  if (!MessageReference?.ServiceID) return { Response: failure('MessageFormat', 'MessageReference.ServiceID: of which request?') }
  const key = referredBy(MessageReference, till)
  const repeated = (category: TransactionCategory, response: ResponseBody) => ({
    Response: success(),
    MessageReference,
    RepeatedMessageResponse: {
      MessageHeader: {
        ProtocolVersion: '3.0',
        MessageClass: 'Service',
        MessageCategory: category,
        MessageType: 'Response',
        ServiceID: MessageReference.ServiceID,
        SaleID: till.saleid,
        POIID: till.poiid,
      },
      RepeatedResponseMessageBody: { [`${category}Response`]: response },
    },
  })
  const served = repeats.find(key)
  if (served && !served.done) return { Response: failure('InProgress'), MessageReference }
  if (served) return repeated(served.category, await served.body)
  const booking = repeats.remembered(key)
  if (!booking) return { Response: failure('NotFound'), MessageReference }
  const answers = await desk.line.ask(inquiryAfter(booking), booking.until)
  return repeated(categoryOf[booking.of], bookedBody(booking, answers, tellingOf(desk)))
}

const categoryOf = { loyalty: 'Loyalty', reversal: 'Reversal', reconciliation: 'Reconciliation' } as const

/**
 * Asks what became of a booking without booking anything that is not booked: a sale that never reached the disk must not
 * be made by a question. Returns and reversals have ids of their own, and are simply said again.
 */
function inquiryAfter({ call }: Booking): Booking['call'] {
  if (call.op !== 'complete' && call.op !== 'record') return call
  const saleid = call.saleid ?? ''
  // No such sum was ever due, so this completes nothing; a sale that is booked is told all the same.
  return { op: 'complete', saleid, tenders: [{ kind: 'other', amount: Number.MAX_SAFE_INTEGER }] }
}
