import { createDecipheriv } from 'node:crypto'
import { cmac } from '@noble/ciphers/aes.js'
import type { SunMessage } from '#protocol/sun.ts'
import type { CardKeys } from '../books/card-keys.ts'

/** The card that a message proves: its UID (14 hexadecimal digits) and how often it has been read. */
export interface ProvenCard {
  uid: string
  counter: number
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** PICCDataTag of UID (7 bytes) and counter, both mirrored (NTAG 424 DNA data sheet, 9.3.3.1). */
const uidAndCounter = 0xc7

/** First bytes of the session vector for the MAC (AN12196, 3.3): label, counter, length of the key. */
const sessionLabel = hex('3CC300010080')

/** Whether a message was made by a card of these keys, and by which; undefined where it was not. */
export function verifySun(message: SunMessage, keys: CardKeys): ProvenCard | undefined {
  const said = saidBy(message, keys)
  if (!said) return undefined
  const uid = hex(said.uid)
  const counter = Buffer.alloc(3)
  counter.writeUIntLE(said.counter, 0, 3)
  const session = cmac(Buffer.concat([sessionLabel, uid, counter]), fileReadKey(keys, uid))
  const whole = cmac(message.macInput, session)
  const mac = whole.filter((_, index) => index % 2 === 1)
  return sameBytes(mac, hex(message.mac)) ? said : undefined
}

function saidBy(message: SunMessage, { metaReadKey }: CardKeys): ProvenCard | undefined {
  if ('uid' in message) return { uid: message.uid, counter: message.counter }
  if (metaReadKey === undefined) return undefined
  const decipher = createDecipheriv('aes-128-cbc', hex(metaReadKey), Buffer.alloc(16)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(hex(message.picc)), decipher.final()])
  if (plain[0] !== uidAndCounter) return undefined
  return { uid: plain.subarray(1, 8).toString('hex').toUpperCase(), counter: plain.readUIntLE(8, 3) }
}

/** The card's own key (AN10922, 2.2), or the batch's where all its cards have one. */
function fileReadKey({ fileReadKey: master, diversifier }: CardKeys, uid: Buffer): Uint8Array {
  if (diversifier === undefined) return hex(master)
  return diversifiedKey(hex(master), Buffer.concat([uid, hex(diversifier)]))
}

/** `input`: 16 to 31 bytes: with its first byte it fills a block, and the padding is CMAC's own. */
export const diversifiedKey = (master: Uint8Array, input: Uint8Array): Uint8Array =>
  cmac(Buffer.concat([Buffer.of(0x01), input]), master)

/** Tells by its time nothing of where the two differ. */
function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0)
  return difference === 0
}
