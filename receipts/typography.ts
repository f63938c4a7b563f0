/** How a line of a receipt is set. Sizes are in dots (203 dpi: 8 dots a millimetre). */
export interface LineStyle {
  size: number
  weight: 'medium' | 'bold'
  /** From one baseline to the next, and the height of a band of one line. */
  lineHeight: number
  /** From a line's top to its baseline. */
  baseline: number
}

export interface Typography {
  /** Blank dots at both edges. */
  margin: number
  /** The least distance between a label and its value on one line: clearly more than a word space. */
  gap: number
  heading: LineStyle
  body: LineStyle
  total: LineStyle
  small: LineStyle
}

/** Vazirmatn reaches 1.04 em above the baseline and 0.52 em below it; letters with marks use nearly all of it. */
const lineStyle = (size: number, weight: LineStyle['weight']): LineStyle => ({
  size,
  weight,
  lineHeight: Math.ceil(size * 1.55),
  baseline: Math.ceil(size * 1.05),
})

const wide: Typography = {
  margin: 8,
  gap: 18,
  heading: lineStyle(38, 'bold'),
  body: lineStyle(27, 'medium'),
  total: lineStyle(34, 'bold'),
  small: lineStyle(22, 'medium'),
}

const narrow: Typography = {
  margin: 4,
  gap: 14,
  heading: lineStyle(32, 'bold'),
  body: lineStyle(23, 'medium'),
  total: lineStyle(28, 'bold'),
  small: lineStyle(20, 'medium'),
}

/** `width` in dots: 576 for 80 mm paper, 384 for 58 mm. */
export const typographyFor = (width: number): Typography => (width >= 512 ? wide : narrow)
