import { z } from 'zod'
import { type Category, categories, categoryClass, type OtherCategory, otherCategories } from './vocabulary.ts'

/** An id as the standard has it. What a till sends beyond that is cut off by a refusal, never stored. */
const shortId = z.string().regex(/^[\x21-\x7e]{1,10}$/, 'must be 1 to 10 printable characters')
export const partyId = z.string().regex(/^[\x21-\x7e]{1,60}$/, 'must be 1 to 60 printable characters')

export const messageHeader = z.object({
  ProtocolVersion: z.string().max(10).optional(),
  MessageClass: z.enum(['Service', 'Device', 'Event']),
  MessageCategory: z.enum([...categories, ...otherCategories]),
  MessageType: z.enum(['Request', 'Response', 'Notification']),
  ServiceID: shortId.optional(),
  DeviceID: shortId.optional(),
  SaleID: partyId,
  POIID: partyId,
})
export type MessageHeader = z.infer<typeof messageHeader>

/** Why a request with this header cannot be answered as it stands; undefined where it can. */
export function headerFault(header: MessageHeader): string | undefined {
  const { MessageClass, MessageCategory, MessageType, ProtocolVersion, ServiceID, DeviceID } = header
  if (MessageType !== 'Request') return `MessageType: the box takes requests, not a ${MessageType}`
  if (ProtocolVersion !== undefined && !/^3(\.|$)/.test(ProtocolVersion)) return 'ProtocolVersion: the box speaks 3.0'
  const expected = isSpoken(MessageCategory) ? categoryClass[MessageCategory] : undefined
  if (expected !== undefined && MessageClass !== expected) return `MessageClass: ${MessageCategory} is of class ${expected}`
  if (MessageClass === 'Service' && ServiceID === undefined) return 'ServiceID: a service request needs one'
  if (ServiceID === undefined && DeviceID === undefined) return 'DeviceID: a device request needs one'
  return undefined
}

export const isSpoken = (category: Category | OtherCategory): category is Category => category in categoryClass

/** The header of the answer: the request's own, turned round. */
export const replyHeader = (header: MessageHeader): MessageHeader => ({ ...header, MessageType: 'Response' })

/** What names a request among all that a till sends to a box: the standard wants it unique within a day. */
export const requestKey = ({ SaleID, POIID, ServiceID, DeviceID }: MessageHeader): string =>
  `${SaleID}|${POIID}|${ServiceID ?? `device ${DeviceID}`}`
