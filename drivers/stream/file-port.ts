import { constants, type FileHandle, open } from 'node:fs/promises'
import { codeOf } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { describeLink } from './connection.ts'
import { openFailure } from './link-errors.ts'
import type { RawPort, StreamContext } from './raw-port.ts'

/** How often a character device is asked for bytes; Node cannot wait for one. */
const pollMs = 50

/**
 * A character device such as /dev/usb/lp0, opened read-write (else it cannot be asked for its state), or a plain file,
 * appended to and never read; made where it is missing only with `create`, because a wrong device name would
 * otherwise print into a file that nobody looks at.
 */
export async function openFilePort(options: { path: string; create: boolean }, context: StreamContext): Promise<RawPort> {
  const { O_RDWR, O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants
  try {
    // Without O_NONBLOCK a read of usblp holds one of the process's four file threads until the printer speaks, and a
    // named pipe that nobody reads is waited for.
    const handle = await open(options.path, O_RDWR | O_NONBLOCK | O_NOCTTY | (options.create ? O_CREAT : 0), 0o600)
    if ((await handle.stat()).isCharacterDevice()) return characterDevice(handle, context.runtime)
    await handle.close()
    return plainFile(await open(options.path, O_WRONLY | O_APPEND | O_NONBLOCK))
  } catch (error) {
    throw openFailure(describeLink({ file: options }), error)
  }
}

function plainFile(handle: FileHandle): RawPort {
  return {
    answers: false,
    lineTime: () => 0,
    onData: () => undefined,
    onEnd: () => undefined,
    write: (chunk) => handle.appendFile(chunk),
    release: () => handle.close(),
  }
}

const notNow = (error: unknown): boolean => ['EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes(codeOf(error) ?? '')

function characterDevice(handle: FileHandle, runtime: Runtime): RawPort {
  let open = true
  let tellEnd: (cause?: unknown) => void = () => undefined
  const pause = () => new Promise<void>((resolve) => void runtime.after(pollMs, resolve))

  const readForEver = async (listener: (bytes: Buffer) => void) => {
    const buffer = Buffer.alloc(4_096)
    while (open) {
      try {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
        // usblp answers 0 bytes when the printer has nothing to say: no end.
        if (bytesRead === 0) await pause()
        else if (open) listener(Buffer.from(buffer.subarray(0, bytesRead)))
      } catch (error) {
        if (!open) return
        if (!notNow(error)) return tellEnd(error)
        await pause()
      }
    }
  }

  return {
    answers: true,
    lineTime: () => 0,
    onData: (listener) => void readForEver(listener),
    onEnd: (listener) => {
      tellEnd = listener
    },
    async write(chunk) {
      for (let at = 0; at < chunk.length && open; ) {
        try {
          at += (await handle.write(chunk, at)).bytesWritten
        } catch (error) {
          if (!notNow(error)) throw error
          await pause()
        }
      }
    },
    release() {
      open = false
      return handle.close()
    },
  }
}
