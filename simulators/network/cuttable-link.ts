import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { listenOn } from './listening.ts'

/** A TCP line between a store and its club that can be cut in the middle, as an excavator does. */
export interface CuttableLink {
  /** Where the store connects to. */
  readonly port: number
  /** Ends what is connected and refuses what comes, until `restore`. */
  cut(): void
  /** Cuts it as soon as so many further bytes have come back to whoever called. */
  cutAfter(bytes: number): void
  restore(): void
  close(): Promise<void>
}

/** What passed a line; `connection` counts from 1. */
export interface PassedBytes {
  connection: number
  to: 'club' | 'store'
  bytes: Buffer
}

/** Listens on the loopback (`port` 0: any free one) and passes bytes on to `to` on the same machine. */
export async function startCuttableLink(options: {
  to: number
  port?: number
  onBytes?(passed: PassedBytes): void
}): Promise<CuttableLink> {
  const { onBytes } = options
  const sockets = new Set<Socket>()
  let connections = 0
  let whole = true
  let left = Number.POSITIVE_INFINITY
  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => sockets.delete(socket))
  }
  /** What comes back passes, until the cut that `cutAfter` has set. */
  const gate = () =>
    new Transform({
      transform(bytes: Buffer, _, done) {
        const passed = bytes.subarray(0, left)
        left -= passed.length
        if (passed.length < bytes.length) setImmediate(cut)
        done(null, passed)
      },
    })
  const server = createServer({ noDelay: true }, (near) => {
    if (!whole) return void near.destroy()
    const far = createConnection({ host: '127.0.0.1', port: options.to, noDelay: true })
    hold(near)
    hold(far)
    // Either end's loss is the other's: an error is always followed by close.
    near.on('error', () => undefined).on('close', () => far.destroy())
    far.on('error', () => undefined).on('close', () => near.destroy())
    near.pipe(far)
    far.pipe(gate()).pipe(near)
    if (!onBytes) return
    connections += 1
    const connection = connections
    near.on('data', (bytes: Buffer) => onBytes({ connection, to: 'club', bytes }))
    far.on('data', (bytes: Buffer) => onBytes({ connection, to: 'store', bytes }))
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: options.port ?? 0 })
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  const cut = () => {
    whole = false
    left = Number.POSITIVE_INFINITY
    drop()
  }
  return {
    port,
    cut,
    cutAfter(bytes) {
      left = bytes
    },
    restore() {
      whole = true
    },
    async close() {
      server.close()
      drop()
      if (server.listening || sockets.size > 0) await once(server, 'close')
    },
  }
}
