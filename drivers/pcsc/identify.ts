import { z } from 'zod'
import { isRandomUid, type RawCredential } from '#protocol/credentials.ts'
import type { DeviceEvent } from '../contract.ts'
import { type NdefRecord, parseNdef } from './ndef.ts'
import type { CardIdentity } from './read-card.ts'
import { readSun, sunOptions } from './sun-address.ts'

const ndefRule = z
  .strictObject({
    prefix: z.string().min(1).max(200).meta({ description: 'fits addresses and texts that begin so' }),
    is: z.enum(['qr', 'barcode', 'member-number', 'phone']).default('qr').meta({ description: 'the kind of credential' }),
    take: z
      .enum(['whole', 'after-prefix'])
      .default('whole')
      .meta({ description: 'what of it is the credential; `whole`: the same as where it is printed as a code' }),
  })
  .meta({ description: 'the first that fits one of the records counts' })

/** What of a card's NDEF message identifies its holder. */
export const ndefOptions = z.strictObject({
  sun: sunOptions.optional().meta({ description: 'cards of the kind NTAG 424 DNA, whose address changes at each reading' }),
  rules: z.array(ndefRule).max(20).default([]),
})
export type NdefOptions = z.infer<typeof ndefOptions>

type Identified = Extract<DeviceEvent, { kind: 'credential' | 'refused' }>

/** A card's identity as the gateway hears it. What identifies nobody is refused, and the customer is to be told so. */
export function identify(card: CardIdentity, at: number, ndef?: NdefOptions): Identified {
  if (card.by === 'aid') return { kind: 'credential', at, credential: { kind: 'iso-dep', value: card.hex } }
  if (card.by === 'ndef') {
    const carried = ndef && identityIn(Buffer.from(card.message, 'hex'), ndef)
    if (carried === 'broken')
      return { kind: 'refused', at, key: 'credential.unproven', reason: 'the card’s address lacks what proves it' }
    if (carried) return { kind: 'credential', at, credential: carried }
    if (card.hex === undefined)
      return { kind: 'refused', at, key: 'card.foreign', reason: 'the card carries nothing of the club’s, and tells no UID' }
  }
  const uid = card.hex ?? ''
  if (isRandomUid(uid))
    return { kind: 'refused', at, key: 'credential.random', reason: 'the card or phone shows a new random UID at each tap' }
  return { kind: 'credential', at, credential: { kind: 'nfc-uid', value: uid } }
}

/** The longest credential that may leave a driver. */
const longest = 200

function identityIn(message: Uint8Array, { sun, rules }: NdefOptions): RawCredential | 'broken' | undefined {
  const records = parseNdef(message)
  if (sun)
    for (const record of records) {
      const said = record.kind === 'uri' ? readSun(record, message, sun) : undefined
      if (said?.is === 'proof') return { kind: 'nfc-sun', value: said.value }
      if (said?.is === 'broken') return 'broken'
    }
  for (const { prefix, is, take } of rules) {
    const fits = records.map(writtenIn).find((text) => text.startsWith(prefix) && text.length > prefix.length)
    if (fits === undefined) continue
    const value = take === 'whole' ? fits : fits.slice(prefix.length)
    if (value.length <= longest) return { kind: is, value }
  }
  return undefined
}

const writtenIn = (record: NdefRecord): string => (record.kind === 'uri' ? record.uri : record.kind === 'text' ? record.text : '')
