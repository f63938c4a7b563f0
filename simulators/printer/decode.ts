import type { Bitmap } from '#protocol/bitmap.ts'

/**
 * What an ESC/POS printer is told, as data. Sources: Epson's ESC/POS command reference; names as there.
 * `setting` changes the look of what follows and nothing that this printer shows; `unknown` are bytes that it does not
 * know, which a real printer would print as junk or silently swallow.
 */
export type Command =
  | { kind: 'init' }
  | { kind: 'align'; align: 'left' | 'center' | 'right' }
  | { kind: 'text'; text: string }
  | { kind: 'feed'; lines: number }
  | { kind: 'feed-dots'; dots: number }
  | { kind: 'raster'; bitmap: Bitmap }
  | { kind: 'qr'; content: string }
  | { kind: 'barcode'; symbology: number; content: string }
  | { kind: 'cut'; cut: 'full' | 'partial' }
  | { kind: 'drawer'; pin: 2 | 5; onMs: number; offMs: number }
  | { kind: 'setting'; bytes: Uint8Array }
  /** `10 04 n`: answered at once, whatever is being printed. */
  | { kind: 'status-request'; n: number }
  /** `1D 61 n`: a bit for each kind of change to be reported; 0 turns it off. */
  | { kind: 'automatic-status'; mask: number }
  /** `1D 72 n`: answered when it is reached, after what came before it. */
  | { kind: 'transmit-status'; n: number }
  /** `1D 28 48 … d1 d2 d3 d4`: answered when everything before it is on paper. */
  | { kind: 'process-id'; id: Uint8Array }
  | { kind: 'unknown'; bytes: Uint8Array }

export interface Decoder {
  /** The commands that these bytes complete; what is unfinished waits for more. */
  push(bytes: Uint8Array): Command[]
  /** The end of the stream: gives out text that nothing has ended, and unfinished bytes as `unknown`. */
  end(): Command[]
}

const LF = 0x0a
const CR = 0x0d
const DLE = 0x10
const ESC = 0x1b
const FS = 0x1c
const GS = 0x1d

/** More than any receipt: 4 MiB of dots are 7 m of 80 mm paper. A longer raster header is garbage. */
const rasterLimit = 4 * 1024 * 1024

/** Commands of a fixed length that set how things look: byte after ESC or GS → how many arguments follow. */
const escSettings = new Map(
  Object.entries({
    '!': 1,
    E: 1,
    G: 1,
    M: 1,
    R: 1,
    t: 1,
    '2': 0,
    '3': 1,
    '-': 1,
    ' ': 1,
    '{': 1,
    V: 1,
    '=': 1,
    $: 2,
    '\\': 2,
    S: 0,
    L: 0,
    U: 1,
  }).map(([letter, count]) => [letter.charCodeAt(0), count]),
)
const gsSettings = new Map(
  Object.entries({ '!': 1, B: 1, b: 1, L: 2, W: 2, h: 1, w: 1, H: 1, f: 1, P: 2, $: 2, I: 1 }).map(([letter, count]) => [
    letter.charCodeAt(0),
    count,
  ]),
)

/** One command's end, or the wish for more bytes. */
type Step = { length: number; command?: Command } | 'more'

/**
 * Splits a printer's byte stream into commands, however the bytes are cut into pieces: pushing them one by one gives
 * the same commands as pushing them together.
 */
export function createDecoder(): Decoder {
  let pending: Uint8Array = new Uint8Array()
  let text = ''
  let qrContent = ''

  function step(bytes: Uint8Array): Step {
    switch (bytes[0]) {
      case LF:
        return { length: 1, command: { kind: 'feed', lines: 1 } }
      case CR:
        return { length: 1 }
      case DLE:
        return realTime(bytes)
      case ESC:
        return escaped(bytes)
      case GS:
        return group(bytes)
      case FS:
        // `FS &` and `FS .` switch the characters of East Asia on and off.
        return counted(bytes, 2, (all) => ({
          kind: all[1] === code('&') || all[1] === code('.') ? 'setting' : 'unknown',
          bytes: all,
        }))
      default:
        return { length: 1, command: { kind: 'unknown', bytes: bytes.slice(0, 1) } }
    }
  }

  function group(bytes: Uint8Array): Step {
    const [, letter] = bytes
    if (letter === undefined) return 'more'
    if (letter === code('(')) return extended(bytes)
    const settings = gsSettings.get(letter)
    if (settings !== undefined) return counted(bytes, 2 + settings, (all) => ({ kind: 'setting', bytes: all }))
    switch (letter) {
      case code('v'):
        return raster(bytes)
      case code('V'):
        return cut(bytes)
      case code('k'):
        return barcode(bytes)
      case code('a'):
        return counted(bytes, 3, ([, , mask = 0]) => ({ kind: 'automatic-status', mask }))
      case code('r'):
        return counted(bytes, 3, ([, , n = 0]) => ({ kind: 'transmit-status', n }))
      default:
        return counted(bytes, 2, (all) => ({ kind: 'unknown', bytes: all }))
    }
  }

  /** `GS ( letter pL pH …`: these tell their own length, so that even unknown ones can be skipped. */
  function extended(bytes: Uint8Array): Step {
    const [, , letter, low, high] = bytes
    if (letter === undefined || low === undefined || high === undefined) return 'more'
    return counted(bytes, 5 + low + 256 * high, (all) => {
      const body = all.slice(5)
      if (letter === code('H') && body.length === 6 && body[0] === 0x30 && body[1] === 0x30)
        return { kind: 'process-id', id: body.slice(2) }
      if (letter === code('k') && body[0] === 0x31) return qr(body) ?? { kind: 'setting', bytes: all }
      return { kind: 'unknown', bytes: all }
    })
  }

  /** Function 80 stores the symbol's data, 81 prints it; 65, 67 and 69 set model, size and error correction. */
  function qr(body: Uint8Array): Command | undefined {
    if (body[1] === 80) qrContent = Buffer.from(body.subarray(3)).toString('utf8')
    return body[1] === 81 ? { kind: 'qr', content: qrContent } : undefined
  }

  function flushed(): Command[] {
    if (text === '') return []
    const command: Command = { kind: 'text', text }
    text = ''
    return [command]
  }

  return {
    push(bytes) {
      // Not a Buffer, whose `slice` would hand out views of the socket's memory.
      const all = Uint8Array.from(Buffer.concat([pending, bytes]))
      const commands: Command[] = []
      let at = 0
      while (at < all.length) {
        const byte = all[at] ?? 0
        if (byte >= 0x20) {
          text += String.fromCharCode(byte)
          at += 1
          continue
        }
        const next = step(all.subarray(at))
        if (next === 'more') break
        at += next.length
        if (next.command) commands.push(...flushed(), next.command)
      }
      pending = all.slice(at)
      return commands
    },
    end() {
      const unfinished: Command[] = pending.length === 0 ? [] : [{ kind: 'unknown', bytes: pending }]
      pending = new Uint8Array()
      return [...flushed(), ...unfinished]
    },
  }
}

const code = (letter: string): number => letter.charCodeAt(0)

/** A command of `length` bytes in all, once they are there. */
function counted(bytes: Uint8Array, length: number, make: (all: Uint8Array) => Command): Step {
  return bytes.length < length ? 'more' : { length, command: make(bytes.slice(0, length)) }
}

function realTime(bytes: Uint8Array): Step {
  const [, next] = bytes
  if (next === undefined) return 'more'
  if (next === 0x04) return counted(bytes, 3, ([, , n = 0]) => ({ kind: 'status-request', n }))
  if (next === 0x05) return counted(bytes, 3, (all) => ({ kind: 'setting', bytes: all }))
  return { length: 1, command: { kind: 'unknown', bytes: bytes.slice(0, 1) } }
}

function escaped(bytes: Uint8Array): Step {
  const [, letter] = bytes
  if (letter === undefined) return 'more'
  const settings = escSettings.get(letter)
  if (settings !== undefined) return counted(bytes, 2 + settings, (all) => ({ kind: 'setting', bytes: all }))
  switch (letter) {
    case code('@'):
      return { length: 2, command: { kind: 'init' } }
    case code('a'):
      return counted(bytes, 3, (all) => alignment(all))
    case code('d'):
      return counted(bytes, 3, ([, , lines = 0]) => ({ kind: 'feed', lines }))
    case code('J'):
      return counted(bytes, 3, ([, , dots = 0]) => ({ kind: 'feed-dots', dots }))
    case code('p'):
      return counted(bytes, 5, ([, , pin, on = 0, off = 0]) => ({
        kind: 'drawer',
        pin: pin === 0 || pin === 0x30 ? 2 : 5,
        onMs: on * 2,
        offMs: off * 2,
      }))
    case code('i'):
      return { length: 2, command: { kind: 'cut', cut: 'full' } }
    case code('m'):
      return { length: 2, command: { kind: 'cut', cut: 'partial' } }
    default:
      return { length: 2, command: { kind: 'unknown', bytes: bytes.slice(0, 2) } }
  }
}

function alignment(all: Uint8Array): Command {
  const align = (['left', 'center', 'right'] as const)[(all[2] ?? 0) % 0x30]
  return align ? { kind: 'align', align } : { kind: 'unknown', bytes: all }
}

/** `GS v 0 m xL xH yL yH …`: x bytes a row, y rows. */
function raster(bytes: Uint8Array): Step {
  if (bytes.length < 8) return 'more'
  const [, , zero, , xLow = 0, xHigh = 0, yLow = 0, yHigh = 0] = bytes
  const stride = xLow + 256 * xHigh
  const height = yLow + 256 * yHigh
  if (zero !== 0x30 || stride * height > rasterLimit) return { length: 8, command: { kind: 'unknown', bytes: bytes.slice(0, 8) } }
  return counted(bytes, 8 + stride * height, (all) => ({
    kind: 'raster',
    bitmap: { width: stride * 8, height, data: all.slice(8) },
  }))
}

/** `GS V m`, where m 65, 66, 97, 98, 103 and 104 have a distance to feed behind it. */
function cut(bytes: Uint8Array): Step {
  const [, , mode] = bytes
  if (mode === undefined) return 'more'
  return counted(bytes, mode >= 65 ? 4 : 3, () => ({ kind: 'cut', cut: mode % 2 === (mode >= 65 ? 1 : 0) ? 'full' : 'partial' }))
}

/** `GS k m …`: up to m = 6 the data ends with NUL, from 65 on its length stands before it. */
function barcode(bytes: Uint8Array): Step {
  const [, , symbology, length] = bytes
  if (symbology === undefined) return 'more'
  if (symbology >= 65) {
    if (length === undefined) return 'more'
    return counted(bytes, 4 + length, (all) => ({ kind: 'barcode', symbology, content: latin(all.subarray(4)) }))
  }
  const end = bytes.indexOf(0, 3)
  if (end !== -1) return { length: end + 1, command: { kind: 'barcode', symbology, content: latin(bytes.subarray(3, end)) } }
  return bytes.length > 258 ? { length: 3, command: { kind: 'unknown', bytes: bytes.slice(0, 3) } } : 'more'
}

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
