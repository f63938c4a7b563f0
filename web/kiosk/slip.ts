import type { LaneCustomer } from '#protocol/lane.ts'
import type { ReceiptBlock } from '#protocol/receipt.ts'
import { type ReceiptField, receiptFields } from '#protocol/receipt-fields.ts'
import type { Value } from '#protocol/values.ts'
import { currency, moneyShown } from '../shared/figures.ts'
import { say } from '../shared/language.ts'
import { line, notice } from './state.ts'
import { words } from './words.ts'

const pair = (field: ReceiptField, value: Value): ReceiptBlock => ({ kind: 'pair', field, label: receiptFields[field], value })
const rials = (amount: number): Value => ({ kind: 'money', amount, currency: currency.value, shown: moneyShown.value })

/** The account on paper: no name, and of the number the last digits only. */
export function slipOf({ number, visits, balances, account }: LaneCustomer, title: { fa: string; en: string }): ReceiptBlock[] {
  const points = balances.filter(({ unit, available }) => unit === 'points' && available > 0)
  return [
    { kind: 'heading', text: words.slipTitle },
    pair('store', { kind: 'text', text: title }),
    pair('instant', { kind: 'instant', instant: new Date().toISOString() }),
    ...(number === undefined ? [] : [pair('member', { kind: 'code', code: `••••${number}` })]),
    { kind: 'rule' },
    ...balances
      .filter(({ unit }) => unit === 'credit')
      .map(({ available }): ReceiptBlock => ({ ...pair('balance', rials(available)), kind: 'total' }) as ReceiptBlock),
    ...points.map(({ available }) => pair('points', { kind: 'number', number: available })),
    ...(account?.tier ? [pair('tier', { kind: 'text', text: account.tier.name })] : []),
    ...(visits === undefined ? [] : [pair('visits', { kind: 'number', number: visits })]),
    ...(account?.offers.slice(0, 3) ?? []).map(({ text }): ReceiptBlock => ({ kind: 'text', text })),
  ]
}

export async function printSlip(customer: LaneCustomer): Promise<void> {
  const title = line.access.value?.title ?? words.welcome
  tell(await line.ask({ op: 'print', blocks: slipOf(customer, title) }))
}

export async function printCode(code: string, amount: number): Promise<void> {
  const blocks: ReceiptBlock[] = [
    { kind: 'heading', text: words.codeQr },
    { kind: 'text', text: words.codeShow, align: 'center' },
    pair('balance', rials(amount)),
    { kind: 'qr', content: code },
  ]
  tell(await line.ask({ op: 'print', blocks }))
}

function tell(answer: Awaited<ReturnType<typeof line.ask>>): void {
  notice.value =
    answer?.op === 'printed' ? say(words.printed) : answer?.op === 'error' ? say(answer.error.title) : say(words.noAnswer)
}
