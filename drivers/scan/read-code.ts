import type { Symbology } from '#protocol/scan.ts'
import { identify } from './aim.ts'
import { fnc1, type Gs1Element, parseBracketed, parseDigitalLink, parseElementString } from './gs1.ts'
import { gtin14, gtinOfRetailCode, isRestricted } from './gtin.ts'

/** What a code says of itself, before any rule of the store's. */
export interface ReadCode {
  /** Without the scanner's identifier and without a leading FNC1. */
  text: string
  symbology?: Symbology
  elements?: Gs1Element[]
  /** 14 digits. */
  gtin?: string
  /** How sure it is that the code is a product's: by its symbology or GS1's own form, or only by its digits. */
  gtinBy?: 'symbology' | 'ean-13' | 'digits'
}

/**
 * Reads a code's outside: identifier, GS1 elements, check digits. Digits alone are a product for sure only by chance's
 * measure: one number in ten has a right check digit. So the shorter ones, and those of a store's own, are told apart
 * from EAN-13 (`gtinBy`), and the store's rules decide.
 */
export function readCode(scanned: string): ReadCode {
  const { text, symbology, gs1 } = identify(scanned)
  const startsWithFnc1 = text.startsWith(fnc1)
  const bare = startsWithFnc1 ? text.slice(1) : text
  const named = symbology === undefined ? {} : { symbology }

  const elements = gs1 || startsWithFnc1 ? parseElementString(bare) : (parseBracketed(bare) ?? parseDigitalLink(bare))
  if (elements) {
    const gtin = elements.find(({ ai }) => ai === '01')?.value
    return { text: bare, ...named, elements, ...(gtin === undefined ? {} : { gtin, gtinBy: 'symbology' as const }) }
  }
  if (symbology !== undefined) {
    const gtin = gtinOfRetailCode(bare, symbology)
    if (gtin !== undefined) return { text: bare, symbology, gtin, gtinBy: isRestricted(gtin) ? 'digits' : 'symbology' }
    if (symbology === 'ean-upc' || symbology === 'ean-8') return { text: bare, symbology }
  }
  const gtin = gtin14(bare)
  if (gtin === undefined) return { text: bare, ...named }
  // A scanner that names the symbology has said that it is no EAN: the digits fit by chance, or are a case's (ITF-14).
  const sure = symbology === undefined && bare.length === 13 && !isRestricted(gtin)
  return { text: bare, ...named, gtin, gtinBy: sure ? 'ean-13' : 'digits' }
}
