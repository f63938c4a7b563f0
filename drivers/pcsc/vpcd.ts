import { createServer, type Socket } from 'node:net'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import { isAtr } from './apdu.ts'
import { readCard } from './read-card.ts'
import { type CardTransport, muteAfterMs, type TransportHost } from './transport.ts'
import { controlFrame, encodeFrame, takeFrames } from './vpcd-frames.ts'

/** As Debian's /etc/reader.conf.d/vpcd has it. */
export const vpcdPort = 35_963

const loopback = '127.0.0.1'

/**
 * A reader of virtual cards with no pcscd: it listens on a loopback port, as vsmartcard's vpcd does, and a card
 * connects to it; port 0: any free one, told as `address`. Rejects with `vpcd.port-taken`.
 */
export async function openVpcd(options: { port: number; signal: AbortSignal; host: TransportHost }): Promise<CardTransport> {
  const { port, signal, host } = options
  const reader = `virtual reader ${port}`
  let onReader: Socket | undefined

  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', (error) => host.log.debug({ reader, error: messageOf(error) }, 'the virtual card broke off'))
    if (onReader) {
      host.log.warn({ reader }, 'a second card was presented while one lies there; it was turned away')
      socket.destroy()
      return
    }
    onReader = socket
    socket.on('close', () => {
      onReader = undefined
      host.card({ kind: 'removed', reader })
    })
    void serveCard(socket, { reader, host })
  })

  let reason: VafaError | undefined
  const end = (): void => {
    server.close()
    onReader?.destroy()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.on('error', (error) => {
      reason = unlistenable(port, codeOf(error) ?? messageOf(error))
      reject(reason)
      end()
    })
    server.listen({ port, host: loopback })
  })
  const closed = new Promise<VafaError | undefined>((resolve) => {
    server.once('close', () => resolve(reason))
  })
  host.card({ kind: 'attached', reader })
  const bound = server.address()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return {
    address: { host: loopback, port: typeof bound === 'object' && bound !== null ? bound.port : port },
    closed,
    async close() {
      end()
      await closed
    },
  }
}

/** One card's life on the reader: power, ATR, identity; then it lies there until its connection ends. */
async function serveCard(socket: Socket, { reader, host }: { reader: string; host: TransportHost }): Promise<void> {
  const ask = asker(socket)
  let givenUp = false
  const cancel = host.runtime.after(muteAfterMs, () => {
    givenUp = true
    host.card({ kind: 'mute', reader })
  })
  socket.once('close', cancel)
  try {
    socket.write(controlFrame('powerOn'))
    const atr = await ask(controlFrame('getAtr'))
    const card = isAtr(atr)
      ? await readCard({ atr, aid: host.aid, transmit: (apdu) => ask(encodeFrame(apdu)) })
      : { by: 'nothing' as const, reason: 'what it answered is no ATR' }
    cancel()
    if (givenUp) return
    if (card.by === 'nothing') host.card({ kind: 'unreadable', reader, reason: card.reason })
    else host.card({ kind: 'presented', reader, card })
  } catch (error) {
    host.log.debug({ reader, error: messageOf(error) }, 'the card was pulled while it was read')
  }
}

/** Sends a frame and gives the payload that comes back. What was not asked for is no card's talk: it ends the connection. */
function asker(socket: Socket): (frame: Uint8Array) => Promise<Uint8Array> {
  let waiting: { resolve(payload: Uint8Array): void; reject(error: Error): void } | undefined
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
  return (frame) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject }
      socket.write(frame, (error) => {
        if (error) reject(error)
      })
    })
}

const unlistenable = (port: number, why: string): VafaError =>
  new VafaError({
    key: 'vpcd.port-taken',
    message: `the virtual card reader cannot listen on port ${port} (${why})`,
    hint: 'another reader or a pcscd with vpcd has this port: give this device another `port`',
    permanent: false,
  })
