/**
 * A printer's byte stream cut into commands, so that text can be read out of it and a cut be found: the place of a cut
 * byte inside a picture must not be taken for one. Every byte comes out again, in its order; what is not known passes as
 * `other`. Source: Epson's ESC/POS command reference; the lengths of clones' additions from their manuals.
 */
export type Token = { bytes: Uint8Array } & (
  | { kind: 'text' }
  /** The line is printed, and so many lines of paper are fed. */
  | { kind: 'line-end'; lines: number }
  | { kind: 'return' }
  | { kind: 'tab' }
  | { kind: 'cut'; feeds: boolean }
  /** A picture of `rows` dots begins. */
  | { kind: 'picture'; rows: number }
  /** The rest of a long command, as it comes. */
  | { kind: 'payload' }
  | { kind: 'code-page'; n: number }
  | { kind: 'align'; n: number }
  | { kind: 'left-margin'; dots: number }
  | { kind: 'page-mode'; on: boolean }
  | { kind: 'reset' }
  /** Answered by the printer when it arrives, whatever is before it. */
  | { kind: 'real-time' }
  | { kind: 'other' }
)

type Kind = Token extends infer T ? (T extends Token ? Omit<T, 'bytes'> : never) : never

/** What one command is: its length, what it means, and what follows it. */
type Step = { length: number; token: Kind; payload?: number; repeat?: Repeat } | 'more'

/** A list of parts that each have a small header and a payload of a length that the header tells. */
interface Repeat {
  left: number
  header: number
  size(header: Uint8Array): number
}

export interface Tokenizer {
  /** The tokens that these bytes complete; up to 32 bytes of an unfinished command wait for more. */
  push(bytes: Uint8Array): Token[]
  /** The end of the stream: whatever waits comes out as it is. */
  end(): Token[]
}

/** At the line spacing that printers start with. */
const dotsOfLine = 30
/** More than any picture: 4 MiB of dots are 7 m of 80 mm paper. A longer header is rubbish, not a picture. */
const payloadLimit = 4 * 1_024 * 1_024
/** The longest header that is waited for. */
const headerLimit = 32

export function createTokenizer(): Tokenizer {
  let waiting: Uint8Array = new Uint8Array()
  let payload = 0
  let repeat: Repeat | undefined

  const next = (all: Uint8Array): { length: number; token: Kind } | 'more' => {
    if (payload > 0) {
      const length = Math.min(payload, all.length)
      payload -= length
      return { length, token: { kind: 'payload' } }
    }
    if (repeat) {
      if (all.length < repeat.header) return 'more'
      const { header, size } = repeat
      payload = bounded(size(all.subarray(0, header)))
      repeat = repeat.left > 1 ? { ...repeat, left: repeat.left - 1 } : undefined
      return { length: header, token: { kind: 'payload' } }
    }
    const step = readCommand(all)
    if (step === 'more') return all.length < headerLimit ? 'more' : { length: 1, token: { kind: 'other' } }
    payload = bounded(step.payload ?? 0)
    repeat = step.repeat && step.repeat.left > 0 ? step.repeat : undefined
    return step
  }

  return {
    push(bytes) {
      const all = waiting.length === 0 ? Uint8Array.from(bytes) : Uint8Array.from(Buffer.concat([waiting, bytes]))
      const tokens: Token[] = []
      let at = 0
      while (at < all.length) {
        const found = next(all.subarray(at))
        if (found === 'more') break
        tokens.push({ ...found.token, bytes: all.slice(at, at + found.length) } as Token)
        at += found.length
      }
      waiting = all.slice(at)
      return tokens
    },
    end() {
      const rest: Token[] = waiting.length > 0 ? [{ kind: 'other', bytes: waiting }] : []
      waiting = new Uint8Array()
      payload = 0
      repeat = undefined
      return rest
    },
  }
}

const bounded = (length: number): number => (length > payloadLimit ? 0 : length)
const code = (letter: string): number => letter.charCodeAt(0)
const other: Kind = { kind: 'other' }
const word = (low = 0, high = 0): number => low + 256 * high

/** A command of `length` bytes in all, once they are there. */
const counted = (all: Uint8Array, length: number, token: Kind = other): Step => (all.length < length ? 'more' : { length, token })

/** A header of `length` bytes with `size` more behind it. */
const withPayload = (all: Uint8Array, length: number, size: () => number, token: Kind = other): Step =>
  all.length < length ? 'more' : { length, token, payload: size() }

function readCommand(all: Uint8Array): Step {
  const first = all[0] ?? 0
  if (first >= 0x20) {
    let length = 1
    while (length < all.length && (all[length] ?? 0) >= 0x20) length += 1
    return { length, token: { kind: 'text' } }
  }
  switch (first) {
    case 0x09:
      return { length: 1, token: { kind: 'tab' } }
    case 0x0a:
    case 0x0c:
      return { length: 1, token: { kind: 'line-end', lines: 1 } }
    case 0x0d:
      return { length: 1, token: { kind: 'return' } }
    case 0x10:
      return realTime(all)
    case 0x1b:
      return escaped(all)
    case 0x1c:
      return kanji(all)
    case 0x1d:
      return group(all)
    default:
      return { length: 1, token: other }
  }
}

function realTime(all: Uint8Array): Step {
  const [, second, third] = all
  if (second === undefined) return 'more'
  const token: Kind = { kind: 'real-time' }
  if (second === 0x04) return third === undefined ? 'more' : counted(all, [0x07, 0x08, 0x12].includes(third) ? 4 : 3, token)
  if (second === 0x05) return counted(all, 3, token)
  if (second === 0x14) return third === undefined ? 'more' : counted(all, third === 8 ? 10 : 5, token)
  return { length: 1, token: other }
}

/** Arguments behind `ESC letter`. */
const escArguments = new Map(
  Object.entries({
    ' ': 1,
    '!': 1,
    '%': 1,
    '-': 1,
    '3': 1,
    '=': 1,
    '?': 1,
    B: 2,
    E: 1,
    G: 1,
    K: 1,
    M: 1,
    R: 1,
    T: 1,
    U: 1,
    V: 1,
    W: 8,
    '9': 1,
    c: 2,
    e: 1,
    p: 3,
    r: 1,
    u: 1,
    '{': 1,
    $: 2,
    '\\': 2,
  }).map(([letter, count]) => [code(letter), count]),
)

function escaped(all: Uint8Array): Step {
  const [, letter, n = 0] = all
  if (letter === undefined) return 'more'
  const count = escArguments.get(letter)
  if (count !== undefined) return counted(all, 2 + count)
  switch (letter) {
    case code('@'):
      return { length: 2, token: { kind: 'reset' } }
    case code('i'):
    case code('m'):
      return { length: 2, token: { kind: 'cut', feeds: false } }
    case code('a'):
      return counted(all, 3, { kind: 'align', n: n % 0x30 })
    case code('t'):
      return counted(all, 3, { kind: 'code-page', n })
    case code('d'):
      return counted(all, 3, { kind: 'line-end', lines: n })
    case code('J'):
      return counted(all, 3, { kind: 'line-end', lines: n / dotsOfLine })
    case code('L'):
      return { length: 2, token: { kind: 'page-mode', on: true } }
    case code('S'):
      return { length: 2, token: { kind: 'page-mode', on: false } }
    case code('('):
      return withPayload(all, 5, () => word(all[3], all[4]))
    case code('*'):
      return withPayload(all, 5, () => word(all[3], all[4]) * (n >= 32 ? 3 : 1), { kind: 'picture', rows: n >= 32 ? 24 : 8 })
    case code('D'):
      return tabStops(all)
    case code('&'):
      return ownCharacters(all)
    case code('Z'):
      return withPayload(all, 7, () => word(all[5], all[6]))
    default:
      return { length: 2, token: other }
  }
}

/** `ESC D n1 … nk NUL`, at most 32 stops. */
function tabStops(all: Uint8Array): Step {
  const end = all.indexOf(0, 2)
  if (end >= 0) return { length: end + 1, token: other }
  return all.length < headerLimit ? 'more' : { length: 2, token: other }
}

/** `ESC & y c1 c2 [x d1 … dxy] …`: the shapes of characters c1 to c2. */
function ownCharacters(all: Uint8Array): Step {
  if (all.length < 5) return 'more'
  const [, , height = 0, from = 0, to = 0] = all
  return { length: 5, token: other, repeat: { left: to - from + 1, header: 1, size: ([width = 0]) => width * height } }
}

/** Arguments behind `FS letter`. */
const fsArguments = new Map(
  Object.entries({ '!': 1, '-': 1, C: 1, W: 1, S: 2, '?': 2 }).map(([letter, count]) => [code(letter), count]),
)

function kanji(all: Uint8Array): Step {
  const [, letter, n = 0] = all
  if (letter === undefined) return 'more'
  if (letter === code('p')) return counted(all, 4, { kind: 'picture', rows: 0 })
  if (letter === code('2')) return withPayload(all, 4, () => 72)
  const count = fsArguments.get(letter)
  if (count !== undefined) return counted(all, 2 + count)
  switch (letter) {
    case code('('):
      return withPayload(all, 5, () => word(all[3], all[4]))
    case code('g'):
      return withPayload(all, 10, () => (n === 0x31 ? word(all[8], all[9]) : 0))
    case code('q'):
      return all.length < 3 ? 'more' : { length: 3, token: other, repeat: { left: n, header: 4, size: bitImageBytes } }
    default:
      return { length: 2, token: other }
  }
}

/** `xL xH yL yH`: x columns of y × 8 … dots, as `FS q` has them. */
const bitImageBytes = ([xLow, xHigh, yLow, yHigh]: Uint8Array): number => word(xLow, xHigh) * word(yLow, yHigh) * 8

/** Arguments behind `GS letter`. */
const gsArguments = new Map(
  Object.entries({
    '!': 1,
    $: 2,
    '/': 1,
    B: 1,
    E: 1,
    H: 1,
    I: 1,
    P: 2,
    T: 1,
    W: 2,
    '\\': 2,
    '^': 3,
    a: 1,
    b: 1,
    f: 1,
    h: 1,
    j: 1,
    r: 1,
    w: 1,
  }).map(([letter, count]) => [code(letter), count]),
)

function group(all: Uint8Array): Step {
  const [, letter, n] = all
  if (letter === undefined) return 'more'
  const count = gsArguments.get(letter)
  if (count !== undefined) return counted(all, 2 + count)
  switch (letter) {
    case code('V'):
      return n === undefined ? 'more' : cut(all, n)
    case code('L'):
      return counted(all, 4, { kind: 'left-margin', dots: word(all[2], all[3]) })
    case code('v'):
      return withPayload(all, 8, () => word(all[4], all[5]) * word(all[6], all[7]), {
        kind: 'picture',
        rows: word(all[6], all[7]),
      })
    case code('('):
      return withPayload(
        all,
        5,
        () => word(all[3], all[4]),
        n === code('L') ? { kind: 'picture', rows: graphicRows(all) } : other,
      )
    case code('8'):
      return withPayload(all, 7, () => word(all[3], all[4]) + 65_536 * word(all[5], all[6]), { kind: 'picture', rows: 0 })
    case code('*'):
      return withPayload(all, 4, () => (n ?? 0) * (all[3] ?? 0) * 8)
    case code('Q'):
      return withPayload(all, 8, () => word(all[4], all[5]) * word(all[6], all[7]), { kind: 'picture', rows: 8 })
    case code('k'):
      return n === undefined ? 'more' : barcode(all, n)
    case code('g'):
      return counted(all, 6)
    case code('z'):
      return counted(all, 5)
    case code('C'):
      return n === undefined ? 'more' : counted(all, n === 0x30 || n === 0x32 ? 5 : n === 0x31 ? 9 : 3)
    default:
      return { length: 2, token: other }
  }
}

/** Only a command that carries dots counts as a picture's rows; which, its body says, so any is taken for one dot. */
const graphicRows = (all: Uint8Array): number => (word(all[3], all[4]) > 10 ? 1 : 0)

/** `GS V m`; with m 65, 66, 97, 98, 103 and 104 a distance to feed first. */
function cut(all: Uint8Array, mode: number): Step {
  if ([0, 1, 0x30, 0x31].includes(mode)) return counted(all, 3, { kind: 'cut', feeds: false })
  if ([65, 66, 97, 98, 103, 104].includes(mode)) return counted(all, 4, { kind: 'cut', feeds: true })
  return { length: 2, token: other }
}

/** `GS k m …`: up to m = 6 the data ends with NUL, from 65 on its length stands before it. */
function barcode(all: Uint8Array, symbology: number): Step {
  if (symbology >= 65) return withPayload(all, 4, () => all[3] ?? 0)
  const end = all.indexOf(0, 3)
  if (end >= 0) return { length: end + 1, token: other }
  return all.length < headerLimit ? 'more' : { length: 3, token: other }
}
