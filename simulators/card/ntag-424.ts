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

/**
 * The address that the card writes at its `counter`-th reading, after its template: `{picc}`, `{uid}`, `{counter}`, `{mac}`.
 * `macInputFrom`: the text of the template from which on it is signed, up to the MAC; nothing is, where it is left out.
 */
export function sunAddress(
  card: Ntag424 & { macInputFrom?: string },
  { template, counter }: { template: string; counter: number },
): string {
  const { picc } = sunMessage(card, { counter })
  const written = template
    .replace('{picc}', picc)
    .replace('{uid}', card.uid.toUpperCase())
    .replace('{counter}', counter.toString(16).toUpperCase().padStart(6, '0'))
  const from = card.macInputFrom === undefined ? -1 : written.indexOf(card.macInputFrom)
  const signed = from < 0 ? '' : written.slice(from, written.indexOf('{mac}'))
  return written.replace('{mac}', sunMessage(card, { counter, macInput: new Uint8Array(Buffer.from(signed)) }).mac)
}
