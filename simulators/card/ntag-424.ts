import { createCipheriv } from 'node:crypto'
import { cmac } from '@noble/ciphers/aes.js'
import type { SunMessage } from '#protocol/sun.ts'

/** What a bureau writes into an NTAG 424 DNA; keys in hexadecimal, as `vafa club cards import --keys` takes them. */
export interface Ntag424 {
  /** 7 bytes in hexadecimal. */
  uid: string
  metaReadKey: string
  fileReadKey: string
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const upper = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

/**
 * What the card says of itself at its `counter`-th reading (NXP AN12196, 3): made as the card makes it. `padding`: the
 * five bytes of chance with which it fills its block; `macInput`: what of the address it signs.
 */
export function sunMessage(
  { uid, metaReadKey, fileReadKey }: Ntag424,
  {
    counter,
    padding = Buffer.alloc(5),
    macInput = new Uint8Array(),
  }: { counter: number; padding?: Buffer; macInput?: Uint8Array },
): SunMessage & { picc: string } {
  const read = Buffer.alloc(3)
  read.writeUIntLE(counter, 0, 3)
  const cipher = createCipheriv('aes-128-cbc', hex(metaReadKey), Buffer.alloc(16)).setAutoPadding(false)
  const picc = Buffer.concat([cipher.update(Buffer.concat([Buffer.of(0xc7), hex(uid), read, padding])), cipher.final()])
  return { picc: upper(picc), mac: macOf({ uid, fileReadKey }, { read, macInput }), macInput }
}

function macOf({ uid, fileReadKey }: Pick<Ntag424, 'uid' | 'fileReadKey'>, said: { read: Buffer; macInput: Uint8Array }): string {
  const session = cmac(Buffer.concat([hex('3CC300010080'), hex(uid), said.read]), hex(fileReadKey))
  return upper(cmac(said.macInput, session).filter((_, index) => index % 2 === 1))
}
