import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createConnection, type Socket } from 'node:net'

/**
 * Writes each piece to a connection of its own or, as long as the other side does not hang up, to the same one. Resolves
 * when everything is sent and the other side has ended the last connection.
 */
export async function sendPieces(
  port: number,
  pieces: readonly Uint8Array[],
  options: { each: 'own' | 'shared' },
): Promise<void> {
  const open = async () => {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
    socket.on('error', () => undefined)
    socket.resume()
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    await Promise.race([closed, new Promise<void>((resolve) => void socket.once('connect', resolve))])
    return { socket, closed }
  }
  let line: { socket: Socket; closed: Promise<void> } | undefined
  for (const piece of pieces) {
    line = line?.socket.writable ? line : await open()
    const { socket, closed } = line
    await Promise.race([closed, new Promise<void>((resolve) => void socket.write(piece, () => resolve()))])
    if (options.each === 'shared') continue
    // All of it is on its way; whether there would be an answer, and when, nobody waits for.
    socket.destroy()
    await closed
  }
  line?.socket.end()
  await line?.closed
}

export interface HttpPiece {
  port: number
  tls?: boolean
  method: string
  path: string
  headers: Record<string, string>
  body: string | Uint8Array
}

/** The status that comes back; 0 where the line ends without one. */
export function httpStatus({ port, tls = false, body, ...rest }: HttpPiece): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = (tls ? httpsRequest : httpRequest)(
      { host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, ...rest },
      (answer) => {
        answer.resume()
        answer.on('close', () => resolve(answer.statusCode ?? 0))
      },
    )
    outgoing.on('error', () => resolve(0))
    outgoing.end(body)
  })
}

/** Runs through a list, so many at a time. */
export async function inTurns<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = list.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of waiting) await work(one)
    }),
  )
}
