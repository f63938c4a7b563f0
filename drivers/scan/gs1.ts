import { hasCheckDigit } from './gtin.ts'

/** One element of a GS1 code: its application identifier and what stands behind it. */
export interface Gs1Element {
  ai: string
  value: string
}

/** FNC1 as scanners send it: the control character GS. */
export const fnc1 = '\x1d'

/**
 * How many digits an application identifier has, by its first two, and how long its value is where the length is
 * fixed in advance, so that no FNC1 follows (GS1 General Specifications, figures 3.2-1 and 7.8.5-2). What is not
 * here is no GS1 code that is known.
 */
const shapes: readonly (readonly [first: string, aiDigits: number, fixed?: number])[] = [
  ['00', 2, 18],
  ['01', 2, 14],
  ['02', 2, 14],
  ['03', 2, 14],
  ['10', 2],
  ['11', 2, 6],
  ['12', 2, 6],
  ['13', 2, 6],
  ['15', 2, 6],
  ['16', 2, 6],
  ['17', 2, 6],
  ['20', 2, 2],
  ['21', 2],
  ['22', 2],
  ['23', 3],
  ['24', 3],
  ['25', 3],
  ['30', 2],
  ['31', 4, 6],
  ['32', 4, 6],
  ['33', 4, 6],
  ['34', 4, 6],
  ['35', 4, 6],
  ['36', 4, 6],
  ['37', 2],
  ['39', 4],
  ['40', 3],
  ['41', 3, 13],
  ['42', 3],
  ['43', 4],
  ['70', 4],
  ['71', 3],
  ['72', 4],
  ['80', 4],
  ['81', 4],
  ['82', 4],
  ...['90', '91', '92', '93', '94', '95', '96', '97', '98', '99'].map((first) => [first, 2] as const),
]
const byFirst = new Map(shapes.map(([first, aiDigits, fixed]) => [first, { aiDigits, fixed }]))

/** The longest value that any identifier has (91–99). */
const longestValue = 90
const maxElements = 40

/** Identifiers whose value ends with a check digit, and how long the part is that it checks. */
const checked: Readonly<Record<string, number>> = { '00': 18, '01': 14, '02': 14, '03': 14, '8017': 18, '8018': 18 }

const isValue = (ai: string, value: string): boolean => {
  const digits = checked[ai]
  if (value.length === 0 || value.length > longestValue) return false
  return digits === undefined || (value.length === digits && hasCheckDigit(value))
}

/** `010626…<GS>17…`, as FNC1 parts it; undefined where any part of it is none of GS1's. */
export function parseElementString(text: string): Gs1Element[] | undefined {
  const elements: Gs1Element[] = []
  let at = text.startsWith(fnc1) ? 1 : 0
  while (at < text.length) {
    const shape = byFirst.get(text.slice(at, at + 2))
    if (!shape || elements.length === maxElements) return undefined
    const ai = text.slice(at, at + shape.aiDigits)
    if (ai.length < shape.aiDigits || !/^\d+$/.test(ai)) return undefined
    at += shape.aiDigits
    const separator = text.indexOf(fnc1, at)
    const rest = separator < 0 ? text.length : separator
    const end = shape.fixed === undefined ? rest : Math.min(rest, at + shape.fixed)
    const value = text.slice(at, end)
    if ((shape.fixed !== undefined && (value.length !== shape.fixed || !/^\d+$/.test(value))) || !isValue(ai, value))
      return undefined
    elements.push({ ai, value })
    // Some encoders put FNC1 behind values of a fixed length too; it stands for nothing there.
    at = text[end] === fnc1 ? end + 1 : end
  }
  return elements.length > 0 ? elements : undefined
}

/** `(01)0626…(17)…`, as people read it and some scanners send it. */
export function parseBracketed(text: string): Gs1Element[] | undefined {
  if (!/^\(\d{2,4}\)/.test(text)) return undefined
  const elements: Gs1Element[] = []
  // Brackets may stand in a value: only those count that hold an identifier.
  for (const part of text.split(/(?=\(\d{2,4}\))/)) {
    const [, ai = '', value = ''] = /^\((\d{2,4})\)(.*)$/s.exec(part) ?? []
    const shape = byFirst.get(ai.slice(0, 2))
    const last = elements.at(-1)
    if (shape?.aiDigits === ai.length) elements.push({ ai, value })
    else if (last) last.value += part
    else return undefined
  }
  return elements.length <= maxElements && elements.every(({ ai, value }) => isValue(ai, value)) ? elements : undefined
}

/** Keys of a Digital Link whose path is read here: a product, a coupon, a recipient (a member), a shipping unit. */
const linkKeys = new Set(['01', '255', '8018', '8017', '00'])

/** `https://example.com/01/06260…/10/LOT?17=…` (GS1 Digital Link); undefined for any other address. */
export function parseDigitalLink(text: string): Gs1Element[] | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined
  let url: URL
  let path: string[]
  try {
    url = new URL(text)
    path = url.pathname.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
  const start = path.findIndex((part, index) => linkKeys.has(part) && /^\d{8,}$/.test(path[index + 1] ?? ''))
  if (start < 0) return undefined
  const pairs: [string, string][] = []
  for (let at = start; at + 1 < path.length; at += 2) pairs.push([path[at] ?? '', path[at + 1] ?? ''])
  for (const [name, value] of url.searchParams) if (/^\d{2,4}$/.test(name)) pairs.push([name, value])
  const elements = pairs
    .filter(([ai]) => byFirst.get(ai.slice(0, 2))?.aiDigits === ai.length)
    .map(([ai, value]) => ({ ai, value: ai === '01' ? value.padStart(14, '0') : value }))
  if (elements.length === 0 || elements.length > maxElements) return undefined
  return elements.every(({ ai, value }) => isValue(ai, value)) ? elements : undefined
}
