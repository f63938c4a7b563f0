import type { Duplex } from 'node:stream'

/** Who listens to what passes between a device and its driver, behind any TLS: a recorder. Raw, and so never logged or kept as it is. */
export interface LineEar {
  /** One line, from its beginning. `who`: the device that the line itself shows, where it serves several. */
  connected(line: { who?: string }): OverheardLine
}

export interface OverheardLine {
  fromDevice(bytes: Uint8Array): void
  fromGateway(bytes: Uint8Array): void
  ended(): void
}

/** Lets the ear hear a line. Call it before anything is read. Changes nothing for whoever reads and writes. */
export function overhear(socket: Duplex, ear: LineEar | undefined, line: { who?: string } = {}): void {
  if (!ear) return
  const heard = ear.connected(line)
  socket.on('data', (bytes: Buffer) => heard.fromDevice(bytes))
  socket.once('close', () => heard.ended())
  const write = socket.write.bind(socket) as (chunk: string | Uint8Array, ...rest: unknown[]) => boolean
  socket.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const [encoding] = rest
    heard.fromGateway(
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : chunk,
    )
    return write(chunk, ...rest)
  }) as typeof socket.write
}
