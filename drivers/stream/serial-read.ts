import { read } from 'node:fs'
import { promisify } from 'node:util'
import type { SerialPort } from 'serialport'
import { codeOf } from '#runtime/errors.ts'

const readFile = promisify(read)

/**
 * Makes a pulled-out adapter end the connection. A tty that was hung up reads as 0 bytes; serialport then reads again
 * at once, for ever: a core is busy and no event comes (bindings-cpp 13, unix-read.js; seen when the hang-up meets a
 * read under way). Here 0 bytes are the end, as `read(2)` means them: the port is open without blocking and with
 * VMIN 1, so that "nothing yet" is EAGAIN.
 */
export function endAtHangUp(port: SerialPort): void {
  const binding = port.port
  if (!binding || !('poller' in binding)) return
  const readable = () =>
    new Promise<void>((resolve, reject) => {
      binding.poller.once('readable', (error?: Error | null) => (error ? reject(error) : resolve()))
    })
  binding.read = async (buffer, offset, length) => {
    for (;;) {
      if (binding.fd === null) throw Object.assign(new Error('the port is closed'), { canceled: true })
      try {
        const { bytesRead } = await readFile(binding.fd, buffer, offset, length, null)
        if (bytesRead === 0) throw new Error('the line was hung up')
        return { buffer, bytesRead }
      } catch (error) {
        if (!['EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes(codeOf(error) ?? '')) throw error
        if (binding.isOpen) await readable()
      }
    }
  }
}
