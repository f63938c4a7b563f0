import type { Bitmap } from '#protocol/bitmap.ts'
import { type Language, type Localised, normaliseText } from '#protocol/text.ts'
import { drawBlock, drawPair } from '#receipts/raster.ts'
import { type LineStyle, typographyFor } from '#receipts/typography.ts'
import { alphabetFor, blankFor } from './glyphs.ts'
import { blackIn, difference, type Ink, inkedColumns, inkOf } from './ink.ts'
import { readLine } from './read-line.ts'

export interface PaperReading {
  /** As it is read aloud: in logical order, with the digits that stand there. */
  text: string
  /** Money, in rials, also where toman is printed. */
  amount?: number
  /** A plain number, or the number before a percent sign. */
  number?: number
}

export interface PaperOptions {
  language: Language
  width: number
}

/** Which share of a label's dots may differ from what it should look like. */
const tolerance = 0.05

/**
 * Reads the labelled values of a printed receipt from its dots: finds each label by its look, then the characters of
 * the value beside or below it. Numbers, money, dates and codes can be read; values of other words are left out.
 * `bands` are the pictures as they were printed, one a line or block.
 */
export function readPaper(
  bands: readonly Bitmap[],
  options: PaperOptions & { labels: readonly { field: string; label: Localised }[] },
): Map<string, PaperReading> {
  const labels = printedLabels(options)
  const fields = new Map<string, PaperReading>()
  for (const band of bands) {
    const found = findLabel(band, labels)
    const text = found && readValue(found, options)
    if (found && text !== undefined) fields.set(found.field, { text, ...quantityIn(text) })
  }
  return fields
}

/** Whether a sentence stands on the paper: as heading, text or notice. */
export function paperSays(bands: readonly Bitmap[], text: Localised, { language, width }: PaperOptions): boolean {
  const options = { language, width, timeZone: 'UTC' }
  const looks = [
    ...drawBlock({ kind: 'heading', text }, options),
    ...drawBlock({ kind: 'notice', text }, options),
    ...drawBlock({ kind: 'text', text }, options),
    ...drawBlock({ kind: 'text', text, align: 'center' }, options),
  ]
  return bands.some((band) => looks.some((look) => Buffer.from(band.data).equals(look.data)))
}

/** How far letters may reach out of their own width into the gap between label and value, in dots. */
const reach = 4

/** A label as it looks in one style, alone on its line. */
interface PrintedLabel {
  field: string
  style: LineStyle
  /** The blank dots that must stand around it: without them it would be found within a longer one. */
  clearance: number
  lines: Ink[]
}

/** Labels are drawn once for all receipts that are read with them. */
const drawnLabels = new WeakMap<object, Map<string, PrintedLabel[]>>()

function printedLabels(options: Parameters<typeof readPaper>[1]): PrintedLabel[] {
  const { labels, language, width } = options
  const drawn = drawnLabels.get(labels) ?? new Map<string, PrintedLabel[]>()
  drawnLabels.set(labels, drawn)
  const key = `${language} ${width}`
  const known = drawn.get(key) ?? drawLabels(options)
  drawn.set(key, known)
  return known
}

function drawLabels({ labels, language, width }: Parameters<typeof readPaper>[1]): PrintedLabel[] {
  const { body, total, gap } = typographyFor(width)
  const clearance = gap - reach
  return labels.flatMap(({ field, label }) =>
    [body, total].map((style) => {
      const look = drawPair({ label: label[language], value: '', style }, { language, width })
      return { field, style, clearance, lines: linesOf(look, style) }
    }),
  )
}

const linesOf = (band: Bitmap, { lineHeight }: LineStyle): Ink[] =>
  Array.from({ length: Math.floor(band.height / lineHeight) }, (_, index) =>
    inkOf(band, { top: index * lineHeight, height: lineHeight }),
  )

interface FoundLabel extends PrintedLabel {
  /** The band's own lines. */
  found: Ink[]
}

function findLabel(band: Bitmap, labels: readonly PrintedLabel[]): FoundLabel | undefined {
  let best: FoundLabel | undefined
  let least = tolerance
  const bandLines = new Map<LineStyle, Ink[]>()
  for (const label of labels) {
    const { style, lines, clearance } = label
    if (band.height % style.lineHeight !== 0 || band.height < lines.length * style.lineHeight) continue
    const found = bandLines.get(style) ?? linesOf(band, style)
    bandLines.set(style, found)
    const wrong = Math.max(...lines.map((line, index) => labelDifference({ label: line, line: found[index], clearance })))
    if (wrong < least) {
      least = wrong
      best = { ...label, found }
    }
  }
  return best
}

/** The share of the label's dots that differ; the line may hold more, but not close by. */
function labelDifference({ label, line, clearance }: { label: Ink; line: Ink | undefined; clearance: number }): number {
  const inked = inkedColumns(label)
  if (!inked || !line) return 1
  let black = 0
  let wrong = 0
  for (let x = inked.from - clearance; x < inked.to + clearance; x++) {
    black += blackIn(label, x)
    wrong += difference(label, x, line, x)
  }
  return wrong / black
}

/** Beside the label where the band has one line, else on the lines below it. */
function readValue(label: FoundLabel, { language, width }: PaperOptions): string | undefined {
  const { lines, found, style } = label
  const alphabet = alphabetFor(style, language)
  const blank = blankFor(style, language)
  const areas =
    found.length === 1
      ? found.map((line) => ({ line, ...besides(label, { language, width }) }))
      : found.slice(lines.length).map((line) => ({ line, from: 0, to: width }))
  const texts = areas.map(({ line, from, to }) => {
    const tokens = readLine(line, { from, to, alphabet, blank })
    return tokens && logical(tokens)
  })
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts.join(' ') : undefined
}

/** Where the value stands: behind the label, in the direction of the language. */
function besides({ lines: [line], clearance }: PrintedLabel, { language, width }: PaperOptions): { from: number; to: number } {
  const inked = line && inkedColumns(line)
  if (!inked) return { from: 0, to: width }
  return language === 'fa' ? { from: 0, to: inked.from - clearance } : { from: inked.to + clearance, to: width }
}

const rightToLeft = /[\u0600-\u065f\u0670-\u06ef\u06fa-\u06ff]/

/**
 * From the order on paper, left to right, to the order of reading: in a line with Persian words or digits the words
 * run right to left, and digits and Latin letters within a word left to right.
 */
function logical(tokens: readonly string[]): string {
  if (!tokens.some((token) => rightToLeft.test(token) || /[۰-۹]/.test(token))) return tokens.join('')
  const runs: string[] = []
  let before = ''
  for (const token of tokens) {
    const runsOn = isLeftToRight(token) && isLeftToRight(before)
    if (runsOn) runs.push((runs.pop() ?? '') + token)
    else runs.push(token)
    before = token
  }
  return runs.reverse().join('')
}

const isLeftToRight = (token: string): boolean => /^[۰-۹٬٫٪A-Za-z0-9.,:/%•-]$/.test(token)

const quantity = /^(-?\d[\d,]*(?:\.\d+)?)\s*(ریال|تومان|rial|toman|%)?$/

function quantityIn(text: string): { amount?: number; number?: number } {
  const ascii = normaliseText(text).replaceAll('٬', ',').replaceAll('٫', '.').replaceAll('٪', '%')
  const [, digits, unit] = quantity.exec(ascii) ?? []
  if (digits === undefined) return {}
  const number = Number(digits.replaceAll(',', ''))
  if (unit === undefined || unit === '%') return { number }
  return { amount: unit === 'ریال' || unit === 'rial' ? number : Math.round(number * 10) }
}
