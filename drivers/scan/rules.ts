import { z } from 'zod'
import type { RawCredential } from '#protocol/credentials.ts'
import { type Scan, symbologies } from '#protocol/scan.ts'
import { type ReadCode, readCode } from './read-code.ts'

const credentialMeanings = ['barcode', 'qr', 'member-number', 'phone'] as const
const scanMeanings = ['product', 'coupon', 'receipt', 'other'] as const

/** What a code can be to the store. */
export const scanMeaning = z.enum([...credentialMeanings, ...scanMeanings, 'ignored'])
export type ScanMeaning = z.infer<typeof scanMeaning>

export const scanRule = z
  .strictObject({
    prefix: z.string().min(1).max(200).optional().meta({ description: 'fits codes that begin so' }),
    symbologies: z
      .array(z.enum(symbologies))
      .min(1)
      .optional()
      .meta({ description: 'fits codes of these kinds; needs a scanner that sends AIM identifiers' }),
    digits: z.int().min(1).max(100).optional().meta({ description: 'fits codes of so many digits and nothing else' }),
    gtin: z.enum(['sure', 'possible']).optional().meta({
      description:
        'fits product numbers whose check digit is right. `sure`: EAN or UPC by AIM identifier, GS1 codes, and 13 digits that are not of a store’s own (02, 04, 2…); `possible`: any 8, 12, 13 or 14 digits',
    }),
    element: z
      .string()
      .regex(/^\d{2,4}$/)
      .optional()
      .meta({ description: 'fits GS1 codes with this application identifier; a credential is then its value (8018: a member)' }),
    is: scanMeaning,
    take: z
      .enum(['whole', 'after-prefix'])
      .default('whole')
      .meta({ description: 'what of the code is the credential, or goes to the till' }),
  })
  .refine(
    ({ prefix, symbologies, digits, gtin, element }) => (prefix ?? symbologies ?? digits ?? gtin ?? element) !== undefined,
    'needs at least one of prefix, symbologies, digits, gtin and element; what fits no rule is what `as` says',
  )
  .refine(({ prefix, take }) => take === 'whole' || prefix !== undefined, {
    path: ['take'],
    message: 'after-prefix needs a prefix',
  })
export type ScanRule = z.infer<typeof scanRule>

export interface ScanRules {
  /** The first that fits counts. */
  rules: readonly ScanRule[]
  /** What a code is that fits none. */
  as: ScanMeaning
}

/** What one code is to the store. */
export type Meaning =
  | { kind: 'credential'; credential: RawCredential }
  | { kind: 'scan'; scan: Scan }
  | { kind: 'ignored' }
  /** It fits a rule and nothing is left of it. */
  | { kind: 'unreadable' }

/**
 * A bank card's stripe, which combined devices type where a code is expected: `;…=…?`, `%B…^…?`. It is dropped here, and
 * `unreadable` is all that is said of it.
 */
const paymentTrack = /[;%]B?\d{12,19}[=^]/

/** Reads a code as it came from the scanner, framed already, by the store's rules. */
export function readScan(scanned: string, { rules, as }: ScanRules): Meaning {
  if (paymentTrack.test(scanned)) return { kind: 'unreadable' }
  const code = readCode(scanned)
  const rule = rules.find((candidate) => fits(candidate, code))
  const is = rule?.is ?? as
  const text = partOf(code, rule)
  if (text.length === 0) return { kind: 'unreadable' }
  if (is === 'ignored') return { kind: 'ignored' }
  if (isCredential(is)) return { kind: 'credential', credential: { kind: is, value: elementOf(code, rule) ?? text } }
  const { symbology, gtin, elements } = code
  return {
    kind: 'scan',
    scan: {
      is,
      code: text,
      ...(symbology === undefined ? {} : { symbology }),
      ...(gtin === undefined ? {} : { gtin }),
      ...(elements === undefined ? {} : { elements }),
    },
  }
}

const isCredential = (is: ScanMeaning): is is (typeof credentialMeanings)[number] =>
  credentialMeanings.some((meaning) => meaning === is)

const partOf = ({ text }: ReadCode, rule: ScanRule | undefined): string =>
  rule?.take === 'after-prefix' && rule.prefix !== undefined ? text.slice(rule.prefix.length) : text

const elementOf = ({ elements }: ReadCode, rule: ScanRule | undefined): string | undefined =>
  elements?.find(({ ai }) => ai === rule?.element)?.value

function fits({ prefix, symbologies, digits, gtin, element }: ScanRule, code: ReadCode): boolean {
  if (prefix !== undefined && !code.text.startsWith(prefix)) return false
  if (symbologies && !(code.symbology !== undefined && symbologies.includes(code.symbology))) return false
  if (digits !== undefined && !(code.text.length === digits && /^\d+$/.test(code.text))) return false
  if (gtin !== undefined && (code.gtinBy === undefined || (gtin === 'sure' && code.gtinBy === 'digits'))) return false
  return element === undefined || (code.elements ?? []).some(({ ai }) => ai === element)
}
