import { createServer, type Server, type Socket } from 'node:net'
import { guardConnections } from '#runtime/connection-guard.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import type { Connection, DeviceHost } from '../contract.ts'
import { listenError } from '../till/listen-error.ts'
import { type Ending, endsOnce } from './ending.ts'

/** Where a device listens that is called by others (tills, terminals). `what`: as errors name it: `till port`. */
export interface Listening {
  host: string
  port: number
  what: string
  signal: AbortSignal
}

/** Listens, or says why not; leaves nothing behind when it fails or the signal comes first. */
export async function listenTcp(server: Server, { host, port, what, signal }: Listening): Promise<void> {
  const where = `${what} ${host}:${port}`
  try {
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted()
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw listenError(where, error)
  }
  if (!signal.aborted) return
  await new Promise((resolve) => server.close(resolve))
  throw new VafaError({ key: 'device.let-go', message: `${where}: let go before it was open`, permanent: false })
}

/** A port that any number of callers, up to `most` (and half of them from one address), may hold open at once; the device is there as long as it listens. */
export async function serveTcp(options: {
  place: { host: string; port: number }
  /** As errors name it: `till port`; `caller`: who calls, as the log says it: `till`. */
  what: string
  caller: string
  most: number
  device: DeviceHost
  serve(socket: Socket): void
}): Promise<Ending & Pick<Connection, 'address'> & { readonly sockets: ReadonlySet<Socket> }> {
  const { place, what, caller, most, device, serve } = options
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  guardConnections(server, { most, now: device.runtime.monotonic })
  await listenTcp(server, { ...place, what, signal: device.signal })
  // A listening server that fails (out of file descriptors) drops that one connection and listens on.
  server.on('error', (error) =>
    device.log.warn({ device: device.device, error: messageOf(error) }, `a ${caller} could not connect`),
  )
  const ending = endsOnce(
    device.signal,
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  const address = server.address()
  return {
    ...ending,
    sockets,
    ...(address !== null && typeof address === 'object' ? { address: { host: address.address, port: address.port } } : {}),
  }
}

/** Nothing on such a port is signed or encrypted: beyond the machine itself somebody must have meant it. */
export function refuseOpenNetwork(options: { host: string; port: number; insecure: boolean }, what: string): void {
  const { host, port, insecure } = options
  if (isLoopback(host) || insecure) return
  throw new VafaError({
    key: 'device.insecure',
    message: `${what} ${host}:${port}: other machines could reach it, and it knows no password and no encryption`,
    hint: 'listen on 127.0.0.1 and let the till’s machine tunnel to it (ssh, stunnel), or write `insecure: true` on a network of its own',
  })
}
