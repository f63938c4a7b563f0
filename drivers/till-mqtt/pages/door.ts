import { createHash, randomBytes, randomInt } from 'node:crypto'
import { createAllowances } from '#runtime/allowance.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { sameSecret } from '#runtime/secret-check.ts'
import type { DeviceMemory } from '../../contract.ts'
import type { PageOptions } from '../options.ts'

export type LanePage = PageOptions['lanes'][number]

/** A page connects at once with what it was given. */
const ticketMs = 30_000
const ticketsMost = 200
/** A technician walks from the box to the tablet. */
const codeMs = 10 * 60_000
/** Wrong codes in all: a code of eight digits is not found that way. */
const guesses = { perSecond: 1 / 10, atOnce: 10 }

const day = 24 * 3_600_000
const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url')

export interface Ticket {
  username: string
  clientid: string
  password: string
}

export type Door = ReturnType<typeof createDoor>

/**
 * Who may act for which lane by a page. A page holds a ticket for one connection of one lane; whoever gets tickets is a
 * browser on the box itself, or one that was paired with a code and shows its key since.
 */
export function createDoor(options: { lanes: readonly LanePage[]; memory: DeviceMemory; runtime: Runtime }) {
  const { memory, runtime } = options
  const lanes = new Map(options.lanes.map((one) => [one.lane, one]))
  const tickets = new Map<string, { lane: string; clientid: string; until: number }>()
  const codes = new Map<string, { code: string; until: number }>()
  const wrong = createAllowances(guesses)
  const epochOf = (lane: string) => memory.find(`pairing ${lane}`) ?? '0'

  const laneOf = (lane: string): LanePage => {
    const known = lanes.get(lane)
    if (known) return known
    throw new VafaError({
      key: 'page.unknown',
      message: `the lane “${lane}” has no page`,
      hint: `write \`page: loopback\` or \`page: paired\` beside it in gateway.yaml; there are ${[...lanes.keys()].join(', ') || 'none'}`,
    })
  }

  return {
    find: (lane: string) => lanes.get(lane),
    /** The first kiosk, for an address without a lane's name. */
    kiosk: () => [...lanes.values()].find(({ kind }) => kind === 'kiosk'),
    /** For one connection. */
    ticket(lane: string): Ticket {
      const now = runtime.monotonic()
      for (const [key, { until }] of tickets) if (until < now) tickets.delete(key)
      const oldest = tickets.size >= ticketsMost ? tickets.keys().next().value : undefined
      if (oldest !== undefined) tickets.delete(oldest)
      const password = randomBytes(24).toString('base64url')
      const clientid = `${lane}/page-${randomBytes(6).toString('hex')}`
      tickets.set(hashOf(password), { lane, clientid, until: now + ticketMs })
      return { username: lane, clientid, password }
    },
    /** Whether this is a ticket of the lane, for this client id; it is used up. */
    admits(lane: string, password: string, clientid: string): boolean {
      const key = hashOf(password)
      const known = tickets.get(key)
      tickets.delete(key)
      return known?.lane === lane && known.clientid === clientid && known.until >= runtime.monotonic()
    },
    /** A code for pairing one browser with a lane; a new one ends the one before. */
    offer(lane: string): { code: string; untilMs: number } {
      laneOf(lane)
      const code = String(randomInt(100_000_000)).padStart(8, '0')
      codes.set(lane, { code, until: runtime.monotonic() + codeMs })
      return { code, untilMs: codeMs }
    },
    /** Every browser that was paired with the lane has to be paired again. */
    forget(lane: string): void {
      laneOf(lane)
      codes.delete(lane)
      memory.keep(`pairing ${lane}`, randomBytes(9).toString('base64url'))
    },
    /** The key of a browser that showed the right code; undefined where it did not. `wait`: too many wrong ones were tried. */
    pair(lane: string, given: string): { key: string } | 'wrong' | 'wait' {
      const now = runtime.monotonic()
      if (!wrong.has('code', now)) return 'wait'
      const offered = codes.get(lane)
      if (!offered || offered.until < now || !sameSecret(given, offered.code)) {
        wrong.take('code', now)
        return 'wrong'
      }
      codes.delete(lane)
      const key = randomBytes(32).toString('base64url')
      memory.keep(`paired ${hashOf(key)}`, JSON.stringify({ lane, epoch: epochOf(lane), at: runtime.now() }))
      return { key }
    },
    /** Whether a browser with this key was paired with the lane; one that comes once a week stays so. */
    isPaired(lane: string, key: string | undefined): boolean {
      const name = key === undefined ? '' : `paired ${hashOf(key)}`
      const kept = key === undefined ? undefined : memory.find(name)
      if (kept === undefined) return false
      const known = JSON.parse(kept) as { lane: string; epoch: string; at: number }
      if (known.lane !== lane || known.epoch !== epochOf(lane)) return false
      if (runtime.now() - known.at > day) {
        memory.keep(name, JSON.stringify({ ...known, at: runtime.now() }))
        if (known.epoch !== '0') memory.keep(`pairing ${lane}`, known.epoch)
      }
      return true
    },
  }
}
