import { upperHalves } from './upper-halves.ts'

/** How the bytes of printed text are meant. */
export const codePages = ['cp437', 'cp720', 'cp864', 'cp1098', 'cp1252', 'cp1256', 'iran-system', 'utf-8'] as const
export type CodePage = (typeof codePages)[number]

/** Those with Persian letters, for devices that are told which to use. */
export const persianPages = ['iran-system', 'cp1098', 'cp1256', 'cp864', 'cp720'] as const satisfies readonly CodePage[]

/**
 * In `visual` order the bytes stand as the eye meets them from left to right, joined already; that is how text reaches a
 * device that knows nothing of Persian. In `logical` order they stand as they are read.
 */
export type TextOrder = 'logical' | 'visual'

/** The pages whose letters are joined forms are written in visual order. */
export const orderOf = (page: CodePage): TextOrder => (['iran-system', 'cp864', 'cp1098'].includes(page) ? 'visual' : 'logical')

/** `ESC t n` by Epson's numbers; makers of clones have their own. */
export const epsonCodePages: Readonly<Record<number, CodePage>> = {
  0: 'cp437',
  16: 'cp1252',
  32: 'cp720',
  37: 'cp864',
  41: 'cp1098',
  50: 'cp1256',
}

/** Bytes as characters, one by one and in their own order; what the page does not have becomes U+FFFD. */
export function decodeBytes(bytes: Uint8Array, page: CodePage): string {
  if (page === 'utf-8') return Buffer.from(bytes).toString('utf8')
  const upper = upperHalves[page]
  let text = ''
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : (upper[byte - 0x80] ?? '\ufffd')
  return text
}

const reverse = new Map<CodePage, ReadonlyMap<string, number>>()

/** The byte of each character of a page's upper half. */
export function upperBytesOf(page: Exclude<CodePage, 'utf-8'>): ReadonlyMap<string, number> {
  const known = reverse.get(page)
  if (known) return known
  const bytes = new Map<string, number>()
  for (const [at, character] of [...upperHalves[page]].entries()) if (character !== '\ufffd') bytes.set(character, at + 0x80)
  reverse.set(page, bytes)
  return bytes
}

/** Whether bytes are UTF-8 with at least one character that is not ASCII. */
export function looksLikeUtf8(bytes: Uint8Array): boolean {
  if (!bytes.some((byte) => byte >= 0x80)) return false
  try {
    strictUtf8.decode(bytes)
    return true
  } catch {
    return false
  }
}
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })
