import { shape } from '#drivers/printed-text/shaping.ts'
import { toVisual } from '#drivers/printed-text/visual-order.ts'
import { type Language, toPersianDigits } from '#protocol/text.ts'
import { columnsOf } from '#receipts/text-columns.ts'
import { wrap } from '#receipts/wrap.ts'
import type { Screen, ScreenRow } from './screen.ts'

export interface Glass {
  columns: number
  rows: number
  language: Language
  /**
   * Who joins and turns Persian letters: the agent (`visual`: for consoles that put each character where it comes, such as
   * Linux's own), or the terminal by itself (`logical`).
   */
  bidi: 'visual' | 'logical'
}

export interface GlassLine {
  text: string
  style: 'title' | 'plain' | 'input' | 'warning' | 'keys' | 'status'
}

/** Exactly `rows` lines of exactly `columns` columns. Keys and status are kept; of too many rows the last ones go. */
export function layOut(screen: Screen, glass: Glass): GlassLine[] {
  const foot: GlassLine[] = [
    ...packed(screen.keys, glass).map((text): GlassLine => ({ text, style: 'keys' })),
    { text: statusFor(screen.status, glass), style: 'status' },
  ].slice(-Math.max(1, glass.rows - 2)) as GlassLine[]
  const room = glass.rows - 1 - foot.length
  const body = screen.rows.flatMap((row) => rowLines(row, glass))
  const shown = fitting(body, room)
  const blanks = Array.from({ length: Math.max(0, room - shown.length) }, (): GlassLine => ({ text: '', style: 'plain' }))
  const lines: GlassLine[] = [{ text: screen.title, style: 'title' }, ...shown, ...blanks, ...foot]
  return lines.slice(0, glass.rows).map(({ text, style }) => ({ text: onGlass(text, glass), style }))
}

/** Whose terminal it is gives way to how it is doing: offline, and how much waits to be sent. */
function statusFor(parts: readonly string[], { columns }: Glass): string {
  const lines = parts.map((_, at) => parts.slice(at).join(' · '))
  return lines.find(fitsIn(columns)) ?? lines.at(-1) ?? ''
}

/** A warning or an input is never what is left out. */
function fitting(lines: readonly GlassLine[], room: number): GlassLine[] {
  const kept = [...lines]
  while (kept.length > room) {
    const plain = kept.findLastIndex(({ style }) => style === 'plain')
    kept.splice(plain === -1 ? kept.length - 1 : plain, 1)
  }
  return kept
}

const fitsIn = (columns: number) => (line: string) => columnsOf(line) <= columns

function rowLines(row: ScreenRow, glass: Glass): GlassLine[] {
  const { columns } = glass
  switch (row.kind) {
    case 'text':
    case 'warning': {
      const style = row.kind === 'warning' ? 'warning' : 'plain'
      return wrap(clean(row.text), fitsIn(columns)).map((text) => ({ text, style }))
    }
    case 'pair':
    case 'total':
    case 'input': {
      const style = row.kind === 'pair' ? 'plain' : 'input'
      const [label, value] = [clean(row.label), row.kind === 'input' ? `${clean(row.value)}_` : clean(row.value)]
      const gap = columns - columnsOf(label) - columnsOf(value)
      if (gap >= 1) return [{ text: label + ' '.repeat(gap) + value, style }]
      // A value is never cut where it fits alone; its label gives way.
      return wrap(value, fitsIn(columns)).map((text) => ({ text: ' '.repeat(columns - columnsOf(text)) + text, style }))
    }
  }
}

/** What the keys do, as many on a line as fit. */
function packed(keys: readonly string[], { columns }: Glass): string[] {
  const lines: string[] = []
  for (const key of keys) {
    const longer = lines.length === 0 ? key : `${lines.at(-1)}  ${key}`
    if (lines.length > 0 && columnsOf(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(key)
  }
  return lines
}

/** Neither control characters nor marks of direction reach the console: no text can be a command to it. */
const clean = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\p{Cc}/gu, ' ')

/** Digits are Arabic by their script, and are not turned. */
const persianLetter = /(?=\p{L})\p{Script=Arabic}/u
const persianWords = /(?=\p{L})\p{Script=Arabic}(?:[\p{Script=Arabic} :،؛؟.!]*\p{Script=Arabic})?/gu

/** A line as the console is given it: in Persian from the right edge, with Persian digits. */
function onGlass(text: string, { columns, language, bidi }: Glass): string {
  const line = language === 'fa' ? toPersianDigits(clean(text)) : clean(text)
  const cut = [...line].length > 0 && columnsOf(line) > columns ? cutTo(line, columns) : line
  if (bidi === 'logical') {
    // A terminal that turns lines by itself sets those that begin with Persian letters at the right.
    return cut + ' '.repeat(Math.max(0, columns - columnsOf(cut)))
  }
  const signs = shape(cut, () => true).map(([first = ' ']) => first)
  const whole = signs.join('')
  const fill = ' '.repeat(Math.max(0, columns - columnsOf(whole)))
  // Persian words in an English line are turned by themselves.
  if (language === 'en') return whole.replace(persianWords, toVisual) + fill
  return persianLetter.test(whole) ? toVisual(whole + fill) : fill + whole
}

function cutTo(line: string, columns: number): string {
  let cut = ''
  for (const letter of line) {
    if (columnsOf(cut + letter) > columns) break
    cut += letter
  }
  return cut
}
