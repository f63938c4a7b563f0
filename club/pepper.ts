import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { createHmacSha256 } from './hmac-sha256.ts'

/** A person's own key, as it is stored: wrapped under the club's secret and bound to the member's id. */
export interface PersonKey {
  memberid: string
  wrapped: string
}

const latestMax = 1_000

/**
 * The club's own secret, under which everything that could name a person is stored: a copy of the database without
 * it shows no token that a box could have sent, no mobile and no name.
 */
export function createPepper(secret: string) {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, '', `vafa ${purpose} v1`, 32))
  const tokenHmac = createHmacSha256(derive('tokens'))
  const mobileHmac = createHmacSha256(derive('mobiles'))
  const provenHmac = createHmacSha256(derive('proven'))
  const profileKey = createSecretKey(derive('profiles'))
  // A batch's tokens are wanted several times: to load members at once, to find each, and for the journal.
  const latest = new Map<string, string>()
  const token = (text: string): string => {
    const known = latest.get(text)
    if (known !== undefined) return known
    if (latest.size >= latestMax) latest.clear()
    const made = tokenHmac(text)
    latest.set(text, made)
    return made
  }

  const unwrap = ({ memberid, wrapped }: PersonKey): Buffer => decrypt(Buffer.from(wrapped, 'base64'), profileKey, memberid)

  return {
    /** A box's token as the club stores it. */
    token,
    /** The token of who has proven to be this; no box can make it. */
    proven: provenHmac,
    /** What finds a mobile again without showing it. */
    mobile: mobileHmac,
    /** A fresh key for one person, as it is stored: without it nothing of what it locks can ever be read again. */
    newPersonKey: (memberid: string): string => encrypt(randomBytes(32), profileKey, memberid).toString('base64'),
    /** Personal fields under the person's own key; text, bound to the member's id. */
    lock: (value: unknown, whose: PersonKey): string =>
      encrypt(Buffer.from(JSON.stringify(value), 'utf8'), unwrap(whose), whose.memberid).toString('base64'),
    /** Throws where the secret is another one, the key another person's, or the text was changed. */
    unlock: (text: string, whose: PersonKey): unknown =>
      JSON.parse(decrypt(Buffer.from(text, 'base64'), unwrap(whose), whose.memberid).toString('utf8')),
    /**
     * An event as the journal keeps it: tokens peppered (an order key can be one), proofs and people's own words left out, a
     * sealed profile replaced by `locked`, the same under the person's key, or left out where there is none.
     */
    journalled: (event: object, locked?: string): string => JSON.stringify(withoutSecrets(event, { token, locked })),
  }
}
export type Pepper = ReturnType<typeof createPepper>

/** AES-256-GCM: nonce (12 bytes), ciphertext, tag (16). */
function encrypt(bytes: Buffer, key: Buffer | KeyObject, memberid: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(memberid))
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

function decrypt(box: Buffer, key: Buffer | KeyObject, memberid: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12)).setAAD(Buffer.from(memberid))
  decipher.setAuthTag(box.subarray(-16))
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()])
}

interface Keeping {
  token(text: string): string
  locked: string | undefined
}

/** A copy of what holds a secret at any depth; what holds none is taken as it is. */
function withoutSecrets(value: unknown, keeping: Keeping): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const items = value.map((one) => withoutSecrets(one, keeping))
    return items.some((one, index) => one !== value[index]) ? items : value
  }
  const { token, locked } = keeping
  const record = value as Record<string, unknown>
  let copy: Record<string, unknown> | undefined
  for (const key in record) {
    const field = record[key]
    let kept: unknown = field
    if (key === 'proof' || key === 'comment') kept = undefined
    else if (key === 'profile') kept = locked === undefined ? undefined : { locked }
    else if (key === 'token') kept = typeof field === 'string' ? token(field) : undefined
    else if (key === 'tokens' && Array.isArray(field)) kept = field.map((one) => token(String(one)))
    else if (key === 'orderkey') kept = typeof field === 'string' && isToken(field) ? token(field) : field
    else if (typeof field === 'object') kept = withoutSecrets(field, keeping)
    if (kept === field) continue
    copy ??= { ...record }
    copy[key] = kept
  }
  return copy ?? record
}

const isToken = (value: unknown): boolean => typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)
