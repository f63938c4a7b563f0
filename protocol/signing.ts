import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { z } from 'zod'

/**
 * Signatures over documents that the club's boxes act by, and over checkpoints of its books: Ed25519 over a context
 * string and the exact UTF-8 bytes of `document`, which travels and rests as the text that was signed. So nobody has to
 * agree on how JSON is written, and what was signed as one thing never passes for another.
 */
const contexts = {
  programme: 'vafa programme v1\n',
  checkpoint: 'vafa checkpoint v1\n',
  command: 'vafa command v1\n',
  'token keys': 'vafa token keys v1\n',
  configuration: 'vafa configuration v1\n',
  update: 'vafa update v1\n',
} as const
export type SigningPurpose = keyof typeof contexts
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

const keyid = z.string().min(1).max(40)

export const verifyingKey = z.strictObject({
  keyid,
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url: the key’s 32 bytes'),
})
/** Ed25519, raw 32 bytes, base64url. */
export type VerifyingKey = z.infer<typeof verifyingKey>

export interface SigningKey extends VerifyingKey {
  /** PKCS #8, DER, base64url */
  privateKey: string
}

export const signedDocument = z.object({
  document: z.string().max(1_000_000).meta({ description: 'JSON, as the very text that was signed' }),
  keyid,
  signature: z
    .string()
    .regex(/^[A-Za-z0-9_-]{86}$/, 'must be 86 characters of base64url')
    .meta({
      description:
        'Ed25519 over the UTF-8 bytes of “vafa programme v1” (“vafa configuration v1”, “vafa update v1”: what it is signed as), a line feed and `document`',
    }),
})
export type SignedDocument = z.infer<typeof signedDocument>

export function makeSigningKey(id: string): SigningKey {
  const pair = generateKeyPairSync('ed25519')
  return {
    keyid: id,
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url'),
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
  }
}

/** Throws where `key.privateKey` is no private key. */
export function signDocument(document: string, key: SigningKey, purpose: SigningPurpose = 'programme'): SignedDocument {
  const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey, 'base64url'), format: 'der', type: 'pkcs8' })
  const signature = sign(null, Buffer.from(contexts[purpose] + document), privateKey).toString('base64url')
  return { document, keyid: key.keyid, signature }
}

/** Whether one of `keys` signed it: `key-unknown` where none has its keyid, `forged` where the signature does not fit. */
export function verifyDocument(
  signed: SignedDocument,
  keys: readonly VerifyingKey[],
  purpose: SigningPurpose = 'programme',
): 'ok' | 'key-unknown' | 'forged' {
  const key = keys.find((one) => one.keyid === signed.keyid)
  if (!key) return 'key-unknown'
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiPrefix, Buffer.from(key.publicKey, 'base64url')]),
    format: 'der',
    type: 'spki',
  })
  const fits = verify(
    null,
    Buffer.from(contexts[purpose] + signed.document),
    publicKey,
    Buffer.from(signed.signature, 'base64url'),
  )
  return fits ? 'ok' : 'forged'
}
