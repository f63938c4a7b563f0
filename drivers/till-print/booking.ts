import { hash } from 'node:crypto'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { type Origin, originalIdOf, originSaleId } from '#protocol/origin.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { messageOf } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import type { PaperSale } from './read-receipt.ts'

type Result = Extract<TillResponse, { op: 'result' }>

/** What became of a receipt that was read. */
export type Booked =
  /** A new sale. `receipt`: the club's slip, where it came in time. */
  | { as: 'sale'; receipt?: ReceiptDocument }
  /** It was there before. */
  | { as: 'reprint' }
  | { as: 'refused'; reason: string }

export interface Bookings {
  /** Resolves when the club's slip is there, and at the latest after `withinMs`. Never rejects. */
  book(sale: PaperSale, withinMs: number): Promise<Booked>
  /** What the lane says. */
  hear(response: TillResponse): void
  close(): void
}

interface LastSale {
  /** The slip's code; known when the lane has said what became of the sale. */
  reference?: string
  bookedAt: number
  /** Nobody's card was there yet. */
  open: boolean
  /** A card was shown after the receipt and before its code was known. */
  tapped: boolean
  /** What the club made of the card that was shown later. */
  claimed?: Promise<Answer>
}

type Answer = Result | { op: 'error'; reason: string } | undefined

/** Requests whose answers are still listened for; a lane answers each, so this many are a fault. */
const mostAsked = 200

/**
 * Books what was read from paper, as sales that are paid already. The sale's id comes of the receipt's number, so that a
 * reprint names the same sale for ever; the memory of the device says so before anything is asked. A card that is shown
 * up to `tapMs` after a receipt without a member claims it.
 */
export function createBookings(options: {
  host: Pick<DeviceHost, 'device' | 'store' | 'runtime' | 'memory' | 'event'>
  tapMs: number
}): Bookings {
  const { host, tapMs } = options
  const { runtime } = host
  const answers = new Map<string, (response: TillResponse) => void>()
  let last: LastSale | undefined

  /** Asks the lane; resolves with the result, or without one when time is up. Later answers are heard all the same. */
  const ask = (request: TillRequest, withinMs: number, onAnswer: (response: TillResponse) => void = () => undefined) => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const cancel = runtime.after(withinMs, () => resolve(undefined))
    answers.set(request.id, (response) => {
      onAnswer(response)
      if (response.op !== 'result' && response.op !== 'error' && response.op !== 'cancelled') return
      answers.delete(request.id)
      cancel()
      if (response.op === 'cancelled') return resolve(undefined)
      resolve(response.op === 'result' ? response : { op: 'error', reason: response.error.reason ?? response.error.title.en })
    })
    const [oldest] = answers.keys()
    if (answers.size > mostAsked && oldest !== undefined) answers.delete(oldest)
    host.event({ kind: 'till', at: runtime.now(), request })
    return promise
  }

  const claim = (sale: LastSale, reference: string, withinMs: number) => {
    sale.open = false
    // The card was shown for this sale: whoever stands at the lane next is somebody else.
    const whenClaimed = ({ op }: TillResponse) => {
      if (op === 'claimed') void ask({ op: 'cancel', id: runtime.uuid() }, 0)
    }
    sale.claimed = ask({ op: 'claim', id: runtime.uuid(), claimid: runtime.uuid(), reference }, withinMs, whenClaimed)
  }

  const record = (paper: PaperSale, { key, origin, withinMs }: { key: string; origin: Origin; withinMs: number }) => {
    const sale: LastSale = { bookedAt: runtime.monotonic(), open: true, tapped: false }
    last = sale
    const { number, total, lines, operator } = paper
    const answered = ask(
      {
        op: 'record',
        id: runtime.uuid(),
        saleid: originSaleId(origin),
        originalid: originalIdOf(origin),
        sale: { tillreceipt: number, total, lines, ...(operator === undefined ? {} : { operator }) },
      },
      withinMs,
      (response) => {
        if (response.op === 'completed') host.memory.keep(key, `${total} booked`)
        if (response.op === 'error') sale.open = false
        if (response.op !== 'result') return
        const reference = response.receipt?.reference
        if (response.member) sale.open = false
        if (reference === undefined || !sale.open) return
        sale.reference = reference
        if (sale.tapped) claim(sale, reference, sale.bookedAt + withinMs - runtime.monotonic())
      },
    )
    return { sale, answered }
  }

  const book = async (paper: PaperSale, withinMs: number): Promise<Booked> => {
    if (paper.copy) return { as: 'reprint' }
    const origin = originOf(host, paper)
    const key = `receipt:${originSaleId(origin)}`
    const [total, state] = host.memory.find(key)?.split(' ') ?? []
    if (total !== undefined && total !== String(paper.total))
      return { as: 'refused', reason: `receipt ${paper.number} came again with another total` }
    if (state === 'booked') return { as: 'reprint' }
    if (total === undefined) host.memory.keep(key, String(paper.total))
    const { sale, answered } = record(paper, { key, origin, withinMs })
    // Known, but not known to be on disk: it is sent once more, and adds nothing to this paper.
    if (total !== undefined) return { as: 'reprint' }
    const answer = await answered
    if (answer?.op === 'error') return { as: 'refused', reason: answer.reason }
    const claimed = await sale.claimed
    const receipt = (claimed?.op === 'result' ? claimed.receipt : undefined) ?? answer?.receipt
    return { as: 'sale', ...(receipt ? { receipt } : {}) }
  }

  return {
    book: (paper, withinMs) => book(paper, withinMs).catch((error: unknown) => ({ as: 'refused', reason: messageOf(error) })),
    hear(response) {
      const own = response.re === undefined ? undefined : answers.get(response.re)
      if (own) return own(response)
      // A card at the lane's own reader, or one that a kiosk beside it has read.
      const sale = last
      if (response.op !== 'member' || !response.member) return
      if (!sale?.open || runtime.monotonic() - sale.bookedAt > tapMs) return
      sale.tapped = true
      if (sale.reference !== undefined) claim(sale, sale.reference, tapMs)
    },
    close: () => answers.clear(),
  }
}

/** Of texts that are too long for an origin or hold other letters than it takes, the hash stands for them. */
const short = (text: string): string => (/^[A-Za-z0-9-]{1,20}$/.test(text) ? text : hash('sha256', text, 'hex').slice(0, 20))

const originOf = ({ store, device }: Pick<DeviceHost, 'store' | 'device'>, { number, date }: PaperSale): Origin => ({
  store,
  terminal: short(device),
  trace: short(number),
  at: date === undefined ? '' : short(date),
})
