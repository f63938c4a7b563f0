import { createConnection } from 'node:net'
import { VafaError } from '#runtime/errors.ts'
import { describeLink } from './connection.ts'
import { letGo, openFailure } from './link-errors.ts'
import type { RawPort, StreamContext } from './raw-port.ts'

const connectMs = 3_000
/** The first probe of an idle line; the system then probes each second and gives up after ten. */
const keepAliveMs = 10_000

/** A network device: no Nagle delay, 3 s to connect, keepalive so that a device that lost its power is noticed. */
export async function openTcpPort(options: { host: string; port: number }, context: StreamContext): Promise<RawPort> {
  const where = describeLink({ tcp: options })
  const socket = createConnection({ ...options, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  let failure: unknown
  let tellEnd: (cause?: unknown) => void = () => undefined
  socket.on('error', (error) => {
    failure = error
  })
  socket.on('close', () => tellEnd(failure))

  await new Promise<void>((resolve, reject) => {
    const settle = (error?: unknown) => {
      cancel()
      context.signal.removeEventListener('abort', abort)
      if (error === undefined) return resolve()
      socket.destroy()
      reject(error instanceof VafaError ? error : openFailure(where, error))
    }
    const abort = () => settle(letGo(where))
    const cancel = context.runtime.after(connectMs, () =>
      settle(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' })),
    )
    context.signal.addEventListener('abort', abort)
    socket.once('connect', () => settle())
    socket.once('error', settle)
  })

  return {
    answers: true,
    lineTime: () => 0,
    onData: (listener) => socket.on('data', listener),
    onEnd: (listener) => {
      tellEnd = listener
      if (socket.closed) listener(failure)
    },
    write: (chunk) => new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))),
    release: () =>
      new Promise((resolve) => {
        if (socket.closed) return resolve()
        socket.once('close', () => resolve())
        // What the system has taken still goes out, with a FIN behind it; a peer that does not read is cut off.
        if (socket.writableLength > 0) socket.destroy()
        else socket.destroySoon()
      }),
  }
}
