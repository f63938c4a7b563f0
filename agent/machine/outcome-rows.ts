import type { TerminalAnswer } from '#agent/terminal/answers.ts'
import { moneyText } from '../screens/money-text.ts'
import type { Draft } from './draft.ts'
import type { Outcome, Quote } from './state.ts'
import { words } from './words.ts'

type Row = Outcome['rows'][number]

export function saleRows(
  { total, discount, redeemed, payable }: Pick<Quote, 'total' | 'discount' | 'redeemed' | 'payable'>,
  { setup }: Pick<Draft, 'setup'>,
): Row[] {
  const row = (label: Row['label'], amount: number): Row => ({ label, value: moneyText(amount, setup) })
  return [
    ...(discount > 0 || redeemed > 0 ? [row(words.price, total)] : []),
    ...(discount > 0 ? [row(words.discount, discount)] : []),
    ...(redeemed > 0 ? [row(words.fromCredit, redeemed)] : []),
    row(words.paid, payable),
  ]
}

export function balanceRows({ balances, effects }: TerminalAnswer, { setup }: Pick<Draft, 'setup'>): Row[] {
  const earned = effects.reduce((sum, { kind, amount }) => (kind === 'credit' ? sum + amount : sum), 0)
  return [
    ...(earned > 0 ? [{ label: words.earned, value: moneyText(earned, setup) }] : []),
    ...balances
      .filter(({ kind }) => kind === 'available')
      .map(
        ({ unit, amount }): Row =>
          unit === 'credit'
            ? { label: words.credit, value: moneyText(amount, setup) }
            : { label: words.points, value: { fa: String(amount), en: String(amount) } },
      ),
  ]
}
