import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import type { Sealed } from './messages.ts'

/**
 * Sealing of personal fields to the club's public key: a fresh X25519 key agreement, HKDF-SHA-256, AES-256-GCM.
 * `box` is base64url of: ephemeral public key (32 bytes), nonce (12), ciphertext, tag (16). Only the club can open it.
 */
const spkiPrefix = Buffer.from('302a300506032b656e032100', 'hex')
const publicFromRaw = (raw: Uint8Array) => createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' })

function derive(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), 'vafa sealed v1', 32))
}

export interface SealingPublicKey {
  keyid: string
  /** X25519, raw 32 bytes, base64url */
  publicKey: string
}

export interface SealingPrivateKey extends SealingPublicKey {
  /** PKCS #8, DER, base64url */
  privateKey: string
}

export function makeSealingKey(keyid: string): SealingPrivateKey {
  const pair = generateKeyPairSync('x25519')
  return {
    keyid,
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url'),
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
  }
}

export function seal(value: unknown, to: SealingPublicKey): Sealed {
  const recipient = Buffer.from(to.publicKey, 'base64url')
  const pair = generateKeyPairSync('x25519')
  const ephemeral = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const key = derive(diffieHellman({ privateKey: pair.privateKey, publicKey: publicFromRaw(recipient) }), ephemeral, recipient)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return { keyid: to.keyid, box: Buffer.concat([ephemeral, nonce, body, cipher.getAuthTag()]).toString('base64url') }
}

/** Throws where the box was sealed to another key or was changed. */
export function unseal(sealed: Sealed, key: SealingPrivateKey): unknown {
  if (sealed.keyid !== key.keyid) throw new Error(`sealed to key ${sealed.keyid}, not to ${key.keyid}`)
  const box = Buffer.from(sealed.box, 'base64url')
  if (box.length < 60) throw new Error('sealed box is too short')
  const ephemeral = box.subarray(0, 32)
  const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey, 'base64url'), format: 'der', type: 'pkcs8' })
  const shared = diffieHellman({ privateKey, publicKey: publicFromRaw(ephemeral) })
  const decipher = createDecipheriv(
    'aes-256-gcm',
    derive(shared, ephemeral, Buffer.from(key.publicKey, 'base64url')),
    box.subarray(32, 44),
  )
  decipher.setAuthTag(box.subarray(-16))
  return JSON.parse(Buffer.concat([decipher.update(box.subarray(44, -16)), decipher.final()]).toString('utf8'))
}
