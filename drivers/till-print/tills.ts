import { createServer, type Socket } from 'node:net'
import { guardConnections } from '#runtime/connection-guard.ts'
import { messageOf, type VafaError } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import { listenTcp } from '../stream/listen.ts'
import { openStream } from '../stream/stream.ts'
import type { TillPrintOptions } from './driver.ts'
import type { TillEnd } from './relay.ts'

/** One connection of a till. */
export interface TillSession extends TillEnd {
  /** Gives out what the till sends; nothing is read before. Resolves when the till has hung up. */
  read(listener: (bytes: Uint8Array) => void): Promise<void>
  /** All is printed. */
  end(): void
  /** The printer is not there: cut off, as by a printer that loses its power. */
  hangUp(): void
}

export interface Tills {
  readonly address?: { host: string; port: number }
  /** The tills' line is gone; one that listens loses single tills only. */
  readonly lost: Promise<VafaError | undefined>
  close(): Promise<void>
}

interface Context {
  host: DeviceHost
  onSession(session: TillSession): void
}

/** More tills than a printer ever had. */
const maxTills = 32
/** What a printer said and a till does not read may grow to; then it is cut off. */
const maxUnreadBytes = 65_536

export function openTills(till: TillPrintOptions['till'], context: Context): Promise<Tills> {
  return 'tcp' in till ? listen(till.tcp, context) : serial(till, context)
}

async function listen(options: { host: string; port: number }, { host, onSession }: Context): Promise<Tills> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', (error) => host.log.debug({ device: host.device, error: messageOf(error) }, 'a till’s connection failed'))
    onSession(socketSession(socket))
  })
  guardConnections(server, { most: maxTills, now: host.runtime.monotonic })
  await listenTcp(server, { ...options, what: 'till-print port', signal: host.signal })
  server.on('error', (error) => host.log.warn({ device: host.device, error: messageOf(error) }, 'a till could not connect'))
  const address = server.address()
  return {
    ...(address !== null && typeof address === 'object' ? { address: { host: address.address, port: address.port } } : {}),
    lost: new Promise(() => undefined),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.resetAndDestroy()
      }),
  }
}

const socketSession = (socket: Socket): TillSession => ({
  write(bytes) {
    if (!socket.writable) return
    socket.write(bytes)
    if (socket.writableLength > maxUnreadBytes) socket.destroy()
  },
  pause: () => void socket.pause(),
  resume: () => void socket.resume(),
  read: (listener) =>
    new Promise((resolve) => {
      socket.on('data', listener)
      socket.on('end', () => resolve())
      socket.on('close', () => resolve())
      if (socket.closed) resolve()
      socket.resume()
    }),
  end: () => void socket.end(),
  hangUp: () => void socket.resetAndDestroy(),
})

/** A till on a serial line is always there, and never hangs up. */
async function serial(
  link: Extract<TillPrintOptions['till'], { serial: unknown }>,
  { host, onSession }: Context,
): Promise<Tills> {
  const stream = await openStream(link, host)
  onSession({
    write: (bytes) => void stream.write(bytes).catch(() => undefined),
    // The line has no way to make a till wait but its own flow control, which the kernel keeps.
    pause: () => undefined,
    resume: () => undefined,
    async read(listener) {
      stream.onData(listener)
      await stream.closed
    },
    end: () => void stream.close(),
    hangUp: () => void stream.close(),
  })
  return { lost: stream.closed, close: stream.close }
}
