import type { VafaError } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import type { DeviceLink } from '../stream/connection.ts'
import { type ByteStream, openStream } from '../stream/stream.ts'

/** The real printer, for as long as one till prints. */
export interface PrinterLease {
  write(bytes: Uint8Array): Promise<void>
  /** The printer has hung up. */
  readonly closed: Promise<unknown>
  release(): Promise<void>
}

export interface Printers {
  /**
   * The printer for one till's connection; `onData` gets what it says. Waits where another till has it and the line
   * cannot be shared; rejects where it cannot be reached.
   */
  lease(onData: (bytes: Buffer) => void): Promise<PrinterLease>
  /** A line that all tills share is gone; of a network printer it shows at the next connection only. */
  readonly lost: Promise<VafaError | undefined>
  close(): Promise<void>
}

/** A till waits for its printer as long as the printer likes: paper is put in, a cover is closed. */
const patient = { stallMs: 'never' } as const

/**
 * A network printer gets a connection for each of the till's, so that it serves or refuses them as it would without us;
 * another line is opened once, and whoever prints has it alone.
 */
export async function openPrinters(link: DeviceLink, host: Pick<DeviceHost, 'signal' | 'runtime'>): Promise<Printers> {
  const open = () => openStream(link, { signal: host.signal, runtime: host.runtime, ...patient })
  const first = await open()
  if (!('tcp' in link)) return oneLine(first)
  // It is there; printers serve one connection at a time, so it is left alone until a till prints.
  first.onData(() => undefined)
  await first.close()
  const streams = new Set<ByteStream>()
  return {
    lost: new Promise(() => undefined),
    async lease(onData) {
      const stream = await open()
      streams.add(stream)
      stream.onData(onData)
      return {
        write: stream.write,
        closed: stream.closed,
        async release() {
          streams.delete(stream)
          await stream.close()
        },
      }
    },
    async close() {
      await Promise.all([...streams].map((stream) => stream.close()))
    },
  }
}

function oneLine(stream: ByteStream): Printers {
  let listener: (bytes: Buffer) => void = () => undefined
  let turn: Promise<void> = Promise.resolve()
  stream.onData((bytes) => listener(bytes))
  return {
    lost: stream.closed,
    close: stream.close,
    async lease(onData) {
      const before = turn
      const mine = Promise.withResolvers<void>()
      turn = mine.promise
      await before
      listener = onData
      return {
        write: stream.write,
        closed: stream.closed,
        async release() {
          listener = () => undefined
          mine.resolve()
        },
      }
    },
  }
}
