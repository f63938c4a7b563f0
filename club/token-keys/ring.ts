import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { instant } from '#protocol/ids.ts'
import { signedDocument } from '#protocol/signing.ts'
import { type KnownSecret, type TokenKeysDocument, type WrappedTokenKey, wrapTokenKey } from '#protocol/token-keys.ts'
import { readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'

const ringKey = z.object({
  keyid: z.string().min(1).max(40),
  secret: z.string().min(32),
  /** When tokens began to be made with it; left out of the first. */
  begunAt: instant.optional(),
  retiredAt: instant.optional(),
})
export type RingKey = z.infer<typeof ringKey>

const ring = z.object({
  version: z.int().min(1),
  /** When the key before the current one may be retired. */
  until: instant.optional(),
  /** The oldest first; the last one is the current one. */
  keys: z.array(ringKey).min(1),
  /** What boxes are given, as it was signed. */
  down: signedDocument.optional(),
})
/** All keys for tokens that the club has had, in one file of mode 600 beside the first one's. */
export type Ring = z.infer<typeof ring>

export interface FirstKey {
  keyid: string
  secretFile: string
}

export const ringFile = ({ secretFile }: FirstKey): string => `${secretFile}.ring`

/** Throws a `VafaError` that names the file. A club that has never changed its key has a ring of that one. */
export function readRing(first: FirstKey): Ring {
  const file = ringFile(first)
  if (!existsSync(file))
    return { version: 1, keys: [{ keyid: first.keyid, secret: readSecret(first.secretFile, 'the key for tokens') }] }
  try {
    return ring.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} does not hold the club's keys for tokens: ${messageOf(error)}`,
      hint: 'bring it back from a backup of the secrets: without it cards of after the first exchange are nobody’s',
      cause: error,
    })
  }
}

/** On disk when it returns, as a whole or not at all. */
export function writeRing(first: FirstKey, next: Ring): void {
  const file = ringFile(first)
  const descriptor = openSync(`${file}.new`, 'w', 0o600)
  writeFileSync(descriptor, `${JSON.stringify(next, null, 2)}\n`)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(`${file}.new`, file)
}

const known = ({ keyid, secret }: RingKey): KnownSecret => ({ keyid, secret: Buffer.from(secret, 'utf8') })

export const currentKey = ({ keys }: Ring): RingKey => keys.at(-1) as RingKey

/** The key before the current one, until it is retired. */
export function earlierKey({ keys }: Ring): RingKey | undefined {
  const before = keys.at(-2)
  return before?.retiredAt === undefined ? before : undefined
}

/** What tokens are made with at head office, as at a box. */
export function tokenKeyOf(ring: Ring): KnownSecret & { earlier?: KnownSecret } {
  const earlier = earlierKey(ring)
  return { ...known(currentKey(ring)), ...(earlier ? { earlier: known(earlier) } : {}) }
}

/** What boxes are to be told of a ring: from any key the later ones can be opened, from the current one the earlier. */
export function documentOf(ring: Ring, club: string): TokenKeysDocument {
  const earlier = earlierKey(ring)
  const wraps = ring.keys.flatMap((key, at): WrappedTokenKey[] => {
    const before = ring.keys[at - 1]
    return before ? [wrapTokenKey(known(key), known(before))] : []
  })
  return {
    club,
    version: ring.version,
    current: currentKey(ring).keyid,
    ...(earlier ? { earlier: earlier.keyid } : {}),
    ...(ring.until === undefined ? {} : { until: ring.until }),
    keys: [...wraps, ...(earlier ? [wrapTokenKey(known(earlier), known(currentKey(ring)))] : [])],
  }
}

/** Keys by which nothing is found any more, and since when (ISO 8601). */
export const retiredKeys = ({ keys }: Ring): Record<string, string> =>
  Object.fromEntries(keys.flatMap(({ keyid, retiredAt }) => (retiredAt === undefined ? [] : [[keyid, retiredAt]])))
