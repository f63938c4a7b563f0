/** Numbers from a seed (mulberry32): the same seed gives the same ones, so that a failure can be had again. */
export function numbersOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Bytes that often mean something: ends, escapes, signs of length, the corners of a byte. */
const loud = [
  0x00, 0x01, 0x02, 0x03, 0x06, 0x0a, 0x0d, 0x10, 0x15, 0x1b, 0x1d, 0x22, 0x2c, 0x30, 0x39, 0x5b, 0x7b, 0x7d, 0x7f, 0x80, 0xef,
  0xfe, 0xff,
]

type Numbers = (below: number) => number

const anyBytes = (next: Numbers, longest: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: next(longest + 1) }, () => (next(3) === 0 ? (loud[next(loud.length)] ?? 0) : next(256))))

/** One input: rubbish, or a valid message that was cut, doubled, or changed in a few places. */
export function inputOf(seed: number, samples: readonly Buffer[]): Buffer {
  const next = numbersOf(seed)
  if (samples.length === 0 || next(5) === 0) return anyBytes(next, 120)
  let bytes: Buffer = Buffer.from(samples[next(samples.length)] ?? [])
  for (let changes = 1 + next(4); changes > 0; changes -= 1) {
    const at = next(bytes.length + 1)
    const to = Math.min(bytes.length, at + next(12))
    switch (next(6)) {
      case 0:
        if (bytes.length > 0) bytes[at % bytes.length] = next(256)
        break
      case 1:
        if (bytes.length > 0) bytes[at % bytes.length] = loud[next(loud.length)] ?? 0
        break
      case 2:
        bytes = bytes.subarray(0, at)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), anyBytes(next, 8), bytes.subarray(at)])
    }
  }
  return bytes
}

/** The same bytes in pieces, some of them empty or of one byte. */
export function piecesOf(seed: number, bytes: Buffer): Buffer[] {
  const next = numbersOf(seed)
  const widest = [1, 3, 20, bytes.length][next(4)] ?? 1
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + next(widest + 1))
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}
