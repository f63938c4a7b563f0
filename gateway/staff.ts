import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { DeviceHealth } from '#protocol/state.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { CommandWorld } from './remote/commands.ts'

export type StaffRequest = Extract<TillRequest, { op: 'staff' }>
type Findings = NonNullable<Extract<TillResponse, { op: 'staff' }>['findings']>

/** A PIN is short: after so many wrong ones, one a minute. All lanes of a box share them. */
const guesses = { perSecond: 1 / 60, atOnce: 5 }

/** RFC 9106's second choice, for a box with little memory: 0.1 s here. */
const work = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 }

const argon2id = promisify(argon2)
const tagOf = (pin: string, nonce: Buffer): Promise<Buffer> => argon2id('argon2id', { message: Buffer.from(pin), nonce, ...work })

/** What a PIN is compared with, as it stands in its file: it says nothing of the PIN but to who tries all of them. */
export async function hashPin(pin: string): Promise<string> {
  if (!/^\d{4,12}$/.test(pin))
    throw new VafaError({ key: 'pin.invalid', message: 'a PIN has 4 to 12 digits', hint: 'six are good' })
  const nonce = randomBytes(16)
  return `argon2id$${nonce.toString('base64url')}$${(await tagOf(pin, nonce)).toString('base64url')}`
}

export async function isPin(pin: string, hash: string): Promise<boolean> {
  const [kind, nonce, tag] = hash.trim().split('$')
  if (kind !== 'argon2id' || nonce === undefined || tag === undefined) return false
  const made = await tagOf(pin, Buffer.from(nonce, 'base64url'))
  const kept = Buffer.from(tag, 'base64url')
  return kept.length === made.length && timingSafeEqual(kept, made)
}

const refuse = (re: string, reason?: string): TillResponse => ({
  op: 'error',
  re,
  error: describeError('staff.refused', reason),
})

/** Of a box without a PIN. */
export const noStaff = ({ id }: StaffRequest): Promise<TillResponse> =>
  Promise.resolve(refuse(id, 'this box has no PIN for its staff (pages.staffPinFile)'))

export interface StaffOptions {
  /** Its file's content, as `hashPin` made it. */
  hash(): string
  world(): Pick<CommandWorld, 'testPrint' | 'doctor'> & { devices(): readonly DeviceHealth[] }
  runtime: Runtime
  log: Logger
}

/**
 * What who looks after a lane asks on its page: each request shows the PIN, so that nothing stays open when the page is
 * left. Never rejects.
 */
export function createStaffDesk({ hash, world, runtime, log }: StaffOptions) {
  const wrong = createAllowances(guesses)
  /** One after the other: who sends many guesses at once gets no more of them. */
  let before: Promise<unknown> = Promise.resolve()

  const attend = async ({ id: re, pin, ask }: StaffRequest, lane: string): Promise<TillResponse> => {
    const now = runtime.monotonic()
    if (!wrong.has('staff', now)) return refuse(re, 'too many wrong ones: wait a minute')
    if (!(await isPin(pin, hash()))) {
      wrong.take('staff', now)
      log.warn({ lane }, 'a wrong PIN for the staff mode')
      return refuse(re)
    }
    switch (ask) {
      case 'devices':
        return { op: 'staff', re, devices: [...world().devices()] }
      case 'test-print':
        await world().testPrint(lane)
        return { op: 'staff', re, printed: true }
      case 'doctor':
        return { op: 'staff', re, findings: [...(await world().doctor())] as Findings }
    }
  }

  return (request: StaffRequest, lane: string): Promise<TillResponse> => {
    const answer = before.then(() => attend(request, lane))
    before = answer.catch(() => {})
    return answer.catch((error: unknown): TillResponse => {
      return { op: 'error', re: request.id, error: describeError('device.unavailable', messageOf(error)) }
    })
  }
}
