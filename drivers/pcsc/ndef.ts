/**
 * NDEF messages (NFC Forum, NDEF 1.0; URI and text record type definitions) as tags and phones carry them. Pure. A
 * message that breaks the rules gives the records before the break: half a card identifies nobody.
 */
export type NdefRecord =
  | {
      kind: 'uri'
      uri: string
      /** Where in the message the written part of the address begins, and how much of it the code before it stands for. */
      writtenAt: number
      abbreviated: number
    }
  | { kind: 'text'; text: string }
  | { kind: 'other' }

/** A message's longest form that is read: a tag of 888 bytes has room for no more than its half, phones for a little more. */
export const maxMessage = 2_048

const wellKnown = 0x01
const typeUri = 0x55
const typeText = 0x54

/** URI record type definition, table 3. */
const prefixes = [
  ...['', 'http://www.', 'https://www.', 'http://', 'https://', 'tel:', 'mailto:', 'ftp://anonymous:anonymous@', 'ftp://ftp.'],
  ...['ftps://', 'sftp://', 'smb://', 'nfs://', 'ftp://', 'dav://', 'news:', 'telnet://', 'imap:', 'rtsp://', 'urn:', 'pop:'],
  ...['sip:', 'sips:', 'tftp:', 'btspp://', 'btl2cap://', 'btgoep://', 'tcpobex://', 'irdaobex://', 'file://', 'urn:epc:id:'],
  ...['urn:epc:tag:', 'urn:epc:pat:', 'urn:epc:raw:', 'urn:epc:', 'urn:nfc:'],
]

export function parseNdef(message: Uint8Array): NdefRecord[] {
  const records: NdefRecord[] = []
  let at = 0
  while (at < message.length) {
    const header = message[at] ?? 0
    const short = (header & 0x10) !== 0
    const hasId = (header & 0x08) !== 0
    const typeLength = message[at + 1]
    let next = at + 2
    const length = short ? message[next] : lengthAt(message, next)
    next += short ? 1 : 4
    const idLength = hasId ? message[next] : 0
    if (hasId) next += 1
    if (typeLength === undefined || length === undefined || idLength === undefined) break
    const payloadAt = next + typeLength + idLength
    const end = payloadAt + length
    if (end > message.length) break
    const chunked = (header & 0x20) !== 0
    const known = (header & 0x07) === wellKnown && typeLength === 1 && !chunked
    records.push(known ? wellKnownRecord(message.subarray(0, end), { type: message[next] ?? 0, payloadAt }) : { kind: 'other' })
    at = end
    if ((header & 0x40) !== 0) break
  }
  return records
}

const lengthAt = (bytes: Uint8Array, at: number): number | undefined =>
  bytes.length < at + 4 ? undefined : Buffer.from(bytes.subarray(at, at + 4)).readUInt32BE(0)

function wellKnownRecord(message: Uint8Array, { type, payloadAt }: { type: number; payloadAt: number }): NdefRecord {
  const payload = message.subarray(payloadAt)
  const [first] = payload
  if (first === undefined) return { kind: 'other' }
  if (type === typeUri) {
    const prefix = prefixes[first] ?? ''
    const written = textOf(payload.subarray(1), 'utf-8')
    if (written === undefined) return { kind: 'other' }
    return { kind: 'uri', uri: prefix + written, writtenAt: payloadAt + 1, abbreviated: prefix.length }
  }
  if (type !== typeText) return { kind: 'other' }
  const text = textOf(payload.subarray(1 + (first & 0x3f)), (first & 0x80) === 0 ? 'utf-8' : 'utf-16be')
  return text === undefined ? { kind: 'other' } : { kind: 'text', text }
}

function textOf(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16be'): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
