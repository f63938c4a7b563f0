import { Duplex } from 'node:stream'

/** What of a `ws` WebSocket is used here; the server's side of one. */
export interface WebSocketLike {
  send(data: Uint8Array, done: (error?: Error) => void): void
  close(code?: number): void
  terminate(): void
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): void
  on(event: 'close', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
}

/** A browser gets so long to say goodbye. */
const closingMs = 500

/**
 * A WebSocket as a stream of bytes, for a broker (MQTT 3.1.1, section 6: binary frames, packets may lie across them). What
 * is written at once leaves in few frames: a browser needs as long for a frame as for the packet in it. A text frame is none of
 * MQTT's and ends the line.
 */
export function websocketLine(socket: WebSocketLike, { remoteAddress }: { remoteAddress: string | undefined }) {
  const line: Duplex & { remoteAddress?: string | undefined } = new Duplex({
    // A page that floods is not read ahead of the broker further than the line's own buffer: the broker's guard reads late.
    read() {},
    // The next is taken a turn of the loop later: what is written meanwhile goes with it.
    write(chunk: Buffer, _encoding, done) {
      socket.send(chunk, (error) => setImmediate(done, error))
    },
    writev(chunks, done) {
      const frames = framesOf(chunks.map(({ chunk }) => chunk as Buffer))
      const last = frames.pop()
      // One that fails ends the line, and the last with it.
      for (const frame of frames) socket.send(frame, () => {})
      if (last) socket.send(last, (error) => setImmediate(done, error))
      else done()
    },
    final(done) {
      socket.close(1000)
      done()
    },
    destroy(error, done) {
      socket.close(1000)
      setTimeout(() => socket.terminate(), closingMs).unref()
      done(error)
    },
  })
  line.remoteAddress = remoteAddress
  socket.on('message', (data, isBinary) => {
    if (!isBinary) return void line.destroy()
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)
    if (!line.destroyed) line.push(bytes)
    if (line.readableLength > mostUnread) line.destroy()
  })
  socket.on('close', () => {
    line.push(null)
    line.destroy()
  })
  socket.on('error', () => line.destroy())
  return line
}

/** A page reads a frame in one go, and does nothing else meanwhile. */
const frameMost = 32 * 1024

/** The pieces in their order, joined to frames of about that size. */
function framesOf(pieces: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = []
  let from = 0
  let bytes = 0
  for (const [i, piece] of pieces.entries()) {
    bytes += piece.length
    if (bytes < frameMost && i < pieces.length - 1) continue
    frames.push(Buffer.concat(pieces.slice(from, i + 1)))
    from = i + 1
    bytes = 0
  }
  return frames
}

/** Whoever sends more than this ahead of what is read is no page of ours. */
const mostUnread = 1024 * 1024
