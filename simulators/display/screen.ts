import { type CodePage, decodeBytes } from '#drivers/printed-text/code-pages.ts'

/** What stands on a display of 2 × 20 characters, out of the bytes it was sent: both dialects, in any pieces. */
export interface Screen {
  take(bytes: Uint8Array): void
  /** Two lines of 20 characters. */
  lines(): [string, string]
}

const columns = 20
const rows = 2

type Step = 'text' | 'escape' | 'unit' | 'column' | 'row' | 'escape-q' | 'line-a' | 'line-b' | 'skip'

/** `codePage`: of a model that has other letters than ASCII's. */
export function createScreen({ codePage }: { codePage?: CodePage } = {}): Screen {
  let cells = blank()
  let cursor = 0
  let step: Step = 'text'
  let column = 1

  const put = (byte: number) => {
    cells[cursor] =
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : codePage ? decodeBytes(Uint8Array.of(byte), codePage) : '·'
    cursor = (cursor + 1) % cells.length
  }
  const clear = () => {
    cells = blank()
    cursor = 0
  }
  const text = (byte: number): Step => {
    if (byte === 0x1b) return 'escape'
    if (byte === 0x1f) return 'unit'
    if (byte === 0x0c) clear()
    else if (byte === 0x0b) cursor = 0
    else if (byte >= 0x20) put(byte)
    return 'text'
  }
  /** `ESC Q A` / `ESC Q B`: the line's characters up to a carriage return. */
  const line = (byte: number): Step => {
    if (byte === 0x0d) return 'text'
    put(byte)
    return step
  }
  const steps: Record<Step, (byte: number) => Step> = {
    text,
    escape(byte) {
      if (byte === 0x40) clear()
      if (byte === 0x51) return 'escape-q'
      return byte === 0x74 ? 'skip' : 'text'
    },
    unit: (byte) => (byte === 0x24 ? 'column' : 'text'),
    column(byte) {
      column = Math.min(Math.max(byte, 1), columns)
      return 'row'
    },
    row(byte) {
      cursor = (Math.min(Math.max(byte, 1), rows) - 1) * columns + column - 1
      return 'text'
    },
    'escape-q'(byte) {
      const row = byte === 0x42 ? 1 : 0
      cells.fill(' ', row * columns, (row + 1) * columns)
      cursor = row * columns
      return row === 1 ? 'line-b' : 'line-a'
    },
    'line-a': line,
    'line-b': line,
    skip: () => 'text',
  }

  return {
    take(bytes) {
      for (const byte of bytes) step = steps[step](byte)
    },
    lines: () => [cells.slice(0, columns).join(''), cells.slice(columns).join('')],
  }
}

const blank = (): string[] => Array.from({ length: columns * rows }, () => ' ')
