import type { Mask } from './mask.ts'
import { parseJson } from './parse-json.ts'

/** The lane protocol's own fields that name or identify somebody, wherever they stand. */
const ofTheLane = ['value', 'displayName', 'mobile', 'firstName', 'lastName', 'email', 'birthday', 'nationalId', 'referredBy']
/** nexo's: who is named, and what was read of a card. */
const ofNexo = [
  'LoyaltyID',
  'PAN',
  'MaskedPAN',
  'TrackValue',
  'CardholderName',
  'TokenValue',
  'ReferenceID',
  'TextInput',
  'DigitInput',
]
const personal = new Set([...ofTheLane, ...ofNexo])

/** A JSON text with the words under personal keys masked in their place; undefined where it is none. */
export function maskedJson(text: string, mask: Mask): string | undefined {
  const json = parseJson(text)
  if (json === null || typeof json !== 'object') return undefined
  let out = text
  const visit = (value: unknown, key: string) => {
    if (typeof value === 'string' && personal.has(key)) {
      // As it stands in the file, with its escapes.
      const written = JSON.stringify(value).slice(1, -1)
      const keep = /^(\+98|0098|09)/.exec(value)?.[0].length ?? 0
      out = out.includes(written) ? out.replaceAll(written, mask.text(written, keep)) : '#'.repeat(text.length)
    } else if (Array.isArray(value)) for (const one of value) visit(one, key)
    else if (value !== null && typeof value === 'object')
      for (const [name, one] of Object.entries(value)) visit(one, key === 'profile' && typeof one === 'string' ? 'value' : name)
  }
  visit(json, '')
  return out
}

/** As `maskedJson`, of bytes; what is no JSON is masked byte by byte. Of the same length. */
export function maskedBody(bytes: Buffer, mask: Mask): Buffer {
  const masked = Buffer.from(maskedJson(bytes.toString('utf8'), mask) ?? '')
  return masked.length === bytes.length ? masked : mask.bytes(bytes)
}
