import { createDecipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { nonceLength, readyCiphers } from './ready-ciphers.ts'

/**
 * Values of the box's database under the box's own key. A sealed value: one byte of the format, four of the key's id,
 * a nonce (12), AES-256-GCM's ciphertext and its tag (16). It is bound to its place (table, column, row): a value that
 * somebody moves to another row does not open there.
 */
export interface Seal {
  /** What begins each value that is sealed under the current key. */
  readonly header: Buffer
  seal(place: string, plain: string | Uint8Array): Buffer
  /** Throws `box-key.wrong` where the key is another one, `box-data.changed` where the value is not what was sealed. */
  open(place: string, sealed: Uint8Array): Buffer
}

/** A key of the box, 32 bytes, and the four that name it in what it seals. */
export interface BoxKey {
  keyid: string
  secret: KeyObject
}

const format = 1
const [headerLength, tagLength] = [5, 16]

/** By how many bytes a sealed value is longer than the plain one. */
export const sealedBy = headerLength + nonceLength + tagLength

export function boxKeyOf(bytes: Buffer): BoxKey {
  const keyid = createHash('sha256').update('vafa box key id v1').update(bytes).digest('hex').slice(0, 8)
  return { keyid, secret: createSecretKey(bytes) }
}

/** `keys`: the first one seals, each of them opens what it has sealed. */
export function createSeal([current, ...older]: readonly [BoxKey, ...BoxKey[]]): Seal {
  const header = Buffer.concat([Buffer.of(format), Buffer.from(current.keyid, 'hex')])
  const nextCipher = readyCiphers(current.secret)
  const keys = new Map([current, ...older].map((key) => [key.keyid, key.secret]))
  return {
    header,
    seal(place, plain) {
      const { nonce, cipher } = nextCipher()
      cipher.setAAD(Buffer.from(place))
      const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
      return Buffer.concat([header, nonce, text, cipher.final(), cipher.getAuthTag()])
    },
    open(place, sealed) {
      const bytes = Buffer.isBuffer(sealed) ? sealed : Buffer.from(sealed)
      if (bytes.length < sealedBy || bytes[0] !== format) throw changed(place)
      const keyid = bytes.toString('hex', 1, headerLength)
      const secret = keys.get(keyid)
      if (!secret) throw wrongKey(`${place} is sealed under the key ${keyid}`)
      const nonce = bytes.subarray(headerLength, headerLength + nonceLength)
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagLength }).setAAD(Buffer.from(place))
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(headerLength + nonceLength, -tagLength)), decipher.final()])
      } catch {
        throw changed(place)
      }
    },
  }
}

/** As `seal.open`, as text; undefined, and told in the log, where the disk has spoilt the value: then it is as if it were not there. */
export function openedText(seal: Seal, place: string, sealed: Uint8Array, log: Logger): string | undefined {
  try {
    return seal.open(place, sealed).toString('utf8')
  } catch (error) {
    log.error({ place, reason: messageOf(error) }, 'a value of the box’s database cannot be read')
    return undefined
  }
}

export const wrongKey = (what: string) =>
  new VafaError({
    key: 'box-key.wrong',
    message: `the key file is not the one of this database: ${what}`,
    hint: 'put the right file back (it lay beside the database, or where `databaseKeyFile` said); nothing was changed',
  })

const changed = (place: string) =>
  new VafaError({
    key: 'box-data.changed',
    message: `${place} in the box’s database is not what the box wrote there`,
    hint: 'the disk is failing, or somebody changed the file; `vafa gateway salvage` sends what can still be read',
  })
