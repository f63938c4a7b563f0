import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { keyLengths, type MacKey, macHolds, macOf } from '#protocol/iso8583/mac.ts'
import { readSecret } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import type { TerminalOptions } from './options.ts'

/** A terminal that may call, with the keys that its messages are signed with. */
export interface Terminal {
  readonly terminal: string
  readonly lane: string
  /** What its messages are signed with now; undefined where they are not. */
  readonly key: MacKey | undefined
  /** Whether bytes are signed by it. A key exchange must be signed with the terminal's own key, and so may all else be. */
  signed(bytes: Uint8Array, mac: Uint8Array): boolean
  signedByOwnKey(bytes: Uint8Array, mac: Uint8Array): boolean
  /** Makes a new key for what follows, wrapped for the terminal (hex digits); undefined for one without a key. */
  exchange(): { wrapped: string; check: string; own: MacKey } | undefined
}

/** Reads the terminals' keys. Throws a permanent `VafaError` that names the file where a key is none. */
export function openTerminal(options: TerminalOptions, beside: (path: string) => string): Terminal {
  const own = options.mac && readMacKey(options.mac, beside(options.mac.keyFile))
  /** Lost with the box's restart: the terminal hears 63 and exchanges again. */
  let session: MacKey | undefined
  return {
    terminal: options.terminal,
    lane: options.lane,
    get key() {
      return session ?? own
    },
    signed: (bytes, mac) =>
      (session !== undefined && macHolds(bytes, mac, session)) || (own !== undefined && macHolds(bytes, mac, own)),
    signedByOwnKey: (bytes, mac) => own !== undefined && macHolds(bytes, mac, own),
    exchange() {
      if (!own) return undefined
      const key = randomBytes(own.key.length)
      session = { algorithm: own.algorithm, key }
      return { wrapped: wrapKey(key, own), check: checkValue(session), own }
    },
  }
}

/** RFC 3394 by AES; a `retail` key wraps as the AES-128 key that its 16 bytes are too. */
function wrapKey(key: Uint8Array, { key: own }: MacKey): string {
  const wrap = createCipheriv(`id-aes${own.length * 8}-wrap`, createSecretKey(own), Buffer.alloc(8, 0xa6))
  return Buffer.concat([wrap.update(key), wrap.final()])
    .toString('hex')
    .toUpperCase()
}

/** What shows that both ends have the same key: three bytes of the MAC of 16 zero bytes. */
export const checkValue = (key: MacKey): string => macOf(new Uint8Array(16), key).subarray(0, 3).toString('hex').toUpperCase()

/** A terminal's key from its file. Throws a permanent `VafaError` where that holds none. */
export function readMacKey({ algorithm }: { algorithm: MacKey['algorithm'] }, file: string): MacKey {
  const text = readSecret(file, "a terminal's key").replaceAll(' ', '')
  const lengths = keyLengths[algorithm]
  if (!/^[0-9A-Fa-f]+$/.test(text) || !lengths.includes(text.length / 2))
    throw new VafaError({
      key: 'secret.invalid',
      message: `${file} holds no key for ${algorithm}`,
      hint: `it needs ${lengths.map((length) => `${length * 2}`).join(' or ')} hex digits: \`openssl rand -hex 16\` makes one`,
    })
  return { algorithm, key: Buffer.from(text, 'hex') }
}
