import { normaliseText } from '#protocol/text.ts'
import type { CodePage } from '../printed-text/code-pages.ts'
import { encodeText } from '../printed-text/encode-text.ts'

export const displayColumns = 20
export const displayRows = 2

/** `escpos`: Epson DM-D and what copies it. `cd5220`: the other command set that pole displays have. */
export const displayDialects = ['escpos', 'cd5220'] as const
export type DisplayDialect = (typeof displayDialects)[number]

/** A line as the display can show it: 20 printable ASCII characters; Persian digits become ASCII, the rest `?`. */
export function displayLine(text: string): string {
  const ascii = [...normaliseText(text)].map((character) => (/^[\x20-\x7e]$/.test(character) ? character : '?'))
  return ascii.join('').slice(0, displayColumns).padEnd(displayColumns)
}

/** The letters of a model that has Persian ones: its code page, and that page's number in `ESC t`. */
export interface DisplayLetters {
  codePage: CodePage
  select: number
}

/** A line as 20 bytes: of the display's own code page, Persian at the right edge; without one, printable ASCII. */
function displayBytes(text: string, letters: DisplayLetters | undefined): Buffer {
  if (!letters) return Buffer.from(displayLine(text), 'ascii')
  const bytes = encodeText(text, letters.codePage)
  const blank = Buffer.alloc(Math.max(0, displayColumns - bytes.length), 0x20)
  if (!/\p{Script=Arabic}/u.test(text)) return Buffer.concat([bytes.subarray(0, displayColumns), blank])
  // What stands from left to right ends with the line's beginning: that is what must be seen.
  return Buffer.concat([blank, bytes.subarray(Math.max(0, bytes.length - displayColumns))])
}

/** Puts a display that has just been found into a known state: reset, overwrite mode, empty. */
export function encodeDisplayReset(dialect: DisplayDialect, letters?: DisplayLetters): Buffer {
  // Overwrite mode: US 01 in Epson's DM-D manuals, ESC 11h in the CD5220 command table.
  const overwrite = dialect === 'escpos' ? [0x1f, 0x01] : [0x1b, 0x11]
  // Both dialects select a code page by ESC t.
  const select = letters ? [0x1b, 0x74, letters.select] : []
  return Buffer.from([0x1b, 0x40, ...select, ...overwrite, 0x0c])
}

/**
 * Replaces what is shown, line by line at its place and without a clear, so that it does not flicker: `US $ column row`
 * (both from 1), or `ESC Q A` / `ESC Q B` … CR.
 */
export function encodeDisplayLines(dialect: DisplayDialect, lines: readonly string[], letters?: DisplayLetters): Buffer {
  const parts: Buffer[] = []
  for (let row = 0; row < displayRows; row += 1) {
    const text = displayBytes(lines[row] ?? '', letters)
    if (dialect === 'escpos') parts.push(Buffer.from([0x1f, 0x24, 1, row + 1]), text)
    else parts.push(Buffer.from([0x1b, 0x51, 0x41 + row]), text, Buffer.from([0x0d]))
  }
  return Buffer.concat(parts)
}
