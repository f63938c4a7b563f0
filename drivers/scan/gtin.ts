import type { Symbology } from '#protocol/scan.ts'

/** Whether the last digit is the check digit of those before it (GS1 General Specifications, 7.9.1). */
export function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48
    if (digit < 0 || digit > 9) return false
    sum += place % 2 === 1 ? 3 * digit : digit
  }
  return digits.length > 1 && sum % 10 === 0
}

/** The 14 digits of a GTIN; undefined where it is none: another length, letters, a wrong check digit. */
export function gtin14(digits: string): string | undefined {
  if (![8, 12, 13, 14].includes(digits.length) || !hasCheckDigit(digits)) return undefined
  return digits.padStart(14, '0')
}

/** UPC-E leaves zeros out, its sixth digit says which; `digits`: number system, six digits, check digit. */
function expandUpcE(digits: string): string | undefined {
  const match = /^([01])(\d)(\d)(\d)(\d)(\d)(\d)(\d)$/.exec(digits)
  if (!match) return undefined
  const [, system = '', a = '', b = '', c = '', d = '', e = '', last = '', check = ''] = match
  if ('012'.includes(last)) return `${system}${a}${b}${last}0000${c}${d}${e}${check}`
  if (last === '3') return `${system}${a}${b}${c}00000${d}${e}${check}`
  if (last === '4') return `${system}${a}${b}${c}${d}00000${e}${check}`
  return `${system}${a}${b}${c}${d}${e}0000${last}${check}`
}

/** The GTIN of a code that the scanner says is EAN or UPC; an add-on of two or five digits behind it is left off. */
export function gtinOfRetailCode(code: string, symbology: Symbology): string | undefined {
  if (symbology === 'ean-8') return code.length === 8 ? gtin14(code) : undefined
  if (symbology !== 'ean-upc') return undefined
  if (code.length === 8) {
    const expanded = expandUpcE(code)
    return (expanded === undefined ? undefined : gtin14(expanded)) ?? gtin14(code)
  }
  if (code.length === 15 || code.length === 18) return gtin14(code.slice(0, 13))
  return gtin14(code)
}

/**
 * Prefixes 02, 04 and 2: a store's or a chain's own numbers (weighed goods, cards), which mean nothing elsewhere.
 * `gtin`: 14 digits.
 */
export const isRestricted = (gtin: string): boolean => /^0(?:02|04|2)/.test(gtin)
