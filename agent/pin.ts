import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { VafaError } from '#runtime/errors.ts'
import type { Database } from '#runtime/sqlite.ts'

/** A third wrong PIN in a row locks the menu for five minutes, each further one again. */
const mostFailures = 3
const lockMs = 5 * 60_000
/** 32 MB and about 0.1 s on a PC: a PIN is short, so that each guess should cost. */
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1_024 * 1_024 }

const derive = promisify<string, Buffer, number, typeof cost, Buffer>(scrypt)

export type PinOutcome = 'right' | 'wrong' | 'locked' | 'none'

interface Row {
  hash: string
  failures: number
  lockeduntil: number
}

/** Sets the technician's PIN: 4 to 12 digits. What was locked is open again. */
export async function setPin(database: Database, pin: string): Promise<void> {
  if (!/^\d{4,12}$/.test(pin))
    throw new VafaError({ key: 'pin.invalid', message: 'a PIN has 4 to 12 digits', hint: 'choose one that no customer guesses' })
  const salt = randomBytes(16)
  const hash = `${salt.toString('hex')}:${(await derive(pin, salt, 32, cost)).toString('hex')}`
  database.prepare('INSERT OR REPLACE INTO pin (one, hash, failures, lockeduntil) VALUES (1, ?, 0, 0)').run(hash)
}

/** Checks a PIN. A failure is on disk before it is compared: cutting the power gives no further tries. */
export async function checkPin(database: Database, pin: string, now: number): Promise<PinOutcome> {
  const read = database.prepare<[], Row>('SELECT hash, failures, lockeduntil FROM pin')
  const row = read.get()
  if (!row) return 'none'
  // A clock that was put back does not lock for longer than the lock is.
  if (row.lockeduntil > now && row.lockeduntil <= now + lockMs) return 'locked'
  const failures = row.failures + 1
  database.prepare('UPDATE pin SET failures = ?, lockeduntil = ?').run(failures, failures >= mostFailures ? now + lockMs : 0)
  const [salt = '', expected = ''] = row.hash.split(':')
  const right = timingSafeEqual(await derive(pin, Buffer.from(salt, 'hex'), 32, cost), Buffer.from(expected, 'hex'))
  if (!right) return failures >= mostFailures ? 'locked' : 'wrong'
  database.prepare('UPDATE pin SET failures = 0, lockeduntil = 0').run()
  return 'right'
}
