import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { instant, name } from './ids.ts'
import { signedDocument } from './signing.ts'

/**
 * How boxes get another key for tokens: head office signs a document in which each key is wrapped under its neighbour, so
 * that whoever has one of them can open the others, and nobody else any.
 */

const keyid = z.string().min(1).max(40)

export const wrappedTokenKey = z.object({
  keyid,
  under: keyid.meta({ description: 'the key that opens it' }),
  box: z.base64url().max(400).meta({ description: 'nonce (12 bytes), ciphertext, tag (16): AES-256-GCM' }),
})
export type WrappedTokenKey = z.infer<typeof wrappedTokenKey>

/** `document` of `down/token-keys`, as JSON (context “vafa token keys v1”). */
export const tokenKeysDocument = z.object({
  club: name,
  version: z.int().min(1).meta({ description: 'counts changes: a box takes no older document' }),
  current: keyid.meta({ description: 'tokens are made with this one' }),
  earlier: keyid.optional().meta({ description: 'beside it, so that cards are found that were seen with it last' }),
  until: instant.optional().meta({ description: 'when head office means to retire the earlier one' }),
  keys: z.array(wrappedTokenKey).max(200),
})
export type TokenKeysDocument = z.infer<typeof tokenKeysDocument>

/** `down/token-keys` */
export const tokenKeysDown = signedDocument

export interface KnownSecret {
  keyid: string
  /** The bytes of its secret, 32 or more. */
  secret: Buffer
}

const wrappingKey = ({ secret }: KnownSecret) => Buffer.from(hkdfSync('sha256', secret, '', 'vafa token key wrap v1', 32))
const boundTo = (keyid: string, under: string) => Buffer.from(`${keyid}\n${under}`)

/** `key` for whoever has `under`. */
export function wrapTokenKey(key: KnownSecret, under: KnownSecret): WrappedTokenKey {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(under), nonce).setAAD(boundTo(key.keyid, under.keyid))
  const box = Buffer.concat([nonce, cipher.update(key.secret), cipher.final(), cipher.getAuthTag()]).toString('base64url')
  return { keyid: key.keyid, under: under.keyid, box }
}

/** Undefined where it was wrapped under another secret, or is damaged. */
function unwrapTokenKey({ keyid, under, box }: WrappedTokenKey, by: KnownSecret): KnownSecret | undefined {
  const bytes = Buffer.from(box, 'base64url')
  if (bytes.length < 12 + 16 + 32) return undefined
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(by), bytes.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(boundTo(keyid, under)).setAuthTag(bytes.subarray(-16))
  try {
    return { keyid, secret: Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]) }
  } catch {
    return undefined
  }
}

/** Every key of a document that can be opened from the one at hand, that one included; by key id. */
export function openTokenKeys({ keys }: Pick<TokenKeysDocument, 'keys'>, own: KnownSecret): Map<string, KnownSecret> {
  const known = new Map([[own.keyid, own]])
  for (let found = true; found; ) {
    found = false
    for (const wrapped of keys) {
      const by = known.get(wrapped.under)
      const opened = by && !known.has(wrapped.keyid) ? unwrapTokenKey(wrapped, by) : undefined
      if (!opened) continue
      known.set(opened.keyid, opened)
      found = true
    }
  }
  return known
}
