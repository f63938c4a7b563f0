import { z } from 'zod'
import { type SealingPrivateKey, unseal } from '#protocol/sealing.ts'
import type { Books } from './context.ts'
import type { CardKeyRing } from './proof-records.ts'

const aesKey = z.string().regex(/^[0-9a-fA-F]{32}$/, 'is an AES-128 key: 32 hexadecimal digits')

/** The keys of one batch of NTAG 424 DNA cards, as the personalisation bureau gives them. */
export const cardKeys = z.strictObject({
  /** SDMMetaReadKey: hides UID and counter; the same in the whole batch. Left out where the cards mirror them in the clear. */
  metaReadKey: aesKey.optional(),
  /** SDMFileReadKey: makes the MAC. */
  fileReadKey: aesKey,
  /**
   * Where each card has a file read key of its own (AN10922): what follows the UID in its input, application identifier
   * and system identifier. Shorter than 9 bytes the input would not fill a block and is padded in another way.
   */
  diversifier: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{2}){9,23}$/, 'has 9 to 23 bytes in hexadecimal')
    .optional(),
})
export type CardKeys = z.infer<typeof cardKeys>

/** All batches' keys stand in one record: a card does not say which batch it is of. */
export const keyRing = 'cards'

/** A ring's batches opened, for as long as it is the ring. */
const opened = new WeakMap<CardKeyRing, readonly { batch: string; keys: CardKeys }[]>()

/** The keys of every batch, the newest first. One that cannot be opened with this sealing key proves nobody. */
export function batchKeys({ desk, sealingKey }: Books): readonly { batch: string; keys: CardKeys }[] {
  const ring = desk.get('cardkeys', keyRing)
  if (!ring) return []
  const known = opened.get(ring)
  if (known) return known
  const found = [...ring.batches].reverse().flatMap(({ batch, sealed }) => {
    const keys = open(sealed, sealingKey)
    return keys ? [{ batch, keys }] : []
  })
  opened.set(ring, found)
  return found
}

function open(sealed: CardKeyRing['batches'][number]['sealed'], sealingKey: SealingPrivateKey): CardKeys | undefined {
  try {
    return cardKeys.parse(unseal(sealed, sealingKey))
  } catch {
    return undefined
  }
}
