/** Thousands in threes, by whatever sign stands between them on receipts. */
const number = /^(\d{1,3}(?:[,.٬،'/ ]\d{3})+|\d+)(?:[.,/٫](\d{1,3}))?$/

/** A number as it is printed, of folded text: `1,250,000`, `125/000`, `12.500`, `0.350`; undefined where it is none. */
function read(text: string): { whole: number; decimals: string } | undefined {
  const [, whole, decimals = ''] = number.exec(text.trim()) ?? []
  if (whole === undefined) return undefined
  const value = Number(whole.replace(/\D/g, ''))
  return Number.isSafeInteger(value) ? { whole: value, decimals } : undefined
}

/** An amount in rials, at least 0. A toman is ten rials; a part of a rial is none. */
export function readAmount(text: string, unit: 'rial' | 'toman'): number | undefined {
  const found = read(text)
  if (!found) return undefined
  const { whole, decimals } = found
  const tenths = Number(decimals.padEnd(1, '0')[0])
  if (/[1-9]/.test(unit === 'rial' ? decimals : decimals.slice(1))) return undefined
  const rials = unit === 'rial' ? whole : whole * 10 + tenths
  return Number.isSafeInteger(rials) ? rials : undefined
}

/** A quantity, above 0: `3`, `0.350`, `1/5`. Three digits behind a sign are grams, never thousands. */
export function readQuantity(text: string): number | undefined {
  const [, whole, decimals] = /^(\d{1,6})(?:[.,/٫](\d{1,3}))?$/.exec(text.trim()) ?? []
  if (whole === undefined) return undefined
  const value = Number(decimals === undefined ? whole : `${whole}.${decimals}`)
  return value > 0 ? value : undefined
}
