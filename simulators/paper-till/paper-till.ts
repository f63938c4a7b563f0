import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { openStream } from '#drivers/stream/stream.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** Where the till believes its printer to be. */
export type PrinterPlace = { tcp: { host?: string; port: number } } | { tty: { path: string } }

/** A till of which nothing is known but what it prints, as most are. */
export interface PaperTill {
  /** Resolves when the system has taken the bytes: later, where the printer makes the till wait. */
  print(bytes: Uint8Array): Promise<void>
  /** The next so many bytes that the printer says and that `hear` has not given out yet. */
  hear(count: number): Promise<Buffer>
  /** How the connection ended, when it has. On a tty only by this till. */
  readonly closed: Promise<'ended' | 'reset'>
  /** `hang-up`: in the middle, as by a pulled plug; otherwise it closes as a program does that has printed. */
  close(how?: 'hang-up'): Promise<void>
}

/** Rejects where nothing listens, as a till whose printer is off. */
export async function startPaperTill(place: PrinterPlace): Promise<PaperTill> {
  let heard = Buffer.alloc(0)
  const listeners = new Set<() => void>()
  const take = (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes])
    for (const listener of listeners) listener()
  }
  const hear = (count: number): Promise<Buffer> =>
    new Promise((resolve) => {
      const look = () => {
        if (heard.length < count) return
        listeners.delete(look)
        const said = heard.subarray(0, count)
        heard = heard.subarray(count)
        resolve(said)
      }
      listeners.add(look)
      look()
    })
  return 'tcp' in place ? overTcp(place.tcp, { take, hear }) : onTty(place.tty.path, { take, hear })
}

interface Ear {
  take(bytes: Buffer): void
  hear: PaperTill['hear']
}

async function overTcp({ host = '127.0.0.1', port }: { host?: string; port: number }, { take, hear }: Ear): Promise<PaperTill> {
  const socket: Socket = createConnection({ host, port, noDelay: true })
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new VafaError({
      key: 'printer.unreachable',
      message: `nothing listens on ${host}:${port}`,
      hint: 'start the gateway, and check the port of its till-print device',
      permanent: false,
      cause,
    })
  }
  const closed = Promise.withResolvers<'ended' | 'reset'>()
  let how: 'ended' | 'reset' = 'ended'
  socket.on('data', take)
  socket.on('error', () => {
    how = 'reset'
  })
  socket.on('close', () => closed.resolve(how))
  return {
    hear,
    closed: closed.promise,
    print: (bytes) => new Promise((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    async close(hangUp) {
      if (hangUp) socket.resetAndDestroy()
      else socket.end()
      await closed.promise
    },
  }
}

async function onTty(path: string, { take, hear }: Ear): Promise<PaperTill> {
  const stream = await openStream(
    { serial: { path, baudRate: 115_200 } },
    { signal: new AbortController().signal, runtime: systemRuntime },
  )
  stream.onData(take)
  return { hear, closed: stream.closed.then(() => 'ended'), print: stream.write, close: () => stream.close() }
}
