import { fileURLToPath } from 'node:url'
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { Language } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'
import type { LineStyle } from './typography.ts'

/** Darker than this is black; lower values break thin strokes, higher ones fill small counters. */
const blackBelow = 150

const fonts = { medium: 'Vazirmatn-Medium', bold: 'Vazirmatn-Bold' } as const

/**
 * One canvas, reused and only ever grown: Skia frees a canvas late, and a new one for each receipt makes memory climb
 * by megabytes a receipt.
 */
let shared: Canvas | undefined

function contextOf({ width, height }: Size): SKRSContext2D {
  if (!shared || shared.width < width || shared.height < height) {
    if (!shared) registerFonts()
    shared = createCanvas(Math.max(width, shared?.width ?? 0), Math.max(height, shared?.height ?? 0))
  }
  return shared.getContext('2d')
}

function registerFonts(): void {
  for (const name of Object.values(fonts)) {
    const path = fileURLToPath(import.meta.resolve(`vazirmatn/fonts/ttf/${name}.ttf`))
    if (!GlobalFonts.registerFromPath(path, name)) {
      throw new VafaError({
        key: 'receipt.font-missing',
        message: `The receipts' font ${path} cannot be read.`,
        hint: 'Install Vafa again: npm install.',
      })
    }
  }
}

export interface Size {
  width: number
  height: number
}

/** Draws black on white, then keeps one bit a dot. `width` is rounded up to a multiple of 8. */
export function paint(size: Size, draw: (context: SKRSContext2D) => void): Bitmap {
  const width = Math.ceil(size.width / 8) * 8
  const { height } = size
  const context = contextOf({ width, height })
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.fillStyle = '#000'
  draw(context)
  const pixels = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array((width / 8) * height)
  for (let dot = 0; dot < width * height; dot++) {
    if ((pixels[dot * 4] ?? 255) < blackBelow) data[dot >> 3] = (data[dot >> 3] ?? 0) | (0x80 >> (dot & 7))
  }
  return { width, height, data }
}

export interface Line {
  text: string
  style: LineStyle
  language: Language
  /** `none`: each character keeps its full width. */
  kerning?: 'auto' | 'none'
}

function setStyle(context: SKRSContext2D, { style, language, kerning = 'auto' }: Line): void {
  context.font = `${style.size}px ${fonts[style.weight]}`
  // The default follows the host's language: the same receipt must come out the same on every box.
  context.lang = language
  context.direction = language === 'fa' ? 'rtl' : 'ltr'
  context.textBaseline = 'alphabetic'
  context.fontKerning = kerning
}

/** How many dots a line is wide. */
export function measure(line: Line): number {
  const context = contextOf({ width: 8, height: 8 })
  setStyle(context, line)
  return context.measureText(line.text).width
}

/** Draws one line with its left edge, its middle or its right edge at `x`, its top at `y`. */
export function drawLine(
  context: SKRSContext2D,
  line: Line,
  at: { x: number; y: number; align: 'left' | 'center' | 'right' },
): void {
  setStyle(context, line)
  context.textAlign = at.align
  context.fillText(line.text, at.x, at.y + line.style.baseline)
}
