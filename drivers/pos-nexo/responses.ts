import type { ErrorKey, ReplyError } from '#protocol/errors.ts'
import type { Language } from '#protocol/text.ts'
import type { NexoRequest } from './codec.ts'
import { type MessageHeader, replyHeader } from './header.ts'
import type { TransactionIdentification } from './requests.ts'
import type { ErrorCondition, EventToNotify, Result } from './vocabulary.ts'

/** What every response says first. `AdditionalResponse`: pairs as in a URL's query, for the till's log and its cashier. */
export interface Verdict {
  Result: Result
  ErrorCondition?: ErrorCondition
  AdditionalResponse?: string
}

export type Details = Readonly<Record<string, string | number | readonly string[] | undefined>>
export type ResponseBody = Readonly<Record<string, unknown>>

export function detailsText(details: Details): string | undefined {
  const pairs = new URLSearchParams()
  for (const [key, value] of Object.entries(details))
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) pairs.append(key, String(one))
  return pairs.size > 0 ? pairs.toString() : undefined
}

const additional = (details: Details): Pick<Verdict, 'AdditionalResponse'> => {
  const text = detailsText(details)
  return text === undefined ? {} : { AdditionalResponse: text }
}

export const success = (details: Details = {}): Verdict => ({ Result: 'Success', ...additional(details) })
export const partial = (details: Details): Verdict => ({ Result: 'Partial', ...additional(details) })
export const failure = (ErrorCondition: ErrorCondition, details: Details | string = {}): Verdict => ({
  Result: 'Failure',
  ErrorCondition,
  ...additional(typeof details === 'string' ? { message: details } : details),
})

/** The lane's errors in the standard's words. What is not here is a refusal by the club's rules. */
const conditions: Partial<Record<ErrorKey, ErrorCondition>> = {
  'credential.unknown': 'InvalidCard',
  'credential.random': 'InvalidCard',
  'credential.unproven': 'InvalidCard',
  'credential.key-retired': 'InvalidCard',
  'card.blocked': 'InvalidCard',
  'card.foreign': 'InvalidCard',
  'card.second': 'InvalidCard',
  'sale.unknown': 'NotFound',
  'member.unknown': 'NotFound',
  'request.invalid': 'NotAllowed',
  'request.expired': 'Cancel',
  'receipt.not-printed': 'UnavailableDevice',
  'device.unavailable': 'UnavailableDevice',
  'club.unavailable': 'UnreachableHost',
  'redemption.offline': 'UnreachableHost',
  'club.failed': 'UnreachableHost',
  'box.unwritable': 'DeviceOut',
}

export const conditionOf = (key: ErrorKey): ErrorCondition => conditions[key] ?? 'Refusal'

export const errorDetails = ({ key, title, detail, reason, retryable }: ReplyError, language: Language): Details => ({
  key,
  message: title[language],
  hint: detail[language],
  ...(reason === undefined ? {} : { reason }),
  retryable: String(retryable),
})

export const failureOf = (error: ReplyError, language: Language): Verdict =>
  failure(conditionOf(error.key), errorDetails(error, language))

/** The lane said nothing at all: the box is going down, or the lane's till was taken away. */
export const silent = (): Verdict => failure('DeviceOut', 'the lane does not answer')

export const poiData = (POITransactionID: TransactionIdentification) => ({ POIData: { POITransactionID } })

/** A response's body with a verdict and what its category cannot be without. */
export function bodyWith(request: NexoRequest, Response: Verdict, TimeStamp: string): ResponseBody {
  switch (request.category) {
    case 'CardAcquisition':
    case 'Loyalty': {
      const { SaleData } = request.body
      return { Response, SaleData, ...poiData({ TransactionID: SaleData.SaleTransactionID.TransactionID, TimeStamp }) }
    }
    case 'Reconciliation':
      return { Response, ReconciliationType: request.body.ReconciliationType }
    case 'Print':
      return { Response, DocumentQualifier: request.body.PrintOutput.DocumentQualifier }
    case 'Display':
      return { OutputResult: request.body.DisplayOutput.map(({ Device, InfoQualify }) => ({ Device, InfoQualify, Response })) }
    case 'Input': {
      const { Device, InfoQualify } = request.body.InputData
      return { InputResult: { Device, InfoQualify, Response } }
    }
    default:
      return { Response }
  }
}

export const responseMessage = (header: MessageHeader, body: ResponseBody) => ({
  SaleToPOIResponse: { MessageHeader: replyHeader(header), [`${header.MessageCategory}Response`]: body },
})

export interface Notice {
  EventToNotify: EventToNotify
  TimeStamp: string
  EventDetails?: string
  RejectedMessage?: string
}

/** What the box tells a till by itself; only WebSockets carry it. */
export const eventMessage = (party: { SaleID: string; POIID: string; DeviceID: string }, notice: Notice) => ({
  SaleToPOIRequest: {
    MessageHeader: {
      ProtocolVersion: '3.0',
      MessageClass: 'Event',
      MessageCategory: 'Event',
      MessageType: 'Notification',
      ...party,
    },
    EventNotification: notice,
  },
})
