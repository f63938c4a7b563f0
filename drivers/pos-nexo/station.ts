import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { messageOf } from '#runtime/errors.ts'
import type { DeviceHost, LaneNotice } from '../contract.ts'
import { display, poiStatus, print, systemData } from './administration.ts'
import { createAnnouncements } from './announcements.ts'
import type { Booking } from './bookings.ts'
import { acquireCard, inquireBalance } from './cards.ts'
import { decodeRequest, type NexoRequest, type Transaction } from './codec.ts'
import { type Desk, requoted } from './desk.ts'
import { requestKey } from './header.ts'
import { createKnownSales, type KnownSales } from './known-sales.ts'
import { answerOf, createLaneLine, type LaneLine } from './lane-line.ts'
import { loyalty } from './loyalty.ts'
import type { NexoTill, PosNexoOptions } from './options.ts'
import { createRepeats, hashOf, type Repeats } from './repeats.ts'
import type { RequestBody } from './requests.ts'
import { bodyWith, failure, type ResponseBody, responseMessage, silent, success } from './responses.ts'
import { referredBy, transactionStatus } from './status.ts'
import { createTaps, type Taps } from './taps.ts'
import { reconcile, reverse } from './undoing.ts'
import { isTransaction, type TransactionCategory } from './vocabulary.ts'

/** What is under way at a lane: one transaction at a time. */
interface Current {
  key: string
  category: TransactionCategory
  abort: AbortController
  gone: AbortSignal
}

export interface Station {
  /** One message of a till, whose connection says who it is. Resolves with the answer; undefined where none is due. */
  receive(till: NexoTill, text: string, gone: AbortSignal): Promise<string | undefined>
  /** What the lane says to its tills. */
  hear(response: TillResponse): void
  /** What else happens at the lane. */
  notice(happened: LaneNotice): void
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
  const logins = new Map<string, Language>()
  const says = createAnnouncements(runtime)
  const acquired = new Map<string, string>()
  let current: Current | undefined

  const now = () => new Date(runtime.now()).toISOString()
  const languageOf = (till: NexoTill): Language => logins.get(till.saleid) ?? 'fa'
  const deskOf = (till: NexoTill, key: string): Desk => ({
    line,
    taps,
    sales,
    origin: { store: host.store, saleid: till.saleid, poiid: till.poiid },
    brand: options.brand,
    cardPrefixes: options.cardPrefixes,
    waitSeconds: options.waitSeconds,
    language: languageOf(till),
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
        return reconcile(request.body, desk, request.header.ServiceID ?? '')
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

  const abort = ({ MessageReference }: RequestBody<'Abort'>, till: NexoTill): undefined => {
    if (current && current.key === referredBy(MessageReference, till)) current.abort.abort()
    else says.notify({ EventToNotify: 'Reject', EventDetails: 'Abort: nothing of that reference is under way' })
    return undefined
  }

  const conditionNow = () => ({ busy: current !== undefined, ...says.condition })

  const login = async (body: RequestBody<'Login'>, till: NexoTill): Promise<ResponseBody> => {
    const { OperatorID, ShiftNumber, OperatorLanguage, TrainingModeFlag } = body
    if (TrainingModeFlag) return { Response: failure('NotAllowed', 'training is set at the lane of the box: `mode: training`') }
    logins.set(till.saleid, OperatorLanguage?.toLowerCase().startsWith('en') ? 'en' : 'fa')
    if (OperatorID !== undefined)
      await line.ask(
        { op: 'sign-on', operator: OperatorID, ...(ShiftNumber === undefined ? {} : { shift: ShiftNumber }) },
        'signed-on',
      )
    return { Response: success(), POISystemData: systemData({ at: now(), serial: device, condition: conditionNow() }) }
  }

  const logout = async (till: NexoTill): Promise<ResponseBody> => {
    logins.delete(till.saleid)
    await line.ask({ op: 'sign-off' }, 'signed-off')
    return { Response: success() }
  }

  const enable = async ({ TransactionAction }: RequestBody<'EnableService'>): Promise<ResponseBody> => {
    if (TransactionAction === 'AbortTransaction') {
      if (current?.category === 'CardAcquisition') current.abort.abort()
      else if (!current) await line.ask({ op: 'cancel' }, 'cancelled')
      taps.forget()
    }
    return { Response: success() }
  }

  const diagnose = async ({ HostDiagnosisFlag }: RequestBody<'Diagnosis'>): Promise<ResponseBody> => {
    const pong = answerOf(await line.ask({ op: 'ping' }, 'pong', 2_000), 'pong')
    if (pong?.uplink) says.learned(pong.uplink)
    const { uplink } = says.condition
    return {
      Response: pong ? success() : silent(),
      POIStatus: pong ? poiStatus(conditionNow()) : { GlobalStatus: 'Unreachable' },
      LoggedSaleID: [...logins.keys()],
      ...(HostDiagnosisFlag && uplink !== undefined
        ? { HostStatus: [{ AcquirerID: options.brand, IsReachableFlag: uplink === 'online' }] }
        : {}),
    }
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
        return transactionStatus(request.body, { till, repeats, desk: deskOf(till, '') })
      case 'Abort':
        return abort(request.body, till)
      case 'Login':
        return login(request.body, till)
      case 'Logout':
        return logout(till)
      case 'EnableService':
        return enable(request.body)
      case 'Diagnosis':
        return diagnose(request.body)
      case 'Print':
        return print(request.body, line, languageOf(till))
      case 'Display':
        return display(request.body, line, languageOf(till))
      case 'Input':
        return bodyWith(request, failure('UnavailableDevice', 'the lane has nothing to type on'), now())
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
        return says.written(till, { EventToNotify: 'Reject', EventDetails: decoded.reason })
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
      // Also where another till of this lane has done it: whoever had tapped is served, or gone.
      if (response.op === 'completed' || response.op === 'cancelled') taps.forget()
      line.hear(response)
      if (response.re !== undefined) return
      if (response.op === 'quote') requoted(sales, response)
      const awaited = taps.waitedFor
      const tap = taps.hear(response)
      // A till that waits for a card has its response; one that does not is woken.
      if (tap && !awaited) says.notify({ EventToNotify: 'SaleWakeUp' })
      if (response.op === 'scanned') says.notify({ EventToNotify: 'ScanBarcodeResult', EventDetails: response.code })
    },
    notice(happened) {
      if (happened.kind === 'presented') taps.read(happened.via)
      says.notice(happened)
    },
    listen: says.listen,
  }
}
