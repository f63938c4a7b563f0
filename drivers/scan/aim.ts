import type { Symbology } from '#protocol/scan.ts'

/**
 * The identifier that a scanner can send before each code: `]`, a letter for the symbology, a character for its
 * options (ISO/IEC 15424). The factory's setting is mostly to send none.
 */
export interface Identified {
  /** Without the identifier. */
  text: string
  symbology?: Symbology
  /** True where the identifier says that FNC1 stands first: then the code is one of GS1's. */
  gs1: boolean
}

const byLetter: Readonly<Record<string, Symbology>> = {
  A: 'code-39',
  C: 'code-128',
  E: 'ean-upc',
  F: 'codabar',
  G: 'code-93',
  H: 'code-11',
  I: 'interleaved-2-of-5',
  L: 'pdf417',
  M: 'msi',
  P: 'plessey',
  Q: 'qr',
  U: 'maxicode',
  X: 'other',
  d: 'data-matrix',
  e: 'gs1-databar',
  z: 'aztec',
}

/** Identifiers whose option changes what the code is. */
const byIdentifier: Readonly<Record<string, Symbology>> = {
  C1: 'gs1-128',
  E4: 'ean-8',
  Q3: 'gs1-qr',
  d2: 'gs1-data-matrix',
}

const gs1Symbologies: ReadonlySet<Symbology | undefined> = new Set<Symbology>([
  'gs1-128',
  'gs1-databar',
  'gs1-data-matrix',
  'gs1-qr',
])

const identifier = /^\]([A-Za-z])([0-9A-Za-z])/

/** Takes the identifier off, where there is one that is known; any other text is left as it is. */
export function identify(text: string): Identified {
  const [whole = '', letter = '', option = ''] = identifier.exec(text) ?? []
  const symbology = byIdentifier[letter + option] ?? byLetter[letter]
  if (symbology === undefined) return { text, gs1: false }
  return { text: text.slice(whole.length), symbology, gs1: gs1Symbologies.has(symbology) }
}
