import { createHash, createPublicKey, type KeyLike, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { id, instant, name } from './ids.ts'

/**
 * What a box has told the club, signed by the box: the hashes of its facts from one number to another. Kept elsewhere it
 * shows that the club has lost or changed none of them, and that the store cannot deny any.
 */

/** Facts in one checkpoint, so that the file stays one that can be mailed. */
export const rangeMost = 10_000

export const rangeCheckpoint = z
  .strictObject({
    club: name,
    store: name,
    boxid: id,
    from: z.int().min(1).meta({ description: 'the first number' }),
    to: z.int().min(1).meta({ description: 'the last one' }),
    at: instant,
    facts: z
      .array(z.tuple([id, z.string().regex(/^[0-9a-f]{64}$/)]))
      .max(rangeMost)
      .meta({ description: 'id and hash of each fact, in the order of their numbers' }),
    root: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 over a line of number, id and hash for each' }),
    certificate: z.string().min(1).max(10_000).meta({ description: 'the box’s, PEM' }),
    signature: z
      .string()
      .max(200)
      .meta({ description: 'ECDSA (P-256, SHA-256) over “vafa range v1” and the other fields, base64url' }),
  })
  .refine((c) => c.facts.length === c.to - c.from + 1, { path: ['facts'], error: 'must be one for each number' })
export type RangeCheckpoint = z.infer<typeof rangeCheckpoint>

type Stated = Omit<RangeCheckpoint, 'certificate' | 'signature'>

export const rootOf = ({ from, facts }: Pick<RangeCheckpoint, 'from' | 'facts'>): string => {
  const hash = createHash('sha256')
  for (const [at, [factid, digest]] of facts.entries()) hash.update(`${from + at} ${factid} ${digest}\n`)
  return hash.digest('hex')
}

const signedText = ({ club, store, boxid, from, to, at, root }: Stated): Buffer =>
  Buffer.from(`vafa range v1\n${JSON.stringify({ club, store, boxid, from, to, at, root })}`)

/** `privateKey`, `certificate`: the box's identity, PEM. */
export function signRange(stated: Omit<Stated, 'root'>, own: { privateKey: string; certificate: string }): RangeCheckpoint {
  const whole = { ...stated, root: rootOf(stated) }
  const signature = sign('sha256', signedText(whole), own.privateKey).toString('base64url')
  return { ...whole, certificate: own.certificate, signature }
}

/** Whether the facts are those that were signed, by the key of this certificate. */
export function rangeHolds(checkpoint: RangeCheckpoint, publicKey: KeyLike = createPublicKey(checkpoint.certificate)): boolean {
  if (rootOf(checkpoint) !== checkpoint.root) return false
  return verify('sha256', signedText(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64url'))
}
