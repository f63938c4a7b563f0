import { createHmac, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { codeOfDigits, codeProof, readCode } from './rotating-code.ts'
import { parseSun } from './sun.ts'
import { normaliseText } from './text.ts'

export const credentialKinds = [
  'nfc-uid',
  'nfc-sun',
  'iso-dep',
  'magstripe',
  'barcode',
  'qr',
  'fingerprint',
  'phone',
  'member-number',
] as const
export const credentialKind = z.enum(credentialKinds)
export type CredentialKind = z.infer<typeof credentialKind>

/**
 * A credential as it may leave the box: never the raw value. `token` is the keyed hash under the key named by
 * `keyid`; `proof` is what only the club can verify, and then `presentationid` names the tap that later messages cite.
 */
export const credential = z
  .object({
    kind: credentialKind,
    keyid: z.string().min(1).max(40),
    token: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/)
      .optional(),
    proof: z.string().max(2_000).optional(),
    presentationid: z.uuid().optional(),
    earlier: z
      .object({ keyid: z.string().min(1).max(40), token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
      .optional()
      .meta({ description: 'the token under the key before, while that is being exchanged' }),
  })
  .refine((c) => c.token !== undefined || c.proof !== undefined, 'needs a token or a proof')
  // The club takes a token with a presentation for one that was proven.
  .refine((c) => (c.presentationid === undefined) === (c.proof === undefined), 'a proof and a presentationid go together')
export type Credential = z.infer<typeof credential>

/** What a device read, before it becomes a token. It stays in the box's memory: it is never stored, logged or sent. */
export interface RawCredential {
  kind: CredentialKind
  value: string
}

/** The club's key for tokens, as a box holds it. `secret`: 32 bytes or more. */
export interface TokenKey {
  keyid: string
  /** Better a `KeyObject`: made of bytes anew for each token, a key takes ten times as long as the token. */
  secret: Uint8Array | KeyObject
  /** The one before, while cards are still known by it. */
  earlier?: { keyid: string; secret: Uint8Array | KeyObject }
}

const mobilePattern = /^(?:\+98|0098|98|0)?(9\d{9})$/

/** `0912 345 6789`, `+98912…`, `۰۹۱۲…` → `+989123456789`; anything else → undefined. */
export function normaliseMobile(text: string): string | undefined {
  const match = mobilePattern.exec(normaliseText(text).replace(/[\s-]/g, ''))
  return match ? `+98${match[1]}` : undefined
}

/** Why this cannot be anyone's credential, in words that never repeat it; undefined where it can. */
export function credentialFault({ kind, value }: RawCredential): string | undefined {
  if (kind === 'phone' && normaliseMobile(value) === undefined)
    return 'credential.value: a mobile has the form 09123456789 or +989123456789'
  if (kind === 'nfc-sun' && parseSun(value) === undefined) return 'credential.value: is no message of an NTAG 424 DNA'
  return undefined
}

/** One written form for each credential, so that the same card gives the same token on every reader. */
export function normaliseCredential({ kind, value }: RawCredential): string {
  switch (kind) {
    case 'nfc-uid':
      return value.replace(/[^0-9a-fA-F]/g, '').toUpperCase()
    case 'phone':
      return normaliseMobile(value) ?? normaliseText(value)
    default:
      return normaliseText(value)
  }
}

/**
 * The token of a credential: HMAC-SHA-256 over `kind|value`, base64url without padding (43 characters).
 * Whoever holds the key can try all mobile numbers: docs/security.md says what that means.
 */
export function tokenise(raw: RawCredential, key: TokenKey): Credential & { token: string } {
  const { kind } = raw
  const text = `${kind}|${normaliseCredential(raw)}`
  const under = ({ secret }: Pick<TokenKey, 'secret'>) => createHmac('sha256', secret).update(text).digest('base64url')
  const { keyid, earlier } = key
  return { kind, keyid, token: under(key), ...(earlier ? { earlier: { keyid: earlier.keyid, token: under(earlier) } } : {}) }
}

/** One showing of a credential at a lane. */
export interface Presentation {
  key: TokenKey
  /** What the club's rotating codes begin with. */
  codePrefix: string
  presentationid: string
  /** Milliseconds since 1970, by the box's corrected clock. */
  at: number
}

/**
 * A credential as it may leave the box: a proof where only the club can tell whether it is good, else a token. What is
 * sold and what is redeemed with it cite the same presentation.
 */
export function presentCredential(raw: RawCredential, { key, codePrefix, presentationid, at }: Presentation): Credential {
  const { kind, value } = raw
  const { keyid } = key
  if (kind === 'nfc-sun') return { kind, keyid, proof: value, presentationid }
  const code =
    kind === 'qr' || kind === 'barcode' ? readCode(value, codePrefix) : kind === 'member-number' ? codeOfDigits(value) : undefined
  return code ? { kind: 'qr', keyid, proof: codeProof(code, at), presentationid } : tokenise(raw, key)
}

/** Whether the club itself found that who showed this has the card or phone, and not only its number. */
export const isProven = ({ token, presentationid }: Credential): boolean => token !== undefined && presentationid !== undefined

/**
 * Phones and some cards answer with a random UID that changes at each tap: 4 bytes, the first 08
 * (ISO/IEC 14443-3, 6.5.4). Such a UID identifies nobody.
 */
export const isRandomUid = (uid: string): boolean => /^08[0-9a-fA-F]{6}$/.test(uid)
