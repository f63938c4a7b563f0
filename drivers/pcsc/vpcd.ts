import { createServer, type Server, type Socket } from 'node:net'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { letGo } from '../stream/link-errors.ts'
import { isAtr } from './apdu.ts'
import { overheard, readCard } from './read-card.ts'
import { type CardTransport, muteAfterMs, type TransportHost } from './transport.ts'
import { controlFrame, encodeFrame, takeFrames } from './vpcd-frames.ts'

/** As Debian's /etc/reader.conf.d/vpcd has it. */
export const vpcdPort = 35_963

/** With the one that lies there; more are turned away. */
const waitingCards = 4

const loopback = '127.0.0.1'

/**
 * A reader of virtual cards with no pcscd: it listens on a loopback port, as vsmartcard's vpcd does, and a card
 * connects to it; port 0: any free one, told as `address`. Rejects with `device.busy` or `device.let-go`.
 */
export async function openVpcd(options: { port: number; signal: AbortSignal; host: TransportHost }): Promise<CardTransport> {
  const { port, signal, host } = options
  const reader = `virtual reader ${port}`
  const cards = new Set<Socket>()
  /** Settles when the reader is free: cards are read one after another, and a later one waits, as with vpcd itself. */
  let free: Promise<void> = Promise.resolve()

  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', (error) => host.log.debug({ reader, error: messageOf(error) }, 'the virtual card broke off'))
    cards.add(socket)
    const gone = new Promise<void>((resolve) => {
      socket.on('close', () => {
        cards.delete(socket)
        resolve()
      })
    })
    free = free.then(async () => {
      void serveCard(socket, { reader, host })
      await gone
      host.card({ kind: 'removed', reader })
    })
  })
  server.maxConnections = waitingCards

  await listen(server, { port, signal })
  // A listening server that fails (out of file descriptors) drops that one card and listens on.
  server.on('error', (error) => host.log.warn({ reader, error: messageOf(error) }, 'a virtual card could not be laid on'))

  const closed = Promise.withResolvers<undefined>()
  const end = (): void => {
    signal.removeEventListener('abort', end)
    server.close(() => closed.resolve(undefined))
    for (const card of cards) card.destroy()
  }
  signal.addEventListener('abort', end)
  host.card({ kind: 'attached', reader })
  const address = server.address()
  return {
    closed: closed.promise,
    // It has no light of its own.
    command: () => {},
    async close() {
      end()
      await closed.promise
    },
    ...(address !== null && typeof address === 'object' ? { address: { host: address.address, port: address.port } } : {}),
  }
}

async function listen(server: Server, { port, signal }: { port: number; signal: AbortSignal }): Promise<void> {
  const listening = Promise.withResolvers<void>()
  server.once('error', (error) => listening.reject(unlistenable(port, codeOf(error) ?? messageOf(error))))
  server.listen({ port, host: loopback }, listening.resolve)
  await listening.promise
  server.removeAllListeners('error')
  if (!signal.aborted) return
  server.close()
  throw letGo(`virtual card reader on port ${port}`)
}

/** One card's life on the reader: power, ATR, identity; then it lies there until its connection ends. */
async function serveCard(socket: Socket, { reader, host }: { reader: string; host: TransportHost }): Promise<void> {
  const ask = asker(socket)
  let givenUp = false
  const said: [string, string][] = []
  let atr: Uint8Array = new Uint8Array()
  const cancel = host.runtime.after(muteAfterMs, () => {
    givenUp = true
    host.card({ kind: 'mute', reader })
  })
  try {
    socket.write(controlFrame('powerOn'))
    atr = await ask(controlFrame('getAtr'))
    if (!isAtr(atr)) throw new Error('what it answered is no ATR')
    const transmit = (apdu: Uint8Array) => ask(encodeFrame(apdu))
    const card = await readCard({
      atr,
      aid: host.aid,
      ndef: host.ndef,
      transmit: host.exchanged ? overheard(transmit, said) : transmit,
    })
    if (givenUp) return
    if (card.by === 'nothing') host.card({ kind: 'unreadable', reader, reason: card.reason })
    else host.card({ kind: 'presented', reader, card })
  } catch (error) {
    host.log.debug({ reader, error: messageOf(error) }, 'a virtual card ended while it was read')
    socket.destroy()
  } finally {
    host.exchanged?.({ reader, atr: Buffer.from(atr).toString('hex'), said })
    cancel()
  }
}

/** Sends a frame and gives the payload that comes back. What was not asked for is no card's talk: it ends the connection. */
function asker(socket: Socket): (frame: Uint8Array) => Promise<Uint8Array> {
  let waiting: PromiseWithResolvers<Uint8Array> | undefined
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    const { payloads, rest } = takeFrames(Buffer.concat([pending, chunk]))
    pending = rest
    for (const payload of payloads) {
      if (!waiting) socket.destroy()
      waiting?.resolve(payload)
      waiting = undefined
    }
  })
  socket.on('close', () => waiting?.reject(new Error('the connection ended')))
  return (frame) => {
    waiting = Promise.withResolvers()
    if (socket.destroyed) waiting.reject(new Error('the connection ended'))
    else socket.write(frame)
    return waiting.promise
  }
}

const unlistenable = (port: number, why: string): VafaError =>
  new VafaError({
    key: 'device.busy',
    message: `the virtual card reader cannot listen on port ${port} (${why})`,
    hint: 'another reader or a pcscd with vpcd has this port: give this device another `port`',
    permanent: false,
  })
