import type { Localised } from '#protocol/text.ts'
import type { MoneyShown } from '#protocol/values.ts'
import { formatValue } from '#receipts/format.ts'

/** An amount in rials as people read it, in each language. */
export function moneyText(amount: number, { moneyShown, timeZone }: { moneyShown: MoneyShown; timeZone: string }): Localised {
  const money = { kind: 'money', amount, currency: 'IRR', shown: moneyShown } as const
  return {
    fa: formatValue(money, { language: 'fa', timeZone, digits: 'native' }),
    en: formatValue(money, { language: 'en', timeZone, digits: 'native' }),
  }
}
