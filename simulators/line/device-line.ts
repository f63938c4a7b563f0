import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { openStream } from '#drivers/stream/stream.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { listenOn } from '#simulators/network/listening.ts'

/**
 * Where a virtual device is found: on a port of this machine (0 takes a free one), or at its end of a tty pair. With
 * `calls` it is on no port: it calls the gateway's.
 */
export type DevicePlace = { tcp: { port: number } } | { tty: TtyEnd } | { calls: Call }

/** `opened`: resolves when somebody has the other end open; what is sent before is lost to whoever opens it. */
interface TtyEnd {
  path: string
  opened?: () => Promise<void>
}

/** `from`: the device's own address, where it matters. `tls`: whom it trusts, and what it shows of itself; all PEM. */
interface Call {
  port: number
  host?: string
  from?: string
  tls?: { ca: string; cert?: string; key?: string }
}

/** The device's end of a line: what a driver has at the other end is a `ByteStream`. */
export interface DeviceLine {
  /** The TCP port, where there is one. */
  readonly port: number | undefined
  /** Resolves when somebody is connected; at once on a tty whose other end cannot be seen. */
  connected(): Promise<void>
  /** To everybody who is connected. */
  send(bytes: Uint8Array): Promise<void>
  /** Cuts whoever is connected off in the middle; on a tty there is nothing to cut but the tty itself. */
  hangUp(): void
  /** Resolves when the other end has hung up on a device that calls; at once for others. */
  hungUp(): Promise<void>
  close(): Promise<void>
}

/** Plays a device's end. `onData`: what the driver says to the device; `onConnect`: somebody is there. */
export async function openDeviceLine(
  place: DevicePlace,
  hooks: { onData(bytes: Buffer): void; onConnect?(): void },
): Promise<DeviceLine> {
  if ('calls' in place) return callingLine(place.calls, hooks)
  return 'tcp' in place ? tcpLine(place.tcp.port, hooks) : ttyLine(place.tty, hooks)
}

async function callingLine(
  { host = '127.0.0.1', port, from, tls }: Call,
  hooks: { onData(bytes: Buffer): void; onConnect?(): void },
): Promise<DeviceLine> {
  const to = { host, port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) }
  // The box's own certificate is trusted as it lies there, for whichever name it is.
  const socket = tls
    ? connectTls({ ...to, ...tls, allowPartialTrustChain: true, checkServerIdentity: () => undefined })
    : createConnection(to)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect')
  } catch (cause) {
    throw new VafaError({
      key: 'sim.unreachable',
      message: `nobody listens on ${host}:${port}: ${messageOf(cause)}`,
      hint: 'start the gateway first; `connection.listen` of its device names the port',
      cause,
    })
  }
  socket.on('data', hooks.onData)
  socket.on('error', () => socket.destroy())
  hooks.onConnect?.()
  return {
    port: undefined,
    connected: async () => undefined,
    send: (bytes) => new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    hangUp: () => socket.destroy(),
    async hungUp() {
      if (!socket.closed) await once(socket, 'close')
    },
    async close() {
      if (socket.closed) return
      const closed = once(socket, 'close')
      socket.destroySoon()
      await closed
    },
  }
}

async function tcpLine(port: number, hooks: { onData(bytes: Buffer): void; onConnect?(): void }): Promise<DeviceLine> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('data', hooks.onData)
    // A driver that resets the connection is one more way to hang up.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    hooks.onConnect?.()
  })
  const listening = await listenOn(server, { host: '127.0.0.1', port })
  return {
    port: listening,
    async connected() {
      if (sockets.size === 0) await once(server, 'connection')
    },
    async send(bytes) {
      await Promise.all([...sockets].map((socket) => new Promise<void>((resolve) => void socket.write(bytes, () => resolve()))))
    },
    hangUp() {
      for (const socket of sockets) socket.destroy()
    },
    hungUp: async () => undefined,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      if (server.listening || sockets.size > 0) await once(server, 'close')
    },
  }
}

async function ttyLine(
  { path, opened }: TtyEnd,
  hooks: { onData(bytes: Buffer): void; onConnect?(): void },
): Promise<DeviceLine> {
  const stream = await openStream(
    { serial: { path, baudRate: 115_200 } },
    { signal: new AbortController().signal, runtime: systemRuntime },
  )
  stream.onData(hooks.onData)
  hooks.onConnect?.()
  return {
    port: undefined,
    connected: opened ?? (async () => undefined),
    send: (bytes) => stream.write(bytes),
    hangUp: () => undefined,
    hungUp: async () => undefined,
    close: () => stream.close(),
  }
}
