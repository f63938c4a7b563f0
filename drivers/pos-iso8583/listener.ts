import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { longestMessage } from '#protocol/iso8583/codec.ts'
import { createLengthReader, lengthFrame } from '#protocol/iso8583/frames.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { guardConnections } from '#runtime/connection-guard.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import { listenTcp } from '../stream/listen.ts'
import { overhear } from '../stream/overhear.ts'
import type { Desk } from './desk.ts'
import type { PosIso8583Options } from './options.ts'
import type { Terminal } from './terminals.ts'

/** What a terminal that does not read may leave unread before it is dropped. */
const mostUnread = 262_144
/** A terminal has one connection, and another while the network still thinks that the first one lives. */
const connectionsEach = 4

export interface Listener {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

export interface ListenerOptions {
  options: PosIso8583Options
  port: number
  /** Whoever calls here is this terminal. */
  bound?: Terminal
  /** Fingerprint → terminal. */
  certificates: ReadonlyMap<string, Terminal>
  /** Whether a terminal may be known by its key alone. */
  keyed: boolean
  desk: Desk
  host: DeviceHost
}

/** Opens one port for terminals. Rejects with a retryable `VafaError` that says what is in the way. */
export async function listenForTerminals(listener: ListenerOptions): Promise<Listener> {
  const { options, port, host } = listener
  const sockets = new Set<Socket>()
  const { messagesPerSecond } = options
  const allowances = createAllowances({ perSecond: messagesPerSecond, atOnce: messagesPerSecond * 2 })
  const serve = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const address = socket.remoteAddress ?? ''
    serveTerminal(socket, listener, () => allowances.take(address, host.runtime.monotonic()))
  }
  const settings = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 }
  const server = options.tls
    ? createTlsServer({ ...settings, ...readCertificate(options.tls, host), requestCert: true, rejectUnauthorized: false }, serve)
    : createServer(settings, serve)
  const most = listener.bound ? connectionsEach : connectionsEach * options.terminals.length
  guardConnections(server, { most, now: host.runtime.monotonic })
  server.on('tlsClientError', (error) =>
    host.log.info({ device: host.device, error: messageOf(error) }, 'a terminal’s TLS handshake failed'),
  )
  await listenTcp(server, { host: options.host, port, what: 'terminals’ port', signal: host.signal })
  server.on('error', (error) => host.log.warn({ device: host.device, error: messageOf(error) }, 'a terminal could not connect'))
  const address = server.address()
  const taken = address !== null && typeof address === 'object' ? address : { address: options.host, port }
  return {
    host: taken.address,
    port: taken.port,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      return closed
    },
  }
}

/** `admits`: whether this one may say something now. What comes faster is read later. */
function serveTerminal(
  socket: Socket,
  { bound, certificates, keyed, desk, host, options }: ListenerOptions,
  admits: () => boolean,
): void {
  socket.on('error', (error) =>
    host.log.debug({ device: host.device, error: messageOf(error) }, 'a terminal’s connection failed'),
  )
  const fingerprint = 'getPeerCertificate' in socket ? fingerprintOf(socket as TLSSocket) : undefined
  const terminal = bound ?? (fingerprint === undefined ? undefined : certificates.get(fingerprint))
  if (!terminal && !keyed) {
    host.health('degraded', 'a terminal without a certificate that is known here called: check `certificate` of the terminals')
    return void socket.destroy()
  }
  overhear(socket, host.ear, terminal ? { who: terminal.terminal } : {})
  const reader = createLengthReader({ longest: longestMessage })
  const answer = (bytes: Buffer) => {
    if (!socket.writable) return
    socket.write(lengthFrame(bytes))
    if (socket.writableLength > mostUnread) socket.destroy()
  }
  /** What came in one piece and waits for its turn; nothing more is read meanwhile. */
  let waiting: Buffer[] = []
  let cancel = () => {}
  socket.on('close', () => {
    cancel()
    waiting = []
  })
  const takeSome = () => {
    while (waiting.length > 0 && admits()) {
      const message = waiting.shift()
      if (message) desk.take(message, { answer, ...(terminal ? { terminal } : {}) })
    }
    if (waiting.length > 0) {
      socket.pause()
      cancel = host.runtime.after(Math.ceil(1_000 / options.messagesPerSecond), takeSome)
      return
    }
    socket.resume()
    if (!reader.broken) return
    host.health('degraded', 'a terminal sent what is no frame: check that it sends a length of two bytes before each message')
    socket.destroy()
  }
  socket.on('data', (bytes: Buffer) => {
    waiting.push(...reader.push(bytes))
    takeSome()
  })
}

const fingerprintOf = (socket: TLSSocket): string | undefined =>
  socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toUpperCase()

function readCertificate(
  { certFile, keyFile }: { certFile: string; keyFile: string },
  host: DeviceHost,
): { cert: string; key: string } {
  const read = (file: string) => {
    try {
      return readFileSync(host.beside(file), 'utf8')
    } catch (cause) {
      throw new VafaError({
        key: 'secret.unreadable',
        message: `cannot read the certificate or key ${file}: ${messageOf(cause)}`,
        hint: 'check `tls.certFile` and `tls.keyFile`, and who may read them',
        permanent: false,
        cause,
      })
    }
  }
  return { cert: read(certFile), key: read(keyFile) }
}
