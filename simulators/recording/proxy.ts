import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import type { DeviceLink } from '#drivers/stream/connection.ts'
import { openStream } from '#drivers/stream/stream.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { listenOn } from '../network/listening.ts'
import type { LineRecorder } from './recorder.ts'

/** Stands on the wire and passes every byte on, as it is, at once. */
export interface Proxy {
  /** Where the gateway finds the device now; or where the device finds the gateway. */
  readonly port: number
  close(): Promise<void>
}

/**
 * Between a gateway that opens its device and the device: the gateway calls the proxy, the proxy opens the device as the
 * gateway would have. Where the device is not there, the gateway is hung up on.
 */
export async function standBeforeDevice(device: DeviceLink, recorder: LineRecorder): Promise<Proxy> {
  return serve({ host: '127.0.0.1', port: 0 }, async (gateway, signal) => {
    const stream = await openStream(device, { signal, runtime: systemRuntime, stallMs: 'never' })
    const line = recorder.connected()
    stream.onData((bytes) => {
      line.fromDevice(bytes)
      gateway.write(bytes)
    })
    gateway.on('data', (bytes: Buffer) => {
      line.fromGateway(bytes)
      stream.write(bytes).catch(() => gateway.destroy())
    })
    gateway.on('close', () => void stream.close())
    await stream.closed
    line.ended()
    gateway.destroySoon()
  })
}

/** Between a device that calls and the gateway, which listens on `gatewayPort` of this machine. */
export async function standBeforeGateway(
  place: { host: string; port: number },
  gatewayPort: number,
  recorder: LineRecorder,
): Promise<Proxy> {
  return serve(place, async (device) => {
    const gateway = createConnection({ host: '127.0.0.1', port: gatewayPort, noDelay: true })
    gateway.on('error', () => gateway.destroy())
    await once(gateway, 'connect')
    const line = recorder.connected()
    device.on('data', (bytes: Buffer) => {
      line.fromDevice(bytes)
      gateway.write(bytes)
    })
    gateway.on('data', (bytes: Buffer) => {
      line.fromGateway(bytes)
      device.write(bytes)
    })
    device.on('close', () => gateway.destroySoon())
    await once(gateway, 'close')
    line.ended()
    device.destroySoon()
  })
}

async function serve(
  place: { host: string; port: number },
  attend: (socket: Socket, signal: AbortSignal) => Promise<void>,
): Promise<Proxy> {
  const over = new AbortController()
  const sockets = new Set<Socket>()
  const attending = new Set<Promise<void>>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    // Whoever is not there is not there: the caller is hung up on, and calls again.
    const done = attend(socket, over.signal).catch(() => void socket.destroy())
    attending.add(done)
    void done.then(() => attending.delete(done))
  })
  const port = await listenOn(server, place)
  return {
    port,
    async close() {
      over.abort()
      server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(attending)
    },
  }
}
