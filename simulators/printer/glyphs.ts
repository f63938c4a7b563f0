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
  /** Its columns when it begins 0, 1, 2 or 3 quarters behind a dot; column `bearing` is that dot. */
  phases: Ink[]
}

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
  return {
    // A minus sign is hardly told from a hyphen: both are read as the hyphen.
    text: text === '−' ? '-' : text,
    // What a word's last letter puts beyond its width lies in the blank behind it.
    advance: Math.floor(Math.max(width, inked.to - bearing) * quarters),
    black: columns.reduce((sum, dots) => sum + dots, 0),
    phases,
  }
}

/** The width of a blank between words, in quarter dots. */
export const blankFor = (style: LineStyle, language: Language): number =>
  Math.floor(measure({ text: ' ', style, language }) * quarters)
