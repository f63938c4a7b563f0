import { type ClubPrefixes, withoutBankCard } from './bank-cards.ts'
import { type FieldFormat, type FieldNumber, formatOf, isProfileField } from './fields.ts'
import { type MacKey, macOf } from './mac.ts'
import type { Dialect, IsoMessage } from './message.ts'

/** Longer messages are refused before they are read: 128 fields of the profile never come near it. */
export const longestMessage = 8_192

export interface DecodeOptions {
  dialect: Dialect
  /** How the numbers of the club's own cards begin; without any, no card number passes. */
  clubPrefixes: ClubPrefixes
}

export type Decoded =
  | {
      ok: true
      message: IsoMessage
      /** Fields that were there and were not kept: of no meaning here, or a card that is not the club's. */
      dropped: readonly number[]
      /** The MAC as it came, and how many bytes from the beginning it covers. */
      mac?: { value: Buffer; covers: number }
    }
  /** `reason` names the field, never what it holds. `read`: what stood before it, where the type could be read. */
  | { ok: false; reason: string; read?: IsoMessage }

const patterns: Readonly<Record<FieldFormat['content'], RegExp>> = {
  n: /^\d*$/,
  an: /^[0-9A-Za-z ]*$/,
  // Text for people is UTF-8; a line feed parts the lines of a receipt, other control characters have no business here.
  ans: /^[^\p{Cc}\p{Cs}]*(?:\n[^\p{Cc}\p{Cs}]*)*$/u,
  z: /^\d+[=D]?[\d=D]*$/,
  b: /^[0-9A-F]*$/,
  'x+n': /^[CD]\d*$/,
}
const fixedText = /^[\x20-\x7e]*$/

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A message from its bytes, without the frame. Never throws. */
export function decodeMessage(bytes: Uint8Array, { dialect, clubPrefixes }: DecodeOptions): Decoded {
  if (bytes.length > longestMessage) return { ok: false, reason: `longer than ${longestMessage} bytes` }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const mti = buffer.toString('latin1', 0, 4)
  if (!/^\d{4}$/.test(mti)) return { ok: false, reason: 'the type (MTI) is not four digits' }
  const fields: { [F in FieldNumber]?: string } = {}
  const read: IsoMessage = { mti, fields }
  const refuse = (reason: string): Decoded => ({ ok: false, reason, read })

  const bitmap = readBitmap(buffer, 4, dialect)
  if (!bitmap) return refuse('the bitmap is not whole')
  const dropped: number[] = []
  let at = bitmap.end
  let mac: { value: Buffer; covers: number } | undefined
  for (const field of bitmap.fields) {
    const format = formatOf(field)
    if (!format) return refuse(`DE ${field} is not of this standard`)
    if (mac) return refuse(`DE ${field} stands behind the MAC`)
    let length = format.content === 'b' && dialect === 'hex' ? format.length * 2 : format.length
    const begin = at
    if (format.prefix > 0) {
      const digits = buffer.toString('latin1', at, at + format.prefix)
      if (digits.length < format.prefix || !/^\d+$/.test(digits)) return refuse(`DE ${field}: its length is not a number`)
      length = Number(digits)
      if (length > format.length) return refuse(`DE ${field}: longer than ${format.length}`)
      at += format.prefix
    }
    if (at + length > buffer.length) return refuse(`DE ${field} is cut off`)
    const value = buffer.subarray(at, at + length)
    at += length
    if (!isProfileField(field)) {
      dropped.push(field)
      continue
    }
    const text = readValue(value, format, dialect)
    if (text === undefined) return refuse(`DE ${field} is not ${format.content}`)
    if (field === 64 || field === 128) {
      mac = { value: Buffer.from(text, 'hex'), covers: begin }
      fields[field] = text
      continue
    }
    const kept = withoutBankCard(field, text, clubPrefixes)
    if (kept === undefined) dropped.push(field)
    else fields[field] = kept
  }
  if (at !== buffer.length) return refuse('bytes are left behind the last field')
  return { ok: true, message: read, dropped, ...(mac ? { mac } : {}) }
}

function readValue(bytes: Buffer, format: FieldFormat, dialect: Dialect): string | undefined {
  if (format.content === 'b') {
    const text = dialect === 'hex' ? bytes.toString('latin1').toUpperCase() : bytes.toString('hex').toUpperCase()
    return patterns.b.test(text) ? text : undefined
  }
  let text = bytes.toString('latin1')
  if (format.content === 'ans') {
    if (fixedText.test(text)) return format.prefix === 0 ? text.trimEnd() : text
    if (format.prefix === 0) return undefined
    try {
      text = utf8.decode(bytes)
    } catch {
      return undefined
    }
  }
  if (!patterns[format.content].test(text)) return undefined
  return format.content === 'an' && format.prefix === 0 ? text.trimEnd() : text
}

function readBitmap(buffer: Buffer, at: number, dialect: Dialect): { fields: number[]; end: number } | undefined {
  const fields: number[] = []
  const take = (begin: number, first: number): number | undefined => {
    const end = begin + (dialect === 'hex' ? 16 : 8)
    if (end > buffer.length) return undefined
    let bits: Buffer
    if (dialect === 'hex') {
      const digits = buffer.toString('latin1', begin, end)
      if (!/^[0-9A-Fa-f]{16}$/.test(digits)) return undefined
      bits = Buffer.from(digits, 'hex')
    } else bits = buffer.subarray(begin, end)
    for (let n = 0; n < 64; n++) if (((bits[n >> 3] ?? 0) >> (7 - (n & 7))) & 1) fields.push(first + n)
    return end
  }
  let end = take(at, 1)
  if (end !== undefined && fields[0] === 1) {
    fields.shift()
    end = take(end, 65)
  }
  return end === undefined ? undefined : { fields, end }
}

export interface EncodeOptions {
  dialect: Dialect
  /** Signs the message in DE 64, or in DE 128 where it has a second bitmap. */
  mac?: MacKey
}

/**
 * A message as bytes, without the frame. Numbers are filled up with zeros before them, text of a fixed length with blanks
 * behind it. Throws a `RangeError` that names the field where a value does not fit its format.
 */
export function encodeMessage({ mti, fields }: IsoMessage, { dialect, mac }: EncodeOptions): Buffer {
  if (!/^\d{4}$/.test(mti)) throw new RangeError(`${mti} is no message type`)
  const present: number[] = []
  for (const key in fields) {
    const number = Number(key)
    if (number !== 64 && number !== 128 && fields[number as FieldNumber] !== undefined) present.push(number)
  }
  present.sort((a, b) => a - b)
  const second = (present.at(-1) ?? 0) > 64
  const signedIn = second ? 128 : 64
  const parts: Buffer[] = [
    Buffer.from(mti, 'latin1'),
    writeBitmap([...(second ? [1] : []), ...present, ...(mac ? [signedIn] : [])], { second, dialect }),
    ...present.map((field) => writeField(field, fields[field as FieldNumber] ?? '', dialect)),
  ]
  const covered = Buffer.concat(parts)
  if (!mac) return covered
  const code = macOf(covered, mac)
  return Buffer.concat([covered, dialect === 'hex' ? Buffer.from(code.toString('hex').toUpperCase(), 'latin1') : code])
}

function writeBitmap(fields: readonly number[], { second, dialect }: { second: boolean; dialect: Dialect }): Buffer {
  const bits = Buffer.alloc(second ? 16 : 8)
  for (const field of fields) bits[(field - 1) >> 3] = (bits[(field - 1) >> 3] ?? 0) | (1 << (7 - ((field - 1) & 7)))
  return dialect === 'hex' ? Buffer.from(bits.toString('hex').toUpperCase(), 'latin1') : bits
}

function writeField(field: number, value: string, dialect: Dialect): Buffer {
  const format = formatOf(field)
  if (!format) throw new RangeError(`DE ${field} is not of this standard`)
  const { content, length, prefix } = format
  const refuse = (): never => {
    throw new RangeError(`DE ${field} takes ${content} ${prefix > 0 ? `up to ${length}` : length}, and not this value`)
  }
  if (content === 'b') {
    if (!patterns.b.test(value) || value.length !== length * 2) refuse()
    return dialect === 'hex' ? Buffer.from(value, 'latin1') : Buffer.from(value, 'hex')
  }
  const filled = prefix > 0 ? value : content === 'n' ? value.padStart(length, '0') : value.padEnd(length, ' ')
  if (!(prefix === 0 && content === 'ans' ? fixedText : patterns[content]).test(filled)) refuse()
  const bytes = Buffer.from(filled, 'utf8')
  if (bytes.length > length || (prefix === 0 && bytes.length !== length)) refuse()
  if (prefix === 0) return bytes
  return Buffer.concat([Buffer.from(String(bytes.length).padStart(prefix, '0'), 'latin1'), bytes])
}
