import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { renderText } from '#receipts/render-text.ts'
import { VafaError } from '#runtime/errors.ts'
import type { TillVia } from './till-via.ts'

/** Where the lane is, how it is spoken to, and how what it says is shown. */
export interface TalkOptions {
  via: TillVia
  config?: string
  till?: { host: string; port: number }
  language: Language
  json?: boolean
}

/** The answer, unless it is an error that ends what was asked. */
export function good(answer: TillResponse): TillResponse {
  if (answer.op !== 'error') return answer
  const { key, title, detail, reason } = answer.error
  throw new VafaError({ key, message: `${title.en}${reason ? ` (${reason})` : ''}`, hint: detail.en })
}

/** Writes down what the lane says: JSON lines for machines, else words and the slip as text. */
export function say(message: TillResponse, options: TalkOptions): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(message)}\n`)
    return
  }
  const lines: string[] = [summaryOf(message)]
  if ('prompts' in message)
    for (const prompt of message.prompts) lines.push(`  ${prompt.audience}: ${prompt.text[options.language]}`)
  if ((message.op === 'result' || message.op === 'sale') && message.receipt)
    lines.push('', ...renderText(message.receipt, { language: options.language, columns: 42, timeZone: 'Asia/Tehran' }), '')
  process.stdout.write(`${lines.join('\n')}\n`)
}

const grouped = (amount: number): string => amount.toLocaleString('en-US')

function summaryOf(message: TillResponse): string {
  switch (message.op) {
    case 'quote':
      return `quote: total ${grouped(message.total)}, discount ${grouped(message.discount)}, ${message.redeemed ? `from credit ${grouped(message.redeemed)}, ` : ''}payable ${grouped(message.payable)} rials (decided by the ${message.decidedBy})`
    case 'member': {
      const credit = message.balances.find((b) => b.unit === 'credit')
      return `member: ${message.member?.displayName ?? message.member?.number ?? 'unknown'}, credit ${grouped(credit?.available ?? 0)} rials`
    }
    case 'result':
      return `result: ${message.status}${message.error ? ` (${message.error.title.en})` : ''}`
    case 'error':
      return `error: ${message.error.title.en}. ${message.error.detail.en}`
    default:
      return message.op
  }
}
