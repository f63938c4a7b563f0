import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createSerialLink } from '#drivers/pos-iso8583/serial-link.ts'
import { openStream } from '#drivers/stream/stream.ts'
import { longestMessage } from '#protocol/iso8583/codec.ts'
import { createLengthReader, lengthFrame } from '#protocol/iso8583/frames.ts'
import { pathBeside } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { AgentConfig } from '../config.ts'

const connectMs = 3_000

/** One connection to the box, whatever carries it. */
export interface Wire {
  /** Sends a message, in its frame. */
  send(message: Uint8Array): void
  close(): void
}

export interface WireOptions {
  gateway: AgentConfig['gateway']
  configFile: string
  runtime: Runtime
  /** A message, without its frame. */
  onMessage(bytes: Buffer): void
  /** Called once, when the connection is gone. */
  onEnd(): void
}

/** Rejects with a retryable `VafaError` where nobody answers, with a permanent one where a certificate cannot be read. */
export async function openWire(options: WireOptions): Promise<Wire> {
  return options.gateway.serial ? serialWire(options, options.gateway.serial) : socketWire(options)
}

async function socketWire({ gateway, configFile, onMessage, onEnd }: WireOptions): Promise<Wire> {
  const { host = '127.0.0.1', port = 0, tls } = gateway
  const read = (path: string) => readFile(pathBeside(configFile, path))
  const socket: Socket = tls
    ? connectTls({
        host,
        port,
        ca: read(tls.caFile),
        ...(tls.certFile && tls.keyFile ? { cert: read(tls.certFile), key: read(tls.keyFile) } : {}),
        ...(tls.servername ? { servername: tls.servername } : {}),
        minVersion: 'TLSv1.2',
      })
    : createConnection({ host, port })
  socket.setNoDelay(true).setKeepAlive(true, 10_000)
  const limit = setTimeout(() => socket.destroy(new Error(`no answer in ${connectMs / 1_000} s`)), connectMs)
  try {
    await once(socket, tls ? 'secureConnect' : 'connect')
  } catch (cause) {
    socket.destroy()
    throw new VafaError({
      key: 'terminal.unreachable',
      message: `the box at ${host}:${port} cannot be reached: ${messageOf(cause)}`,
      hint: 'check the cable, that the gateway runs, and the ports of its pos-iso8583 device',
      permanent: false,
      cause,
    })
  } finally {
    clearTimeout(limit)
  }
  const reader = createLengthReader({ longest: longestMessage })
  socket.on('data', (bytes: Buffer) => {
    for (const message of reader.push(bytes)) onMessage(message)
    // A length that cannot be: where the next message begins is not known any more.
    if (reader.broken) socket.destroy()
  })
  socket.on('error', () => socket.destroy())
  socket.once('close', onEnd)
  if (socket.closed) onEnd()
  return { send: (message) => void socket.write(lengthFrame(message)), close: () => socket.destroySoon() }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new VafaError({
      key: 'secret.unreadable',
      message: `cannot read ${path}: ${messageOf(cause)}`,
      hint: 'check the paths under `tls`',
      cause,
    })
  }
}

async function serialWire({ runtime, onMessage, onEnd }: WireOptions, serial: { path: string; baudRate: number }): Promise<Wire> {
  const stream = await openStream({ serial }, { signal: new AbortController().signal, runtime })
  const link = createSerialLink({
    runtime,
    longest: longestMessage,
    write: (bytes) => void stream.write(bytes).catch(() => undefined),
    onMessage,
  })
  stream.onData((bytes) => link.take(bytes))
  void stream.closed.then(() => {
    link.close()
    onEnd()
  })
  return {
    send: (message) => void link.send(message),
    close: () => void stream.close(),
  }
}
