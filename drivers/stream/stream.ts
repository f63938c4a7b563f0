import { VafaError } from '#runtime/errors.ts'
import { type DeviceLink, describeLink } from './connection.ts'
import { gone, letGo, stalled } from './link-errors.ts'
import type { RawPort, StreamContext } from './raw-port.ts'

/**
 * The one seam between a driver and the bytes of its device, whatever carries them.
 */
export interface ByteStream {
  /**
   * Resolves when the operating system has taken all bytes; writes go out one after another, never mixed. Rejects
   * with a `VafaError` when the stream is closed or the device takes nothing for `stallMs`: then the stream closes too,
   * because half a message may be on the wire.
   */
  write(bytes: Uint8Array): Promise<void>
  /** Call it once, at once: nothing is read before, and so the device's end is not noticed either. */
  onData(listener: (bytes: Buffer) => void): void
  /** False for a plain file, which never says anything. */
  readonly answers: boolean
  /** Settles once: with the reason, or with undefined after `close()` or an abort. Never rejects. */
  readonly closed: Promise<VafaError | undefined>
  /** Resolves when nothing is left open. Safe to call twice. */
  close(): Promise<void>
}

/** Small enough that a device which prints while it receives makes progress within `stallMs`. */
const chunkSize = 4_096
/** A device that takes not one chunk in this time hangs, where nothing else is said. */
const usualStallMs = 5_000

/**
 * Opens the device's line. Rejects with a retryable `VafaError` (`device.absent`, `device.denied`, `device.busy`,
 * `device.unusable`) that names the line and the way out. The transports load when they are first used: a store
 * without a serial device never loads serialport (18 MB).
 */
export async function openStream(link: DeviceLink, context: StreamContext): Promise<ByteStream> {
  const where = describeLink(link)
  if (context.signal.aborted) throw letGo(where)
  const raw = await openRaw(link, context)
  const stream = byteStream(raw, { where, ...context })
  if (context.signal.aborted) {
    await stream.close()
    throw letGo(where)
  }
  return stream
}

async function openRaw(link: DeviceLink, context: StreamContext): Promise<RawPort> {
  if ('serial' in link) return (await import('./serial-port.ts')).openSerialPort(link.serial)
  if ('tcp' in link) return (await import('./tcp-port.ts')).openTcpPort(link.tcp, context)
  return (await import('./file-port.ts')).openFilePort(link.file, context)
}

/** A raw port with the manners of a `ByteStream`: one end, one writer at a time, no write that hangs. */
export function byteStream(raw: RawPort, context: StreamContext & { where: string }): ByteStream {
  const { where, runtime, signal, stallMs = usualStallMs } = context
  const closed = Promise.withResolvers<VafaError | undefined>()
  /** Ends the write under way. No race against one promise of the stream's: each race would stay in its memory. */
  let failWrite: (reason: VafaError) => void = () => undefined
  let end: { reason: VafaError | undefined; released: Promise<void> } | undefined
  let queue: Promise<void> = Promise.resolve()

  const finish = (reason: VafaError | undefined): Promise<void> => {
    if (end) return end.released
    signal.removeEventListener('abort', abort)
    // A port that cannot even be closed is as gone as it can be: the reason of the end is the one that counts.
    const released = raw.release().catch(() => undefined)
    end = { reason, released }
    failWrite(reason ?? gone(where))
    void released.then(() => closed.resolve(reason))
    return released
  }
  const abort = () => void finish(undefined)
  signal.addEventListener('abort', abort)
  raw.onEnd((cause) => void finish(gone(where, cause)))

  const writeChunk = async (chunk: Uint8Array): Promise<void> => {
    if (end) throw end.reason ?? gone(where)
    const limit = (stallMs === 'never' ? 0 : stallMs) + 2 * raw.lineTime(chunk.length)
    const taken = Promise.withResolvers<void>()
    failWrite = taken.reject
    const cancel = stallMs === 'never' ? () => undefined : runtime.after(limit, () => taken.reject(stalled(where, limit)))
    raw.write(chunk).then(taken.resolve, (error: unknown) => taken.reject(gone(where, error)))
    try {
      await taken.promise
    } catch (error) {
      void finish(error instanceof VafaError ? error : gone(where, error))
      throw error
    } finally {
      cancel()
    }
  }

  return {
    closed: closed.promise,
    answers: raw.answers,
    onData: (listener) => raw.onData((bytes) => end === undefined && listener(bytes)),
    close: () => finish(undefined),
    write(bytes) {
      const result = queue.then(async () => {
        for (let at = 0; at < bytes.length; at += chunkSize) await writeChunk(bytes.subarray(at, at + chunkSize))
      })
      queue = result.catch(() => undefined)
      return result
    },
  }
}
