/** Frames of a stream of bytes. After `broken` a reader returns nothing more: the stream cannot be trusted again. */
export interface FrameReader {
  push(bytes: Uint8Array): Buffer[]
  readonly broken: boolean
}

/** A message on TCP: its length as two bytes, the higher first, which do not count themselves. */
export function lengthFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(message.length + 2)
  frame.writeUInt16BE(message.length)
  frame.set(message, 2)
  return frame
}

/** Cuts a TCP stream into messages. A length of 0 (a keep-alive of some terminals) is no message. */
export function createLengthReader({ longest }: { longest: number }): FrameReader {
  let pieces: Buffer[] = []
  let length = 0
  let broken = false
  return {
    get broken() {
      return broken
    },
    push(bytes) {
      if (broken) return []
      pieces.push(Buffer.from(bytes))
      length += bytes.length
      if (length < 2) return []
      let rest = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
      const messages: Buffer[] = []
      while (rest.length >= 2) {
        const size = rest.readUInt16BE()
        if (size > longest) {
          broken = true
          pieces = []
          return messages
        }
        if (rest.length < size + 2) break
        if (size > 0) messages.push(rest.subarray(2, size + 2))
        rest = rest.subarray(size + 2)
      }
      pieces = rest.length > 0 ? [rest] : []
      length = rest.length
      return messages
    },
  }
}

export const control = { stx: 0x02, etx: 0x03, ack: 0x06, nak: 0x15 } as const

/** The longitudinal check: all bytes behind STX up to ETX and with it, by exclusive or. */
const lrcOf = (bytes: Uint8Array): number => bytes.reduce((lrc, byte) => lrc ^ byte, control.etx)

/** A message on a serial line. It must be text (the hex dialect): an ETX inside would end it. */
export function serialFrame(message: Uint8Array): Buffer {
  return Buffer.from([control.stx, ...message, control.etx, lrcOf(message)])
}

export type SerialPiece = { kind: 'message'; bytes: Buffer } | { kind: 'ack' } | { kind: 'nak' } | { kind: 'damaged' }

/** Cuts a serial line into frames and single ACKs and NAKs. What stands between frames is not looked at. */
export function createSerialReader({ longest }: { longest: number }): { push(bytes: Uint8Array): SerialPiece[] } {
  let inside: number[] | undefined
  let awaitsCheck = false
  return {
    push(bytes) {
      const pieces: SerialPiece[] = []
      for (const byte of bytes) {
        if (awaitsCheck && inside) {
          const message = Buffer.from(inside)
          pieces.push(lrcOf(message) === byte ? { kind: 'message', bytes: message } : { kind: 'damaged' })
          inside = undefined
          awaitsCheck = false
        } else if (inside) {
          if (byte === control.etx) awaitsCheck = true
          else if (byte === control.stx) inside = []
          else if (inside.length >= longest) {
            pieces.push({ kind: 'damaged' })
            inside = undefined
          } else inside.push(byte)
        } else if (byte === control.stx) inside = []
        else if (byte === control.ack) pieces.push({ kind: 'ack' })
        else if (byte === control.nak) pieces.push({ kind: 'nak' })
      }
      return pieces
    },
  }
}
