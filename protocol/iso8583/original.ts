/** DE 90: which message is undone, by what stood in it. */
export interface OriginalElements {
  mti: string
  /** DE 11. */
  trace: string
  /** DE 7, as it was first sent. */
  transmission: string
}

/** Acquirers are of no meaning here: their 22 digits are zeros. */
export const writeOriginal = ({ mti, trace, transmission }: OriginalElements): string =>
  `${mti}${trace}${transmission}`.padEnd(42, '0')

/** Undefined where the text is shorter than it must be. */
export const readOriginal = (text: string): OriginalElements | undefined =>
  text.length === 42 ? { mti: text.slice(0, 4), trace: text.slice(4, 10), transmission: text.slice(10, 20) } : undefined
