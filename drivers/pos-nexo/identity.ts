import { createHash, timingSafeEqual } from 'node:crypto'
import type { NexoTill } from './options.ts'

/** What a connection shows of itself. */
export interface Shown {
  authorization?: string | undefined
  apiKey?: string | string[] | undefined
  /** SHA-256 of the client's certificate, which TLS has verified; undefined where it has none. */
  certificate?: string | undefined
}

export interface Keyed {
  till: NexoTill
  key?: string
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * Which till this connection is: by certificate, by key, or, where there is only one and it needs neither, that one. What
 * a message says of itself is no identity: it must agree with what is found here.
 */
export function createIdentification(tills: readonly Keyed[]): (shown: Shown) => NexoTill | undefined {
  const keys = tills.flatMap(({ till, key }) => (key === undefined ? [] : [{ till, hash: digest(key) }]))
  const certificates = new Map(tills.flatMap(({ till }) => (till.certificate === undefined ? [] : [[till.certificate, till]])))
  const [only] = tills
  const open = tills.length === 1 && only && keys.length === 0 && certificates.size === 0 ? only.till : undefined
  return ({ authorization, apiKey, certificate }) => {
    if (open) return open
    const byCertificate = certificate === undefined ? undefined : certificates.get(certificate)
    if (byCertificate) return byCertificate
    const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
    const said = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined)
    if (said === undefined) return undefined
    const hash = digest(said)
    let found: NexoTill | undefined
    // Each is compared, and each in the same time, so that an answer's time tells nothing of a key.
    for (const one of keys) if (timingSafeEqual(one.hash, hash)) found = one.till
    return found
  }
}
