import { randomUUID } from 'node:crypto'
import type { TillResponse } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import { renderText } from '#receipts/render-text.ts'
import { VafaError } from '#runtime/errors.ts'
import type { TillClient } from '../till/till-client.ts'
import type { Act, ActName } from './acts.ts'
import { whenThere } from './calling.ts'
import { cannotDo } from './refusals.ts'
import type { Part, Seen } from './virtual-device.ts'

/** A till's software at its lane, however it speaks to it. */
export type AnyTill = Pick<TillClient, 'request' | 'waitFor' | 'onMessage' | 'close' | 'closed'>

export const tillActs: readonly ActName[] = ['sale', 'enrol', 'present', 'return', 'reverse', 'reprint', 'sign-on', 'close-day']

export interface TillCounter {
  act(act: Act): Promise<void>
}

/** What a lane's answers say of the sale that they belong to; refused where it is an error. */
function good(answer: TillResponse): TillResponse {
  if (answer.op !== 'error') return answer
  const { key, title, detail, reason } = answer.error
  throw new VafaError({ key, message: `${title.en}${reason ? ` (${reason})` : ''}`, hint: detail.en })
}

/** A cashier who works a till: it remembers its last sale, so that it can be undone or brought back. */
export function openCounter(part: Part, till: () => Promise<AnyTill>): TillCounter {
  let last: string | undefined
  const book = async (call: Parameters<AnyTill['request']>[0]): Promise<TillResponse> => {
    const line = await till()
    const answer = good(await line.request(call))
    return answer.op === 'result' ? answer : good(await line.waitFor((m) => m.op === 'result' && m.re === answer.re))
  }
  const lastSale = (): string => {
    if (last !== undefined) return last
    throw new VafaError({
      key: 'sim.no-sale',
      message: `${part.device} has sold nothing yet`,
      hint: 'a `sale` must come before it',
    })
  }
  const sell = async (act: Extract<Act, { do: 'sale' }>): Promise<void> => {
    const line = await till()
    const credential = act.phone === undefined ? {} : { credential: { kind: 'phone' as const, value: act.phone } }
    const tillreceipt = act.receipt ?? `SIM-${randomUUID().slice(0, 8).toUpperCase()}`
    const sale = { tillreceipt, total: act.amount, lines: act.lines }
    const saleid = randomUUID()
    const quote = good(await line.request({ op: 'open', saleid, sale, ...credential }, { until: 'quote' }))
    if (quote.op !== 'quote') return
    last = saleid
    const asked = act.redeem === undefined ? quote : good(await line.request({ op: 'redeem', saleid, amount: act.redeem }))
    const { payable } = asked.op === 'quote' ? asked : quote
    if (act.end === 'cancel') good(await line.request({ op: 'cancel', saleid }))
    if (act.end === 'complete') await book({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] })
  }
  return {
    async act(act) {
      switch (act.do) {
        case 'sale':
          return sell(act)
        case 'present':
          return void good(
            await (await till()).request({ op: 'present', credential: { kind: 'phone', value: act.phone } }, { until: 'member' }),
          )
        case 'enrol':
          return void (await book({
            op: 'enrol',
            profile: { displayName: act.name },
            consents: [{ purpose: 'club', given: true }],
            ...(act.phone === undefined ? {} : { credentials: [{ kind: 'phone', value: act.phone }] }),
          }))
        case 'return': {
          const sale = act.reference === undefined ? { saleid: lastSale() } : { reference: act.reference }
          return void (await book({ op: 'return', returnid: randomUUID(), lines: [], amount: act.amount, ...sale }))
        }
        case 'reverse':
          return void (await book({ op: 'reverse', saleid: lastSale() }))
        case 'reprint':
          // Its own receipt may still be on its way to the printer.
          return void (await whenThere(async () => good(await (await till()).request({ op: 'reprint', saleid: lastSale() }))))
        case 'sign-on': {
          const { operator, shift } = act
          return void good(await (await till()).request({ op: 'sign-on', operator, ...(shift === undefined ? {} : { shift }) }))
        }
        case 'close-day':
          return void (await book({ op: 'close-day', closeid: randomUUID() }))
        default:
          throw cannotDo(part, act)
      }
    },
  }
}

const textOf = (receipt: ReceiptDocument, language: Language) =>
  renderText(receipt, { language, columns: 42, timeZone: 'Asia/Tehran' })

/** What a till was told, with its receipt as text. */
export function answerSeen(message: TillResponse): Seen {
  const { op, ...body } = message
  const receipt = 'receipt' in message ? message.receipt : undefined
  return {
    kind: 'answer',
    op,
    body,
    ...(receipt ? { receipt: { fa: textOf(receipt, 'fa'), en: textOf(receipt, 'en') } } : {}),
  }
}
