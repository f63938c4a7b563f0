import { z } from 'zod'
import { type SigningKey, signDocument, verifyDocument } from '#protocol/signing.ts'
import { VafaError } from '#runtime/errors.ts'
import type { ProgrammeKey } from '../key-file.ts'
import type { BooksState } from './audit.ts'

export const checkpointSchema = z.strictObject({
  club: z.string(),
  seq: z.int().min(0).meta({ description: 'the last transfer' }),
  chain: z.string().meta({ description: 'its link; empty where there is none yet' }),
  events: z.int().min(0).meta({ description: 'how many events the journal held' }),
  at: z.iso.datetime(),
  keyid: z.string(),
  signature: z.string(),
})
/** Where the books stood once, signed: kept elsewhere it proves that nothing before it was changed since. */
export type Checkpoint = z.infer<typeof checkpointSchema>

/** The text that is signed: its fields in this order. */
const signedText = ({ club, seq, chain, events, at }: Omit<Checkpoint, 'keyid' | 'signature'>): string =>
  JSON.stringify({ club, seq, chain, events, at })

/** `at`: now (ISO 8601). */
export function makeCheckpoint({ club, events, last }: BooksState, { key, at }: { key: SigningKey; at: string }): Checkpoint {
  const stated = { club, ...last, events, at }
  const { keyid, signature } = signDocument(signedText(stated), key, 'checkpoint')
  return { ...stated, keyid, signature }
}

/** Reads what `vafa club checkpoint` wrote. Throws a `VafaError` where it is none, or is not signed with `key`. */
export function readCheckpoint(text: string, { file, key }: { file: string; key: ProgrammeKey }): Checkpoint {
  const parsed = checkpointSchema.safeParse(jsonIn(text))
  if (!parsed.success)
    throw new VafaError({
      key: 'checkpoint.invalid',
      message: `${file} is not a checkpoint`,
      hint: '`vafa club checkpoint --out FILE` writes one',
    })
  const checkpoint = parsed.data
  const { keyid, signature } = checkpoint
  const verdict = verifyDocument({ document: signedText(checkpoint), keyid, signature }, [key], 'checkpoint')
  if (verdict === 'ok') return checkpoint
  throw new VafaError({
    key: `checkpoint.${verdict}`,
    message:
      verdict === 'forged'
        ? `the signature in ${file} is not that of the key “${keyid}”: the checkpoint was changed, or somebody else signed it`
        : `${file} is signed with the key “${keyid}”, not with “${key.keyid}”`,
    hint: 'name the key that it was made with: `--key FILE`, its public part is enough',
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
