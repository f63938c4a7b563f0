import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { messageOf } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import { type Booking, bookedBody } from './bookings.ts'
import { decodeRequest, type NexoRequest } from './codec.ts'
import { requestKey } from './header.ts'
import { createKnownSales, type KnownSales } from './known-sales.ts'
import { createLaneLine, type LaneLine } from './lane-line.ts'
import type { NexoTill, PosNexoOptions } from './options.ts'
import { createRepeats, hashOf, type Repeats, type Served } from './repeats.ts'
import type { MessageReference, RequestBody } from './requests.ts'
import { bodyWith, eventMessage, failure, type Notice, type ResponseBody, responseMessage, success } from './responses.ts'
import { createTaps, type Taps } from './taps.ts'
import {
  acquireCard,
  type Desk,
  inquireBalance,
  loyalty,
  requoted,
  reverse,
  type Transaction,
  tellingOf,
} from './transactions.ts'
import { isTransaction, type TransactionCategory } from './vocabulary.ts'

/** What is under way at a lane: one transaction at a time. */
interface Current {
  key: string
  category: TransactionCategory
  abort: AbortController
  gone: AbortSignal
}

interface Login {
  language: Language
  operator?: string
  shift?: string
}

export interface Station {
  /** One message of a till, whose connection says who it is. Resolves with the answer; undefined where none is due. */
  receive(till: NexoTill, text: string, gone: AbortSignal): Promise<string | undefined>
  /** What the lane says to its tills. */
  hear(response: TillResponse): void
  /** A WebSocket that hears what the box says by itself; returns how to stop. */
  listen(till: NexoTill, send: (text: string) => void): () => void
}

export interface StationOptions {
  /** The lane; undefined: the device's own. */
  lane: string | undefined
  host: DeviceHost
  options: PosNexoOptions
}

/** One lane as a POI of nexo: who is logged in, what is under way, and what was answered. */
export function createStation({ lane, host, options }: StationOptions): Station {
  const { runtime, log, device, memory } = host
  const line: LaneLine = createLaneLine({
    runtime,
    prefix: `nexo-${runtime.uuid().slice(-12)}`,
    send: (request) => host.event({ kind: 'till', at: runtime.now(), request, ...(lane === undefined ? {} : { lane }) }),
  })
  const taps: Taps = createTaps(runtime)
  const sales: KnownSales = createKnownSales(memory)
  const repeats: Repeats = createRepeats({ memory, now: () => runtime.now() })
  const logins = new Map<string, Login>()
  const listeners = new Map<(text: string) => void, NexoTill>()
  const acquired = new Map<string, string>()
  let current: Current | undefined

  const now = () => new Date(runtime.now()).toISOString()
  const deskOf = (till: NexoTill, key: string): Desk => ({
    line,
    taps,
    sales,
    origin: { store: host.store, saleid: till.saleid, poiid: till.poiid },
    brand: options.brand,
    cardPrefixes: options.cardPrefixes,
    waitSeconds: options.waitSeconds,
    language: logins.get(till.saleid)?.language ?? 'fa',
    now,
    fresh: () => runtime.uuid(),
    acquired: {
      find: (transaction) => acquired.get(transaction),
      keep(transaction, number) {
        acquired.set(transaction, number)
        if (acquired.size > 200) acquired.delete(acquired.keys().next().value ?? '')
      },
    },
    remember: (booking: Booking) => repeats.remember(key, booking),
  })

  const notify = (notice: Omit<Notice, 'TimeStamp'>) => {
    for (const [send, { saleid, poiid }] of listeners) {
      const party = { SaleID: saleid, POIID: poiid, DeviceID: runtime.uuid().slice(-10) }
      send(JSON.stringify(eventMessage(party, { ...notice, TimeStamp: now() })))
    }
  }

  const transact = (request: Transaction, desk: Desk, abort: AbortSignal): Promise<ResponseBody> => {
    switch (request.category) {
      case 'CardAcquisition':
        return acquireCard(request.body, desk, abort)
      case 'BalanceInquiry':
        return inquireBalance(request.body, desk, abort)
      case 'Loyalty':
        return loyalty(request.body, desk)
      case 'Reversal':
        return reverse(request.body, desk)
      case 'Reconciliation':
        return Promise.resolve(bodyWith(request, failure('UnavailableService'), now()))
    }
  }

  /** One transaction at a time; a till that waits for a card and has hung up makes way. */
  const begin = async (request: Transaction, till: NexoTill, hash: string, gone: AbortSignal): Promise<ResponseBody> => {
    const { category } = request
    const key = requestKey(request.header)
    const before = repeats.find(key)
    if (before) {
      if (before.hash === hash) return before.body
      return bodyWith(request, failure('NotAllowed', 'this ServiceID was used for another request today'), now())
    }
    if (current?.gone.aborted && current.category === 'CardAcquisition') {
      current.abort.abort()
      await repeats.find(current.key)?.body.catch(() => {})
    }
    if (current) return bodyWith(request, failure('Busy', `${current.category} is under way`), now())
    const mine: Current = { key, category, abort: new AbortController(), gone }
    current = mine
    const { body } = repeats.serve(key, { category, hash }, () => transact(request, deskOf(till, key), mine.abort.signal))
    try {
      return await body
    } finally {
      if (current === mine) current = undefined
    }
  }

  const referred = (reference: MessageReference | undefined, till: NexoTill): string =>
    requestKey({
      MessageClass: 'Service',
      MessageCategory: 'Loyalty',
      MessageType: 'Request',
      SaleID: till.saleid,
      POIID: till.poiid,
      ServiceID: reference?.ServiceID,
      DeviceID: reference?.DeviceID,
    })

  const statusOf = async (body: RequestBody<'TransactionStatus'>, till: NexoTill): Promise<ResponseBody> => {
    const { MessageReference } = body
    if (!MessageReference?.ServiceID)
      return { Response: failure('MessageFormat', 'MessageReference.ServiceID: of which request?') }
    const key = referred(MessageReference, till)
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
    const served: Served | undefined = repeats.find(key)
    if (served && !served.done) return { Response: failure('InProgress'), MessageReference }
    if (served) return repeated(served.category, await served.body)
    const booking = repeats.remembered(key)
    if (!booking) return { Response: failure('NotFound'), MessageReference }
    const answers = await line.ask(inquiryAfter(booking), booking.until)
    return repeated(booking.of === 'loyalty' ? 'Loyalty' : 'Reversal', bookedBody(booking, answers, tellingOf(deskOf(till, key))))
  }

  const abort = ({ MessageReference }: RequestBody<'Abort'>, till: NexoTill): undefined => {
    if (current && current.key === referred(MessageReference, till)) current.abort.abort()
    else notify({ EventToNotify: 'Reject', EventDetails: 'Abort: nothing of that reference is under way' })
    return undefined
  }

  const login = (body: RequestBody<'Login'>, till: NexoTill): ResponseBody => {
    const { OperatorID, ShiftNumber, OperatorLanguage } = body
    logins.set(till.saleid, {
      language: OperatorLanguage?.toLowerCase().startsWith('en') ? 'en' : 'fa',
      ...(OperatorID === undefined ? {} : { operator: OperatorID }),
      ...(ShiftNumber === undefined ? {} : { shift: ShiftNumber }),
    })
    return { Response: success() }
  }

  const work = async (
    request: NexoRequest,
    till: NexoTill,
    hash: string,
    gone: AbortSignal,
  ): Promise<ResponseBody | undefined> => {
    if (
      options.login === 'required' &&
      !logins.has(till.saleid) &&
      request.category !== 'Login' &&
      request.category !== 'Diagnosis'
    )
      return bodyWith(request, failure('LoggedOut', 'log in first'), now())
    if (isTransaction(request.category)) return begin(request as Transaction, till, hash, gone)
    switch (request.category) {
      case 'TransactionStatus':
        return statusOf(request.body, till)
      case 'Abort':
        return abort(request.body, till)
      case 'Login':
        return login(request.body, till)
      case 'Logout':
        logins.delete(till.saleid)
        return { Response: success() }
      case 'Diagnosis':
        return { Response: success(), POIStatus: { GlobalStatus: current ? 'Busy' : 'OK' }, LoggedSaleID: [...logins.keys()] }
      default:
        return bodyWith(request, failure('UnavailableDevice'), now())
    }
  }

  return {
    async receive(till, text, gone) {
      const decoded = decodeRequest(text)
      const invalid = (reason: string) =>
        host.event({ kind: 'till-invalid', at: runtime.now(), reason, ...(lane === undefined ? {} : { lane }) })
      if (!decoded.ok) {
        invalid(decoded.reason)
        if (decoded.header)
          return JSON.stringify(responseMessage(decoded.header, { Response: failure(decoded.condition, decoded.reason) }))
        const party = { SaleID: till.saleid, POIID: till.poiid, DeviceID: runtime.uuid().slice(-10) }
        return JSON.stringify(eventMessage(party, { EventToNotify: 'Reject', TimeStamp: now(), EventDetails: decoded.reason }))
      }
      const { request } = decoded
      const { header } = request
      const answer = (body: ResponseBody) => JSON.stringify(responseMessage(header, body))
      if (header.SaleID !== till.saleid || header.POIID !== till.poiid) {
        invalid('a till speaks in another one’s name')
        return answer(bodyWith(request, failure('NotAllowed', 'SaleID and POIID are not those of this connection'), now()))
      }
      try {
        const body = await work(request, till, hashOf(text), gone)
        return body && answer(body)
      } catch (error) {
        log.error({ device, reason: messageOf(error) }, 'a till’s request could not be served')
        return answer(bodyWith(request, failure('DeviceOut', 'the box has a fault'), now()))
      }
    },
    hear(response) {
      line.hear(response)
      if (response.re !== undefined) return
      if (response.op === 'quote') requoted(sales, response)
      const awaited = taps.waitedFor
      const tap = taps.hear(response)
      if (tap && !awaited) notify({ EventToNotify: 'SaleWakeUp' })
    },
    listen(till, send) {
      listeners.set(send, till)
      return () => listeners.delete(send)
    },
  }
}

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
