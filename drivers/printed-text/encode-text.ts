import { type CodePage, orderOf, upperBytesOf } from './code-pages.ts'
import { shape } from './shaping.ts'
import { toVisual } from './visual-order.ts'

/** Letters that stand in for ones that a page does not have; they look alike on paper. */
const lookalikes: Record<string, string> = {
  ی: 'يى',
  ک: 'ك',
  ﯼ: 'ﯽﻯﻱي',
  ﯽ: 'ﯼﻰﻲﻯي',
  ﯾ: 'ﻳ',
  ﯿ: 'ﻴﻳ',
  ﮎ: 'ﻙك',
  ﮏ: 'ﻚﻙ',
  ﮐ: 'ﻛ',
  ﮑ: 'ﻜﻛ',
  '٬': "،,'",
  '٫': '.',
  '٪': '%',
  '─': '-',
  '–': '-',
  '—': '-',
  '×': 'x',
}
const arabicDigit = (digit: string) => String.fromCharCode((digit.codePointAt(0) ?? 0) - 0x6f0 + 0x660)
const asciiDigit = (digit: string) => String((digit.codePointAt(0) ?? 0) - 0x6f0)

/**
 * One line as the bytes of a code page, in the order in which devices with this page want them; `?` where the page has
 * nothing like it. Control characters become `?`: no text can be a command.
 */
export function encodeText(text: string, page: CodePage): Buffer {
  if (page === 'utf-8') return Buffer.from([...text].map((character) => (isControl(character) ? '?' : character)).join(''))
  const upper = upperBytesOf(page)
  const byteOf = (character: string): number | undefined => {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0x20 && code < 0x7f) return code
    return upper.get(character)
  }
  const find = (choices: readonly string[]): number => {
    for (const choice of choices) {
      const digits = /[۰-۹]/.test(choice) ? [arabicDigit(choice), asciiDigit(choice)] : []
      for (const one of [choice, ...digits, ...(lookalikes[choice] ?? '')]) {
        const byte = byteOf(one)
        if (byte !== undefined) return byte
      }
    }
    return 0x3f
  }
  if (orderOf(page) === 'logical')
    return Buffer.from([...text.replace(/[\u200c-\u200f\u2066-\u2069]/g, '')].map((one) => find([one])))
  // Each sign is turned as its first form, and found again by it.
  const shaped = shape(text.replace(/[\u200e\u200f\u2066-\u2069]/g, ''), (sign) => byteOf(sign) !== undefined)
  const signs = new Map(shaped.map((sign) => [sign[0] ?? '?', sign]))
  return Buffer.from([...toVisual(shaped.map(([first = '?']) => first).join(''))].map((sign) => find(signs.get(sign) ?? [sign])))
}

const isControl = (character: string): boolean => /\p{Cc}/u.test(character)
