import { z } from 'zod'

/**
 * The issuers' numbers of Iran's banks, as their cards begin. A club that wrote one of these (or a part of one) among
 * its own prefixes would take every card of that bank for a member's.
 */
const bankIssuers = `
  170019 207177 502229 502806 502908 502910 502937 502938 504172 504706 505416 505785 505801 505809
  581672 581874 585947 585983 589210 589463 603769 603770 603799 606256 606373 610433 621986 622106
  627353 627381 627412 627488 627648 627760 627884 627961 628023 628157 636214 636795 636797 636949
  639194 639217 639346 639347 639370 639599 639607 991975`
  .trim()
  .split(/\s+/)

/** Cards of payment schemes begin with 2 to 6 (ISO/IEC 7812-1); less than an issuer's whole number says whose. */
const isPaymentDigit = (digit: string | undefined): boolean => digit !== undefined && '23456'.includes(digit)

export const clubPrefix = z
  .string({ error: 'digits in quotes: "636500"' })
  .regex(/^\d{3,12}$/, 'three to twelve digits, in quotes')
  .refine(
    (prefix) => !isPaymentDigit(prefix[0]) || prefix.length >= 6,
    'begins like bank cards do: write at least six digits, the whole of the club’s own issuer number',
  )
  .refine(
    (prefix) => !bankIssuers.some((bank) => bank.startsWith(prefix) || prefix.startsWith(bank)),
    'is a bank’s: every card of that bank would be a member’s',
  )

export const isClubs = (number: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => number.startsWith(prefix))
