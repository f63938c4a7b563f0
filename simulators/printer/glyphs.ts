import type { Language } from '#protocol/text.ts'
import { drawLine, measure, paint } from '#receipts/canvas.ts'
import type { LineStyle } from '#receipts/typography.ts'
import { blackIn, type Ink, inkedColumns, inkOf } from './ink.ts'

/** Skia sets glyphs on quarters of a dot; each quarter gives other pixels. */
export const quarters = 4

/** A character, or a word whose letters join, as it looks on paper. */
export interface Glyph {
  text: string
  /** How far the next one stands from it, in quarter dots, rounded down. */
  advance: number
  /** How many dots of it are black. */
  black: number
  /** How it looks when it begins 0, 1, 2 or 3 quarters behind a dot. */
  phases: GlyphPhase[]
}

/** The columns `from` to `to` of a glyph's advance, counted from the dot in which it begins. */
export interface GlyphPhase {
  from: number
  to: number
  /** The black dots in them. */
  black: number
  /** In the order in which they tell the most: the blackest first, so that what is not this glyph is known for it soon. */
  columns: GlyphColumn[]
}

export interface GlyphColumn {
  x: number
  low: number
  high: number
}

/** The dot whose column belongs to a position in quarters: neighbours share no column and leave none out. */
export const columnAt = (position: number): number => Math.floor((position + quarters / 2) / quarters)

/** Room at both sides of a template, for what reaches out of its advance. */
export const bearing = 8

const latin = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.,:/%•é']
const persian = [...'۰۱۲۳۴۵۶۷۸۹٬٫−٪،', 'ریال', 'تومان', ...persianMonths()]

function persianMonths(): string[] {
  const month = new Intl.DateTimeFormat('fa-IR-u-ca-persian', { month: 'long', timeZone: 'UTC' })
  // The middle of each Gregorian month lies in a different Jalali month.
  return Array.from({ length: 12 }, (_, index) => month.format(Date.UTC(2026, index, 10)))
}

const alphabets = new Map<string, Glyph[]>()

/** All that can be read on a line of this style. */
export function alphabetFor(style: LineStyle, language: Language): Glyph[] {
  const key = `${style.weight} ${style.size} ${language}`
  const known = alphabets.get(key)
  if (known) return known
  const texts = language === 'fa' ? [...persian, ...latin] : latin
  const made = texts.map((text) => draw(text, style, language))
  alphabets.set(key, made)
  return made
}

function draw(text: string, style: LineStyle, language: Language): Glyph {
  const line = { text, style, language, kerning: 'none' } as const
  const width = measure(line)
  const size = { width: Math.ceil(width) + 2 * bearing + 1, height: style.lineHeight }
  const phases = Array.from({ length: quarters }, (_, phase) => {
    const x = bearing + phase / quarters
    return inkOf(
      paint(size, (context) => drawLine(context, line, { x, y: 0, align: 'left' })),
      { top: 0, height: style.lineHeight },
    )
  })
  const [first] = phases
  const inked = first && inkedColumns(first)
  if (!inked) throw new RangeError(`${text} has no dots`)
  const columns = Array.from({ length: first.width }, (_, x) => blackIn(first, x))
  // What a word's last letter puts beyond its width lies in the blank behind it.
  const advance = Math.floor(Math.max(width, inked.to - bearing) * quarters)
  return {
    // A minus sign is hardly told from a hyphen: both are read as the hyphen.
    text: text === '−' ? '-' : text,
    advance,
    black: columns.reduce((sum, dots) => sum + dots, 0),
    phases: phases.map((ink, phase) => phaseOf(ink, columnAt(phase), columnAt(phase + advance))),
  }
}

function phaseOf(ink: Ink, from: number, to: number): GlyphPhase {
  const columns = Array.from({ length: to - from }, (_, index) => {
    const x = from + index
    return { x, low: ink.low[x + bearing] ?? 0, high: ink.high[x + bearing] ?? 0, black: blackIn(ink, x + bearing) }
  })
  const black = columns.reduce((sum, column) => sum + column.black, 0)
  columns.sort((a, b) => b.black - a.black)
  return { from, to, black, columns: columns.map(({ x, low, high }) => ({ x, low, high })) }
}

/** The width of a blank between words, in quarter dots. */
export const blankFor = (style: LineStyle, language: Language): number =>
  Math.floor(measure({ text: ' ', style, language }) * quarters)
