import { createHash } from 'node:crypto'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Sender } from '../till/idempotency.ts'

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/**
 * Tills by their keys. They are looked up by the key's hash, so that the time it takes says nothing of how much of a
 * wrong key is right.
 */
export function readTills(
  tills: readonly { till: string; lane: string; secretFile: string }[],
  beside: (path: string) => string,
): (secret: string) => Sender | undefined {
  const byDigest = new Map<string, Sender>()
  for (const { till, lane, secretFile } of tills) {
    const file = beside(secretFile)
    const secret = readSecret(file, `the key of ${till}`)
    if (secret.length < 32)
      throw new VafaError({
        key: 'secret.short',
        message: `the key of ${till} in ${file} has only ${secret.length} characters`,
        hint: 'it needs 32 or more: `openssl rand -base64 33`',
      })
    const other = byDigest.get(digestOf(secret))
    if (other)
      throw new VafaError({
        key: 'secret.shared',
        message: `${other.till} and ${till} have the same key`,
        hint: 'the key says which till it is: give each its own',
      })
    byDigest.set(digestOf(secret), { till, lane, secret })
  }
  return (secret) => byDigest.get(digestOf(secret))
}
