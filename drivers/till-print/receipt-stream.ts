import { decodeLine, type LineBytes } from './printed-lines.ts'
import type { Printed } from './read-receipt.ts'
import type { ReceiptRules } from './rules.ts'
import { createTokenizer, type Token } from './tokens.ts'

/** How the till has set the printer, where that changes how something printed between looks. */
export interface PrinterSetting {
  align: number
  leftMargin: number
  /** A line is begun and not ended. */
  lineOpen: boolean
  pageMode: boolean
}

/** What becomes of the till's bytes, in their order; all of them come out, unchanged. */
export type Passed =
  /** `feed`: nothing but so many lines of blank paper. */
  | { kind: 'pass'; bytes: Uint8Array; feed?: number }
  /** To be passed at once, past whatever is held: the printer answers it when it arrives. */
  | { kind: 'real-time'; bytes: Uint8Array }
  /**
   * A receipt has ended. `bytes`: its cut, with the blank paper right before it, or nothing where the till does not cut.
   * `feeds`: they bring the last line to the cutter.
   */
  | { kind: 'end'; bytes: Uint8Array; printed: Printed; setting: PrinterSetting; feeds: boolean; by: 'cut' | 'line' | 'close' }

export interface ReceiptStream {
  push(bytes: Uint8Array): Passed[]
  /** The connection has ended: what waits, and, where the rules take it so, the end of a receipt. */
  end(): Passed[]
  /** Whether something is printed that nothing has ended yet: half a receipt, if the connection ends now. */
  readonly half: boolean
  /** What stands there since the last end. */
  readonly rest: Printed
}

/** More lines than any receipt: what comes above is passed on and not read. */
const mostLines = 3_000
const longestLine = 400

/** Follows what a till prints: passes it on, and knows where each receipt ends and what stood on it. Pure. */
export function createReceiptStream(rules: ReceiptRules): ReceiptStream {
  const tokens = createTokenizer()
  let lines: string[] = []
  let line: { bytes: Uint8Array; selected: number }[] = []
  let lineBytes = 0
  let pictureRows = 0
  let selected = 0
  let setting: PrinterSetting = { align: 0, leftMargin: 0, lineOpen: false, pageMode: false }

  const addText = (bytes: Uint8Array) => {
    setting = { ...setting, lineOpen: true }
    const room = longestLine - lineBytes
    if (room <= 0) return
    const taken = bytes.subarray(0, room)
    const last = line.at(-1)
    // Text comes in any pieces; a character of UTF-8 must not be cut.
    if (last && last.selected === selected) last.bytes = Buffer.concat([last.bytes, taken])
    else line.push({ bytes: taken, selected })
    lineBytes += taken.length
  }

  const endLine = (): string | undefined => {
    setting = { ...setting, lineOpen: false }
    if (line.length === 0) return undefined
    const text = decodeLine(line satisfies LineBytes, rules)
    line = []
    lineBytes = 0
    if (lines.length < mostLines) lines.push(text)
    return text
  }

  const endReceipt = (bytes: Uint8Array, how: { feeds: boolean; by: 'cut' | 'line' | 'close' }): Passed => {
    const before = setting
    endLine()
    const printed = { lines, pictureRows }
    lines = []
    pictureRows = 0
    return { kind: 'end', bytes, printed, setting: before, ...how }
  }

  const take = (token: Token): Passed[] => {
    const pass: Passed = { kind: 'pass', bytes: token.bytes }
    switch (token.kind) {
      case 'text':
        addText(token.bytes)
        return [pass]
      case 'tab':
        addText(Buffer.from(' '))
        return [pass]
      case 'return':
      case 'line-end': {
        const text = endLine()
        if (text === undefined) return [{ ...pass, feed: token.kind === 'return' ? 0 : token.lines }]
        const { end } = rules
        return typeof end === 'object' && end.line.test(text)
          ? [pass, endReceipt(new Uint8Array(), { feeds: false, by: 'line' })]
          : [pass]
      }
      case 'cut':
        return [endReceipt(token.bytes, { feeds: token.feeds, by: 'cut' })]
      case 'picture':
        pictureRows += token.rows
        return [pass]
      case 'code-page':
        selected = token.n
        return [pass]
      case 'align':
        setting = { ...setting, align: token.n }
        return [pass]
      case 'left-margin':
        setting = { ...setting, leftMargin: token.dots }
        return [pass]
      case 'page-mode':
        setting = { ...setting, pageMode: token.on }
        return [pass]
      case 'reset':
        endLine()
        selected = 0
        setting = { align: 0, leftMargin: 0, lineOpen: false, pageMode: false }
        return [pass]
      case 'real-time':
        return [{ kind: 'real-time', bytes: token.bytes }]
      case 'payload':
      case 'other':
        return [pass]
    }
  }

  return {
    push: (bytes) => joined(tokens.push(bytes).flatMap(take)),
    end() {
      const rest = tokens.end().flatMap(take)
      const half = lines.length > 0 || line.length > 0
      return joined(half && rules.end === 'close' ? [...rest, endReceipt(new Uint8Array(), { feeds: false, by: 'close' })] : rest)
    },
    get half() {
      return lines.length > 0 || line.length > 0
    },
    get rest() {
      return { lines: line.length === 0 ? lines : [...lines, decodeLine(line, rules)], pictureRows }
    },
  }
}

/** From so many lines on, blank paper is there to bring the last line to the cutter. */
const toTheCutter = 3

/**
 * Neighbours that are only passed on become one piece: a write each would be thousands. Blank paper that came together
 * with the cut behind it goes with the cut: what is added stands right below the text.
 */
function joined(all: Passed[]): Passed[] {
  const out: Passed[] = []
  let run: Extract<Passed, { kind: 'pass' }>[] = []
  const flush = () => {
    if (run.length > 0) out.push({ kind: 'pass', bytes: bytesOf(run) })
    run = []
  }
  for (const one of all) {
    if (one.kind === 'pass') {
      run.push(one)
      continue
    }
    if (one.kind === 'end' && one.by === 'cut') {
      const blank = run.splice(run.findLastIndex(({ feed }) => feed === undefined) + 1)
      const fed = blank.reduce((sum, { feed = 0 }) => sum + feed, 0)
      flush()
      out.push({ ...one, bytes: Buffer.concat([bytesOf(blank), one.bytes]), feeds: one.feeds || fed >= toTheCutter })
      continue
    }
    flush()
    out.push(one)
  }
  flush()
  return out
}

const bytesOf = (pieces: readonly { bytes: Uint8Array }[]): Buffer => Buffer.concat(pieces.map(({ bytes }) => bytes))
