import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { name } from './ids.ts'
import { verifyingKey } from './signing.ts'

/**
 * How a box becomes one of the club's: what a technician types, and what box and club then say to each other over HTTPS.
 */

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud and typed. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const secretChars = 10
const pinChars = 20

const base32 = (bytes: Uint8Array, chars: number): string => [...bytes.subarray(0, chars)].map((b) => alphabet[b % 32]).join('')

/** What a code says of the authority: 100 bits of the SHA-256 of its public key (SPKI, DER). */
export const pinOf = (authority: KeyObject): string =>
  base32(
    createHash('sha256')
      .update(authority.export({ format: 'der', type: 'spki' }))
      .digest(),
    pinChars,
  )

/** A fresh secret, for one enrolment. */
export const newCodeSecret = (): string => base32(randomBytes(secretChars), secretChars)

/** `7K3M9-QXZ2A-…`: the secret and the authority's pin, in groups of five. */
export const writeCode = ({ secret, pin }: EnrolmentCode): string => (secret + pin).match(/.{5}/g)?.join('-') ?? ''

export interface EnrolmentCode {
  secret: string
  pin: string
}

/** A code as it was typed; undefined where it is none. */
export function readCode(text: string): EnrolmentCode | undefined {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (code.length !== secretChars + pinChars || [...code].some((char) => !alphabet.includes(char))) return undefined
  return { secret: code.slice(0, secretChars), pin: code.slice(secretChars) }
}

/** What a code is kept as. */
export const codeHash = (secret: string): string =>
  createHash('sha256').update(`vafa enrolment code\n${secret}`).digest('base64url')

/** Who a box is, in its certificate (a URI of its subject's alternative names). */
export const boxUri = (club: string, store: string): string => `vafa:${club}/stores/${store}`

/** The club itself, where it is a client of another broker. */
export const clubUri = (club: string): string => `vafa:${club}/club`

/** The common name of that certificate. No store can be called so: their names have no dots. */
export const clubCommonName = (club: string): string => `club.${club}`

/** The store that a certificate speaks for; undefined where it is none of this club's boxes. */
export function storeOfUri(club: string, uri: string): string | undefined {
  const start = `vafa:${club}/stores/`
  const store = uri.startsWith(start) ? uri.slice(start.length) : ''
  return /^[a-z0-9-]{1,40}$/.test(store) ? store : undefined
}

const pem = z.string().min(1).max(10_000)

/** `GET /v1/authority`: asked before anything is trusted; the code's pin says whether it is the right one. */
export const authorityAnswer = z.object({ authority: pem })

/** `POST /v1/enrolment`: the code's secret, and the box's request for a certificate (PKCS #10, PEM). */
export const enrolmentRequest = z.object({ secret: z.string().length(secretChars), csr: pem })

/** `POST /v1/renewal`, by a box that shows its certificate: a request with a fresh key. */
export const renewalRequest = z.object({ csr: pem })

export const renewalAnswer = z.object({ certificate: pem, authority: pem })

export const enrolmentAnswer = renewalAnswer.extend({
  club: name,
  store: name,
  /** Where the club's broker is, on the host that the box has reached. */
  brokerPort: z.int().min(1).max(65_535),
  tokenKey: z.object({ keyid: z.string().min(1).max(40), secret: z.string().min(32) }),
  programmeKeys: z.array(verifyingKey).max(10),
})
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>

/** What is answered instead, with a status above 399. */
export const enrolmentRefusal = z.object({ key: z.string(), message: z.string(), hint: z.string().optional() })
export type EnrolmentRefusal = z.infer<typeof enrolmentRefusal>
