import type { Server, Socket } from 'node:net'
import { createAllowances } from './allowance.ts'

/** New connections of one address: a till may open one for each request. */
const opening = { perSecond: 200, atOnce: 400 }

/**
 * How many of `most` connections one address may hold: half of them, so that whoever hoards leaves as many to others; of a
 * few all but one.
 */
export const shareOfAddress = (most: number): number => (most <= 4 ? Math.max(1, most - 1) : Math.floor(most / 2))

/**
 * Lets connections in: `most` at once, no more than a share of them from one address, and from each so many a second. One
 * that is too much is hung up on before anything is read from it. `now`: milliseconds that never go back.
 */
export function guardConnections(server: Server, { most, now }: { most: number; now(): number }): void {
  server.maxConnections = most
  const share = shareOfAddress(most)
  const held = new Map<string, number>()
  const fresh = createAllowances(opening)
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = held.get(address) ?? 0
    if (count >= share || !fresh.take(address, now())) return void socket.destroy()
    held.set(address, count + 1)
    socket.once('close', () => {
      const left = (held.get(address) ?? 1) - 1
      if (left > 0) held.set(address, left)
      else held.delete(address)
    })
  })
}
