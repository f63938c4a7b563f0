import type { Localised } from '#protocol/text.ts'
import type { MoneyShown } from '#protocol/values.ts'

/** A store as its receipts need it. */
export interface Shop {
  club: string
  store: string
  name: Localised
  moneyShown: MoneyShown
}
