import type { Balance } from '../effects.ts'

/** ISO 4217: the rial, and no currency at all (points). */
export const rial = '364'
const noCurrency = '999'

/** Account types of DE 54: credit and points of a member; private ones. */
const accounts = { credit: '60', points: '61' } as const
/** Amount types: what can be used now (ISO), what will be later (private). */
const kinds = { available: '02', pending: '93' } as const

const mostDigits = 999_999_999_999

/** `000001250000`: twelve digits. Throws a `RangeError` for what they cannot hold. */
export function writeAmount(amount: number): string {
  if (!Number.isSafeInteger(amount) || amount < 0 || amount > mostDigits)
    throw new RangeError(`${amount} does not fit twelve digits`)
  return String(amount).padStart(12, '0')
}

const part = (account: string, kind: string, currency: string, amount: number): string =>
  `${account}${kind}${currency}${amount < 0 ? 'D' : 'C'}${String(Math.min(Math.abs(amount), mostDigits)).padStart(12, '0')}`

/** DE 54: credit and the first kind of points, at most six amounts. What has a name stands in DE 61 too. */
export function writeBalances(balances: readonly Balance[]): string | undefined {
  const parts = balances.flatMap(({ unit, available, pending }) => {
    if (unit === 'stamps') return []
    const currency = unit === 'credit' ? rial : noCurrency
    return [
      part(accounts[unit], kinds.available, currency, available),
      ...(pending > 0 ? [part(accounts[unit], kinds.pending, currency, pending)] : []),
    ]
  })
  return parts.length === 0 ? undefined : parts.slice(0, 6).join('')
}

export interface AdditionalAmount {
  unit: 'credit' | 'points'
  kind: 'available' | 'pending'
  amount: number
}

/** The amounts of DE 54 that this profile knows; others are left out. */
export function readBalances(text: string): AdditionalAmount[] {
  const found: AdditionalAmount[] = []
  for (let at = 0; at + 20 <= text.length; at += 20) {
    const amount = Number(text.slice(at + 8, at + 20)) * (text[at + 7] === 'D' ? -1 : 1)
    const unit = (['credit', 'points'] as const).find((name) => accounts[name] === text.slice(at, at + 2))
    const kind = (['available', 'pending'] as const).find((name) => kinds[name] === text.slice(at + 2, at + 4))
    if (unit && kind && Number.isSafeInteger(amount)) found.push({ unit, kind, amount })
  }
  return found
}
