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
  /**
   * Nothing passes any more and nobody is told: both ends go on believing in a connection that is half-open. What they
   * send waits, as TCP sends it again; `restore` lets it pass, `forget` loses it with its connections.
   */
  hold(): void
  /** What was connected is lost, as where a router in between has restarted: each end hears of it when it sends. */
  forget(): void
  /** Each piece of bytes takes so much longer, milliseconds; 0: none. */
  delay(ms: number): void
  /** The club's side of each connection ends, as far as the store sees; what the store sends is swallowed. */
  halfClose(): void
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
  const pairs = new Set<{ near: Socket; far: Socket }>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => sockets.delete(socket))
  }
  let delayMs = 0
  let held: Promise<void> | undefined
  let letGo = () => {}
  /** Bytes wait here while the line is slow or holds them, in their order; as many as come. */
  const slowly = () => {
    let last = Promise.resolve()
    let waiting = 0
    return new Transform({
      transform(bytes: Buffer, _, done) {
        if (delayMs === 0 && !held && waiting === 0) return done(null, bytes)
        const due = delayMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, delayMs))
        waiting += 1
        last = last.then(async () => {
          await due
          while (held) await held
          waiting -= 1
          this.push(bytes)
        })
        done()
      },
      flush(done) {
        void last.then(() => done())
      },
    })
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
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    if (!whole) return void near.destroy()
    const far = createConnection({ host: '127.0.0.1', port: options.to, noDelay: true })
    keep(near)
    keep(far)
    pairs.add({ near, far })
    // Either end's loss is the other's, once the line tells it: an error is always followed by close.
    const lose = (other: Socket) => void (held ?? Promise.resolve()).then(() => other.destroy())
    near.on('error', () => undefined).on('close', () => lose(far))
    far.on('error', () => undefined).on('close', () => lose(near))
    near.pipe(slowly()).pipe(far)
    far.pipe(slowly()).pipe(gate()).pipe(near)
    if (!onBytes) return
    connections += 1
    const connection = connections
    near.on('data', (bytes: Buffer) => onBytes({ connection, to: 'club', bytes }))
    far.on('data', (bytes: Buffer) => onBytes({ connection, to: 'store', bytes }))
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: options.port ?? 0 })
  const drop = () => {
    for (const socket of sockets) socket.destroy()
    pairs.clear()
  }
  const release = () => {
    held = undefined
    letGo()
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
    hold() {
      if (held) return
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      letGo = resolve
    },
    forget() {
      for (const socket of sockets) socket.resetAndDestroy()
      pairs.clear()
      release()
    },
    delay(ms) {
      delayMs = ms
    },
    halfClose() {
      for (const { near, far } of pairs) {
        far.unpipe()
        far.resume()
        near.unpipe()
        near.resume()
        near.end()
      }
      pairs.clear()
    },
    restore() {
      whole = true
      delayMs = 0
      release()
    },
    async close() {
      server.close()
      release()
      drop()
      if (server.listening || sockets.size > 0) await once(server, 'close')
    },
  }
}
