import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { trustFiles, writeWhole } from './files.ts'

/**
 * What the club's broker seals TLS session tickets with (Node's `ticketKeys`: a name, a key for the HMAC and one for AES-128,
 * 16 bytes each). They are kept, so that a chain that comes back after a restart of the club is let in for half the price of
 * a handshake. Whoever has them can make a ticket for any box: they lie beside the authority's key, and are not kept for ever.
 */
const bytes = 48
const keptMs = 30 * 86_400_000

/** Those in the authority's folder; made anew, on disk too, where there are none, they are too old or cannot be read. */
export function currentTicketKeys(folder: string, now: number): Buffer {
  const path = trustFiles(folder).ticketKeys
  const known = existsSync(path) ? parse(readFileSync(path, 'utf8')) : undefined
  // One that is of the future would be kept for as long as its clock was wrong.
  if (known && known.madeAt <= now && now - known.madeAt < keptMs) return known.keys
  const keys = randomBytes(bytes)
  writeWhole(path, `${new Date(now).toISOString()} ${keys.toString('base64url')}\n`)
  return keys
}

function parse(text: string): { madeAt: number; keys: Buffer } | undefined {
  const [at = '', secret = ''] = text.trim().split(' ')
  const keys = Buffer.from(secret, 'base64url')
  const madeAt = Date.parse(at)
  return keys.length === bytes && Number.isFinite(madeAt) ? { madeAt, keys } : undefined
}
