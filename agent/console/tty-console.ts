import type { ReadStream, WriteStream } from 'node:tty'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { Key } from '../machine/inputs.ts'
import type { GlassLine } from '../screens/lay-out.ts'
import type { Console } from './console.ts'
import { createKeyReader } from './keys.ts'

/** So long after an escape a function key's other bytes are there, also on a serial line of 1200 baud. */
const escapeMs = 60

const ends = '\x1b[0m'
const styles: Record<GlassLine['style'], string> = {
  title: '\x1b[1;7m',
  plain: '',
  input: '\x1b[1m',
  warning: '\x1b[1;7m',
  keys: '\x1b[1m',
  status: '\x1b[7m',
}

export interface TtyOptions {
  input: ReadStream
  output: WriteStream
  /** At most so large; the terminal's own size where it is smaller. */
  columns: number
  rows: number
  runtime: Runtime
  /** Ctrl-C: raw mode sends it as a byte, not as a signal. */
  onInterrupt(): void
}

/** The console of a Linux terminal: raw mode, plain ECMA-48 sequences, and only the lines that changed. */
export function openTtyConsole({ input, output, columns, rows, runtime, onInterrupt }: TtyOptions): Console {
  const reader = createKeyReader()
  const shown: string[] = []
  let onKey: (key: Key) => void = () => undefined
  let onResize: () => void = () => undefined
  let cancelRest: Cancel = () => {}
  const take = (bytes: Buffer) => {
    if (bytes.includes(0x03)) return onInterrupt()
    cancelRest()
    for (const key of reader.push(bytes)) onKey(key)
    if (reader.pending)
      cancelRest = runtime.after(escapeMs, () => {
        for (const key of reader.rest()) onKey(key)
      })
  }
  const resized = () => {
    shown.length = 0
    output.write('\x1b[2J')
    onResize()
  }
  input.setRawMode(true)
  input.on('data', take).resume()
  output.on('resize', resized)
  // A cursor would blink where nobody types; text behind the last column stays on its line.
  output.write('\x1b[?25l\x1b[?7l\x1b[2J')
  return {
    get columns() {
      return Math.min(columns, output.columns || columns)
    },
    get rows() {
      return Math.min(rows, output.rows || rows)
    },
    show(lines) {
      let bytes = ''
      for (const [index, { text, style }] of lines.entries()) {
        const line = `${styles[style]}${text}${ends}`
        if (shown[index] === line) continue
        shown[index] = line
        bytes += `\x1b[${index + 1};1H${line}`
      }
      if (bytes !== '') output.write(bytes)
    },
    onKey(listener) {
      onKey = listener
    },
    onResize(listener) {
      onResize = listener
    },
    close() {
      cancelRest()
      input.off('data', take).pause()
      output.off('resize', resized)
      if (input.isTTY) input.setRawMode(false)
      output.write(`${ends}\x1b[?25h\x1b[?7h\x1b[2J\x1b[1;1H`)
    },
  }
}
