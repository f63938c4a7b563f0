import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Language } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import { drawLine, type Line, measure, paint } from './canvas.ts'
import { code128 } from './code128.ts'
import { formatItem, formatValue } from './format.ts'
import { qrBitmap } from './qr-bitmap.ts'
import { type ShownBlock, shownBlocks } from './shown-blocks.ts'
import { type LineStyle, type Typography, typographyFor } from './typography.ts'
import { wrap } from './wrap.ts'

export interface RasterOptions {
  language: Language
  /** Dots, a multiple of 8, at least 256: 576 for 80 mm paper, 384 for 58 mm. */
  width: number
  /** IANA name, such as `Asia/Tehran`. */
  timeZone: string
}

const leastWidth = 256

/**
 * A receipt as pictures of the paper's full width, one a line or block, to be printed one below the other. Persian runs
 * right to left (label at the right, value at the left), English left to right. Image blocks draw nothing: boxes hold
 * no image assets yet.
 */
export function drawReceipt(document: ReceiptDocument, options: RasterOptions): Bitmap[] {
  const { width } = options
  if (width < leastWidth || width % 8 !== 0) {
    throw new VafaError({
      key: 'receipt.width',
      message: `A receipt cannot be ${width} dots wide.`,
      hint: `Use a multiple of 8 from ${leastWidth} dots on: 576 for 80 mm paper, 384 for 58 mm.`,
    })
  }
  return shownBlocks(document).flatMap((block) => drawBlock(block, options))
}

/** The bands of one block. */
export function drawBlock(block: ShownBlock, options: RasterOptions): Bitmap[] {
  const { language, width } = options
  const type = typographyFor(width)
  switch (block.kind) {
    case 'heading':
      return [drawText({ text: block.text[language], style: type.heading, align: 'center' }, options)]
    case 'notice':
      return [drawNotice(block.text[language], options)]
    case 'text':
      return [drawText({ text: block.text[language], style: type.body, align: block.align ?? 'start' }, options)]
    case 'pair':
    case 'total': {
      const value = formatValue(block.value, { ...options, digits: 'native' })
      return [drawPair({ label: block.label[language], value, style: block.kind === 'total' ? type.total : type.body }, options)]
    }
    case 'rule':
      return [drawRule(type, width)]
    case 'items':
      return block.items.map((item) => {
        const label = formatItem(item, { ...options, digits: 'native' })
        const value = formatValue(item.amount, { ...options, digits: 'native' })
        return drawPair({ label, value, style: type.body }, options)
      })
    case 'qr': {
      const caption = block.caption && drawText({ text: block.caption[language], style: type.small, align: 'center' }, options)
      return [...(caption ? [caption] : []), qrBitmap(block.content, width)]
    }
    case 'barcode':
      return drawBarcode(block.content, options)
    case 'image':
      return []
  }
}

interface Placed {
  text: string
  align: 'start' | 'center' | 'end'
}

interface Setting {
  width: number
  language: Language
  margin: number
  style: LineStyle
}

/** Where a line's edge lies and which edge that is, in the direction of the language. */
function place({ align }: Placed, { width, language, margin }: Setting): { x: number; align: 'left' | 'center' | 'right' } {
  if (align === 'center') return { x: width / 2, align }
  const atLeft = (align === 'start') === (language === 'en')
  return atLeft ? { x: margin, align: 'left' } : { x: width - margin, align: 'right' }
}

/** Values are copied by hand and told apart by eye: without kerning, each character keeps its full width. */
const lineOf = ({ text, align }: Placed, { style, language }: Setting): Line => ({
  text,
  style,
  language,
  kerning: align === 'end' ? 'none' : 'auto',
})

/** One band; `rows[i]` stand on its line i. */
function drawRows(rows: Placed[][], setting: Setting): Bitmap {
  const { width, style } = setting
  return paint({ width, height: rows.length * style.lineHeight }, (context) => {
    rows.forEach((row, index) => {
      for (const placed of row) {
        const at = { ...place(placed, setting), y: index * style.lineHeight }
        drawLine(context, lineOf(placed, setting), at)
      }
    })
  })
}

function drawText(text: Placed & { style: LineStyle }, { language, width }: RasterOptions): Bitmap {
  const setting = { width, language, margin: typographyFor(width).margin, style: text.style }
  return drawRows(
    wrapDots(text, setting).map((line) => [line]),
    setting,
  )
}

const wrapDots = ({ text, align }: Placed, setting: Setting): Placed[] =>
  wrap(text, (line) => measure(lineOf({ text: line, align }, setting)) <= setting.width - 2 * setting.margin).map((line) => ({
    text: line,
    align,
  }))

/** Label at the start, value at the end; where they do not fit on one line, each on lines of its own. */
export function drawPair(
  pair: { label: string; value: string; style: LineStyle },
  { language, width }: Pick<RasterOptions, 'language' | 'width'>,
): Bitmap {
  const { margin, gap } = typographyFor(width)
  const setting: Setting = { width, language, margin, style: pair.style }
  const label: Placed = { text: pair.label, align: 'start' }
  const value: Placed = { text: pair.value, align: 'end' }
  const least = measure(lineOf(label, setting)) + gap + measure(lineOf(value, setting))
  if (least <= width - 2 * margin) return drawRows([[label, value]], setting)
  return drawRows(
    [...wrapDots(label, setting), ...wrapDots(value, setting)].map((line) => [line]),
    setting,
  )
}

function drawRule({ margin }: Typography, width: number): Bitmap {
  return paint({ width, height: 14 }, (context) => context.fillRect(margin, 6, width - 2 * margin, 2))
}

/** White on black, so that it is not taken for one line among others. */
function drawNotice(text: string, { language, width }: RasterOptions): Bitmap {
  const { margin, body } = typographyFor(width)
  const style: LineStyle = { ...body, weight: 'bold' }
  const setting = { width, language, margin: 2 * margin, style }
  const lines = wrapDots({ text, align: 'center' }, setting)
  const border = 6
  return paint({ width, height: lines.length * style.lineHeight + 2 * border }, (context) => {
    context.fillRect(margin, border / 2, width - 2 * margin, lines.length * style.lineHeight + border)
    context.fillStyle = '#fff'
    lines.forEach((line, index) => {
      drawLine(context, lineOf(line, setting), { ...place(line, setting), y: border + index * style.lineHeight })
    })
  })
}

const barcodeHeight = 72
/** Blank modules at both sides (ISO/IEC 15417 asks for 10) and the narrowest module a scanner reads from such paper. */
const barcodeQuietZone = 10
const narrowestModule = 2

/** The bars and, below them, the content; the content alone where the bars would not fit at two dots a module. */
function drawBarcode(content: string, options: RasterOptions): Bitmap[] {
  const { width } = options
  const caption = drawText({ text: content, style: typographyFor(width).small, align: 'center' }, options)
  const modules = code128(content)
  if (!modules) return [caption]
  const dots = Math.min(3, Math.floor(width / (modules.length + 2 * barcodeQuietZone)))
  if (dots < narrowestModule) return [caption]
  const left = Math.floor((width - modules.length * dots) / 2)
  const bars = paint({ width, height: barcodeHeight }, (context) => {
    modules.forEach((bar, index) => {
      if (bar) context.fillRect(left + index * dots, 4, dots, barcodeHeight - 8)
    })
  })
  return [bars, caption]
}
