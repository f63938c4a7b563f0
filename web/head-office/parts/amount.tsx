import type { Localised } from '#protocol/text.ts'
import { moneyUnit, plainMoney } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'

/** A large amount with its unit small beside it. */
export const Amount = ({ of }: { of: number }) => (
  <>
    {plainMoney(of)} <small class="unit">{moneyUnit()}</small>
  </>
)

/** «پرداختی (تومان)»: above a column of amounts without their unit. */
export const amountTitle = (title: Localised): string => `${say(title)} (${moneyUnit()})`
