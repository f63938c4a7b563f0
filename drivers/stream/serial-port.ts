import { SerialPort } from 'serialport'
import { describeLink } from './connection.ts'
import { openFailure } from './link-errors.ts'
import type { RawPort } from './raw-port.ts'
import { endAtHangUp } from './serial-read.ts'

/**
 * A serial port: a new `SerialPort` for each connection, because serialport keeps what was written to a closed port
 * and sends it after a re-open. What the tty held from before is dropped, so that an old scan is not taken for a new
 * one. `write` does not wait for `tcdrain`: on a line whose flow control hangs it would block one of the four threads
 * that all file access of this process shares.
 */
export async function openSerialPort(options: { path: string; baudRate: number }): Promise<RawPort> {
  const port = new SerialPort({ ...options, autoOpen: false })
  try {
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())))
  } catch (error) {
    throw openFailure(describeLink({ serial: options }), error)
  }
  endAtHangUp(port)
  let tellEnd: (cause?: unknown) => void = () => undefined
  // After a failed write serialport says `error`, then `close` twice: once by the stream, once by the port.
  port.on('error', (error) => tellEnd(error))
  port.on('close', (error: Error | null | undefined) => tellEnd(error ?? undefined))
  await new Promise<void>((resolve) => {
    port.flush((error) => {
      if (error) tellEnd(error)
      resolve()
    })
  })

  return {
    answers: true,
    lineTime: (bytes) => (bytes * 10 * 1_000) / options.baudRate,
    onData: (listener) => port.on('data', listener),
    onEnd: (listener) => {
      tellEnd = listener
      if (!port.isOpen) listener()
    },
    write: (chunk) =>
      new Promise((resolve, reject) => {
        if (!port.isOpen) reject(new Error('the port is closed'))
        else port.write(Buffer.from(chunk), (error) => (error ? reject(error) : resolve()))
      }),
    release: () =>
      new Promise((resolve) => {
        port.on('error', () => resolve())
        if (port.isOpen) port.close(() => resolve())
        else if (port.closing) port.on('close', () => port.closing || resolve())
        else resolve()
      }),
  }
}
