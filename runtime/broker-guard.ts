import type { Duplex } from 'node:stream'
import { createAllowances } from './allowance.ts'

/** What one client, one name or one address may take of a broker. */
export interface BrokerLimits {
  /** Of one name, all its connections together: what comes faster is read later, and nothing of it is lost. */
  bytesPerSecond: number
  /** So many times as fast is read while whoever works on it has time; never slower. */
  timesAtLeisure: number
  /** That many at once after a rest. */
  bytesAtOnce: number
  /** Connections of one name that are logged in. */
  connectionsOfName: number
  /** Connections that nobody has logged in at yet: of one address, and of all. */
  strangersOfAddress: number
  strangers: number
}

/** Some hundred messages a second: a large store sends ten. */
export const brokerLimits: BrokerLimits = {
  bytesPerSecond: 256 * 1024,
  timesAtLeisure: 4,
  bytesAtOnce: 512 * 1024,
  connectionsOfName: 16,
  strangersOfAddress: 256,
  strangers: 1_024,
}

/**
 * Wrong logins in one name from one address: so many at once, then one in six seconds. Others are refused late, and hold a
 * connection meanwhile. The right password is never kept waiting: who guesses must not lock out the store behind his router.
 */
const wrongLogins = { perSecond: 1 / 6, atOnce: 10 }
const refusedAfterMs = 2_000

/** A name's share of reading; `left` goes below nothing by as much as one read was longer. */
interface Bucket {
  left: number
  at: number
}

export type BrokerGuard = ReturnType<typeof createBrokerGuard>

/**
 * Counts who takes how much of a broker. `now`: milliseconds that never go back. `atLeisure`: whoever works on what is read
 * has time for more than each name's share.
 */
export function createBrokerGuard(given: { limits: BrokerLimits; now(): number; atLeisure?: (() => boolean) | undefined }) {
  const { limits, now, atLeisure = () => false } = given
  const wrong = createAllowances(wrongLogins)
  const strangers = new Map<string, number>()
  let strangersInAll = 0
  const names = new Map<string, { connections: number; bucket: Bucket }>()
  const seats = new WeakMap<object, { bucket: Bucket; leave(): void }>()
  const fresh = (): Bucket => ({ left: limits.bytesAtOnce, at: now() })
  const told = new Set<string>()

  return {
    /** Whether a new connection is let in. Where it is, `seats` knows it until it is closed. */
    admit(socket: Duplex & { remoteAddress?: string | undefined }): boolean {
      const address = socket.remoteAddress ?? ''
      const count = strangers.get(address) ?? 0
      if (count >= limits.strangersOfAddress || strangersInAll >= limits.strangers) return false
      strangers.set(address, count + 1)
      strangersInAll += 1
      const leave = () => {
        const left = (strangers.get(address) ?? 1) - 1
        if (left > 0) strangers.set(address, left)
        else strangers.delete(address)
        strangersInAll -= 1
      }
      seats.set(socket, { bucket: fresh(), leave })
      socket.once('close', () => {
        seats.get(socket)?.leave()
        seats.delete(socket)
      })
      return true
    },
    /** Counts it by its name from now on; false where the name has too many connections. */
    loggedIn(connection: object, name: string): boolean {
      const seat = seats.get(connection)
      const known = names.get(name) ?? { connections: 0, bucket: fresh() }
      if (!seat || known.connections >= limits.connectionsOfName) return false
      names.set(name, known)
      known.connections += 1
      seat.leave()
      const leave = () => {
        known.connections -= 1
      }
      seats.set(connection, { bucket: known.bucket, leave })
      return true
    },
    /** Milliseconds until this connection may be read; 0: now. */
    waitMs(connection: object): number {
      const bucket = seats.get(connection)?.bucket
      if (!bucket) return 0
      const at = now()
      const perMs = (limits.bytesPerSecond * (atLeisure() ? limits.timesAtLeisure : 1)) / 1_000
      bucket.left = Math.min(limits.bytesAtOnce, bucket.left + (at - bucket.at) * perMs)
      bucket.at = at
      return bucket.left > 0 ? 0 : Math.ceil(-bucket.left / perMs) + 1
    },
    read(connection: object, bytes: number): void {
      const bucket = seats.get(connection)?.bucket
      if (bucket) bucket.left -= bytes
    },
    /** `waitMs`: how long its refusal is held back; `worthALine`: the log hears of the first ones, and of the one that is too much. */
    wrongLogin(address: string, name: string): { waitMs: number; worthALine: boolean } {
      const who = `${address} ${name}`
      if (wrong.take(who, now())) {
        told.delete(who)
        return { waitMs: 0, worthALine: true }
      }
      const worthALine = !told.has(who)
      if (told.size > 1_000) told.clear()
      told.add(who)
      return { waitMs: refusedAfterMs, worthALine }
    },
  }
}
