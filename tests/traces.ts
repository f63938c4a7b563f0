import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The ways in which one value can be written down, as the bytes that a search looks for. */
export type Traces = ReadonlyMap<string, Buffer>

const inDigits = (text: string, zero: number) => text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))

/** `6037991234567890` → two digits a byte; an odd number of digits begins or ends in the middle of a byte, and is looked for without it. */
const packed = (digits: string) => Buffer.from(digits.slice(0, digits.length & ~1), 'hex')

/** What of a base64 text depends on the value alone, for each of the three places where it can begin. */
const inBase64 = (bytes: Buffer, alphabet: 'base64' | 'base64url') =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString(alphabet)
      .replace(/=+$/, '')
    const from = Math.ceil((before * 8) / 6)
    return text.slice(from, Math.floor(((before + bytes.length) * 8) / 6))
  })

/** A text as UTF-8 and UTF-16, in hexadecimal and base64, escaped as in JSON and URLs, with digits of three scripts, and packed. */
export function tracesOf(text: string): Traces {
  const found = new Map<string, Buffer>()
  const add = (form: string, given: Buffer | string) => {
    const bytes = typeof given === 'string' ? Buffer.from(given, 'utf8') : given
    if (![...found.values()].some((one) => one.equals(bytes))) found.set(form, bytes)
  }
  const texts = new Map([['as it is', text]])
  if (/\d/.test(text)) {
    texts.set('Persian digits', inDigits(text, 0x6f0))
    texts.set('Arabic digits', inDigits(text, 0x660))
  }
  if (/^[0-9a-f]+$/i.test(text)) {
    texts.set('upper case', text.toUpperCase())
    texts.set('lower case', text.toLowerCase())
    texts.set('with colons', text.toUpperCase().replace(/..(?!$)/g, '$&:'))
    texts.set('with blanks', text.toUpperCase().replace(/..(?!$)/g, '$& '))
  }
  for (const [form, one] of texts) {
    const utf8 = Buffer.from(one, 'utf8')
    add(form, utf8)
    add(`${form}, UTF-16`, Buffer.from(one, 'utf16le'))
    add(`${form}, hexadecimal`, utf8.toString('hex'))
    add(`${form}, in a URL`, encodeURIComponent(one))
    const escaped = one.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    add(`${form}, escaped`, escaped)
    for (const alphabet of ['base64', 'base64url'] as const)
      for (const [place, written] of inBase64(utf8, alphabet).entries()) add(`${form}, ${alphabet} ${place}`, written)
  }
  if (/^(?:[0-9a-f]{2}){4,}$/i.test(text)) add('bytes', Buffer.from(text, 'hex'))
  if (/^\d{9,}$/.test(text)) {
    add('packed', packed(text))
    add('packed, half a byte later', packed(text.slice(1)))
  }
  return found
}

/** Which of the values stand in these bytes, and how: `mobile (Persian digits)`. */
export function tracesIn(bytes: Buffer, values: ReadonlyMap<string, Traces>): string[] {
  return [...values].flatMap(([name, traces]) =>
    [...traces].flatMap(([form, wanted]) => {
      const at = bytes.indexOf(wanted)
      return at < 0 ? [] : [`${name} (${form}) at ${at}`]
    }),
  )
}

/** Every regular file under a folder → its bytes. */
export function filesUnder(folder: string): Map<string, Buffer> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [file, readFileSync(join(folder, file))]),
  )
}
