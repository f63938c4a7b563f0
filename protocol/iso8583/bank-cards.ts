import { readPrivateData, type Tagged, writePrivateData } from './private-data.ts'

/** The club's own cards, by how their numbers begin. */
export type ClubPrefixes = readonly string[]

const isClubs = (number: string, prefixes: ClubPrefixes): boolean => prefixes.some((prefix) => number.startsWith(prefix))

/** ISO/IEC 7812-1, annex B. */
function luhnHolds(digits: string): boolean {
  let sum = 0
  for (let n = 0; n < digits.length; n++) {
    const digit = Number(digits.charAt(digits.length - 1 - n))
    const doubled = n % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * Whether DE 2, 35 or 48 may pass the codec with this value; a number that is not the club's own never does. In DE 48
 * only what can be nothing but a payment card's number is taken out: there a barcode may stand that the club never made.
 */
export function withoutBankCard(field: number, value: string, prefixes: ClubPrefixes): string | undefined {
  if (field === 2 || field === 35) return isClubs(value, prefixes) ? value : undefined
  if (field !== 48 || !value.includes('CR')) return value
  const holds = ([tag, text]: Tagged) => tag === 'CR' && holdsBankCard(text, prefixes)
  const tags = readPrivateData(value)
  if (!tags) return undefined
  return tags.some(holds) ? writePrivateData(tags.filter((tag) => !holds(tag))) : value
}

function holdsBankCard(credential: string, prefixes: ClubPrefixes): boolean {
  const colon = credential.indexOf(':')
  const kind = credential.slice(0, colon)
  const value = credential.slice(colon + 1)
  if (kind === 'magstripe') return !isClubs(value, prefixes)
  if (kind === 'nfc-uid') return false
  const number = /^[%;]?B?(\d[\d -]{14,22}\d)(?:[=D^].*)?$/.exec(value)?.[1]?.replace(/[ -]/g, '')
  return number !== undefined && number.length >= 16 && number.length <= 19 && luhnHolds(number) && !isClubs(number, prefixes)
}
