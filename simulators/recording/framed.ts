import type { Mask } from './mask.ts'

/** A piece of what a device said, as it came. */
export interface Piece {
  at: number
  bytes: Buffer
}

/** How one kind of device's bytes are cut into messages, and each written without what identifies somebody. */
export interface Framing {
  /** The length of the first whole message; undefined where there is none yet. */
  first(bytes: Buffer): number | undefined
  /** Of the same length. */
  masked(message: Buffer): Buffer
}

export interface MaskedStream {
  push(piece: Piece): Piece[]
  /** What was never whole: masked without being understood. */
  end(): Piece[]
}

/** Half a message is held no longer than this: what is so long is none. */
const longest = 1_000_000

/**
 * Holds pieces back until their message is whole, masks it as one, and gives the pieces out with the times and the cuts
 * that they came with.
 */
export function maskStream({ first, masked }: Framing, mask: Mask): MaskedStream {
  let held: Piece[] = []
  const release = (length: number, bytes: Buffer): Piece[] => {
    const out: Piece[] = []
    for (let from = 0; from < length; ) {
      const [piece] = held
      if (!piece) break
      const size = Math.min(piece.bytes.length, length - from)
      out.push({ at: piece.at, bytes: bytes.subarray(from, from + size) })
      if (size === piece.bytes.length) held.shift()
      else held[0] = { at: piece.at, bytes: piece.bytes.subarray(size) }
      from += size
    }
    return out
  }
  const all = () => Buffer.concat(held.map(({ bytes }) => bytes))
  const flush = (): Piece[] => {
    const bytes = all()
    return release(bytes.length, mask.bytes(bytes))
  }
  return {
    push(piece) {
      held.push({ at: piece.at, bytes: Buffer.from(piece.bytes) })
      const out: Piece[] = []
      for (;;) {
        const bytes = all()
        const length = first(bytes)
        if (length === undefined || length <= 0 || length > bytes.length) break
        const message = masked(Buffer.from(bytes.subarray(0, length)))
        // A mask that changed a length would move every later cut.
        out.push(...release(length, message.length === length ? message : mask.bytes(bytes.subarray(0, length))))
      }
      if (held.reduce((sum, { bytes }) => sum + bytes.length, 0) > longest) out.push(...flush())
      return out
    },
    end() {
      const out = flush()
      held = []
      return out
    },
  }
}
