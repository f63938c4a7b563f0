import { z } from 'zod'
import { formatSun } from '#protocol/sun.ts'
import type { NdefRecord } from './ndef.ts'

const parameter = z.string().regex(/^[A-Za-z0-9_-]{1,20}$/, 'is the name of a parameter of the address')

/** How the bureau had the cards write their address; the names are those of NXP's application note where none are given. */
export const sunOptions = z.strictObject({
  url: z.string().max(200).default('https://').meta({ description: 'what the address of such a card begins with' }),
  picc: parameter.default('picc_data').meta({ description: 'the parameter with UID and counter, encrypted' }),
  uid: parameter.default('uid').meta({ description: 'the parameter with the UID, where the card shows it in the clear' }),
  counter: parameter.default('ctr').meta({ description: 'the parameter with the counter, where the card shows it in the clear' }),
  mac: parameter.default('cmac').meta({ description: 'the parameter with the MAC' }),
  macInputOffset: z
    .int()
    .min(7)
    .max(255)
    .optional()
    .meta({ description: "the cards' SDMMACInputOffset, in bytes of the NDEF file; left out where it is the MAC's own place" }),
})
export type SunOptions = z.infer<typeof sunOptions>

/** A proof's text; `broken`: it is such a card's address and says nothing that could be true. */
export type SunReading = { is: 'proof'; value: string } | { is: 'broken' } | { is: 'none' }

/** The file begins with the message's length. */
const lengthBytes = 2

/** What an NTAG 424 DNA says of itself in its address (secure unique NFC, NXP AN12196). */
export function readSun(record: Extract<NdefRecord, { kind: 'uri' }>, message: Uint8Array, options: SunOptions): SunReading {
  const { uri } = record
  if (!uri.startsWith(options.url)) return { is: 'none' }
  const parameters = parametersOf(uri)
  const mac = parameters.get(options.mac)
  if (!mac) return { is: 'none' }
  const [picc, uid, counter] = [options.picc, options.uid, options.counter].map((name) => parameters.get(name)?.value)
  const macInput = signedPart(record, message, { macAt: mac.at, offset: options.macInputOffset })
  const said = { mac: mac.value, macInput }
  const value =
    picc !== undefined
      ? formatSun({ picc, ...said })
      : uid !== undefined && counter !== undefined && /^[0-9A-Fa-f]{6}$/.test(counter)
        ? formatSun({ uid, counter: Number.parseInt(counter, 16), ...said })
        : undefined
  return value === undefined ? { is: 'broken' } : { is: 'proof', value }
}

/** Parameters by name with where their values begin; not decoded, since the MAC is over what is written. */
function parametersOf(uri: string): ReadonlyMap<string, { value: string; at: number }> {
  const found = new Map<string, { value: string; at: number }>()
  const from = uri.indexOf('?') + 1
  if (from === 0) return found
  let at = from
  for (const part of (uri.slice(from).split('#', 1)[0] ?? '').split('&')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, equals)
    if (equals > 0 && !found.has(name)) found.set(name, { value: part.slice(equals + 1), at: at + equals + 1 })
    at += part.length + 1
  }
  return found
}

/** The bytes of the file from the configured place up to the MAC. */
function signedPart(
  { writtenAt, abbreviated }: Extract<NdefRecord, { kind: 'uri' }>,
  message: Uint8Array,
  { macAt, offset }: { macAt: number; offset: number | undefined },
): Uint8Array {
  if (offset === undefined) return new Uint8Array()
  // An address that such a card writes is ASCII: a letter is a byte.
  return message.subarray(offset - lengthBytes, Math.max(offset - lengthBytes, writtenAt + macAt - abbreviated))
}
