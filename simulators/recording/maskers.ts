import { z } from 'zod'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { readMacKey } from '#drivers/pos-iso8583/terminals.ts'
import { readFrame } from '#drivers/scan/framing.ts'
import { framingOptions, meaningOptions } from '#drivers/scan/options.ts'
import { readScan } from '#drivers/scan/rules.ts'
import { decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { lengthFrame, serialFrame } from '#protocol/iso8583/frames.ts'
import type { MacKey } from '#protocol/iso8583/mac.ts'
import { readPrivateData, writePrivateData } from '#protocol/iso8583/private-data.ts'
import type { Framing } from './framed.ts'
import type { Mask } from './mask.ts'
import { httpTill } from './mask-http.ts'
import { maskedBody } from './mask-json.ts'
import { mqttTill } from './mask-mqtt.ts'

export interface MaskerSetting {
  /** The device's, through its driver's schema. */
  options: unknown
  mask: Mask
  beside(path: string): string
}

export type MakeFraming = (setting: MaskerSetting) => Framing

/** What a device says that names nobody: states, slots, what was already keyed or encrypted. */
const clear: MakeFraming = () => ({ first: (bytes) => bytes.length || undefined, masked: (bytes) => bytes })

const scanOptions = z.object({ ...framingOptions, ...meaningOptions })

/** Codes that are members' keep what the store's rule knows them by; products and coupons stay as they are. */
const scans: MakeFraming = ({ options, mask }) => {
  const { prefix, suffix, maxLength, rules, as } = scanOptions.parse(options)
  const ends = suffix === undefined ? ['\r', '\n'] : [suffix]
  return {
    first(bytes) {
      const found = ends.flatMap((end) => {
        const at = bytes.indexOf(end)
        return at < 0 ? [] : [at + Buffer.byteLength(end)]
      })
      return found.length === 0 ? undefined : Math.min(...found)
    },
    masked(message) {
      const end = ends.map((one) => Buffer.byteLength(one)).find((size) => size <= message.length) ?? 0
      const code = readFrame(message.subarray(0, message.length - end), { prefix, maxLength })
      if (code.kind === 'garbage') return message.length > end ? mask.bytes(message) : message
      const meaning = readScan(code.text, { rules, as })
      if (meaning.kind !== 'credential') return message
      const { value } = meaning.credential
      const known = rules.find((rule) => rule.prefix !== undefined && value.startsWith(rule.prefix))?.prefix?.length ?? 0
      return replaced(message, value, mask.text(value, known))
    },
  }
}

/** A text within bytes by another of the same length; where it does not stand there as it is, nothing stays. */
function replaced(bytes: Buffer, value: string, by: string): Buffer {
  const text = bytes.toString('utf8')
  return text.includes(value) ? Buffer.from(text.replaceAll(value, by)) : Buffer.alloc(bytes.length, '#')
}

const jsonLines: MakeFraming = ({ mask }) => ({
  first(bytes) {
    const end = bytes.indexOf(0x0a)
    return end < 0 ? undefined : end + 1
  },
  masked(message) {
    const end = message.length - (message.at(-1) === 0x0a ? 1 : 0)
    return Buffer.concat([maskedBody(message.subarray(0, end), mask), message.subarray(end)])
  },
})

const stx = 0x02
const etx = 0x03

/** Messages are read by the profile's codec, written without numbers of people, and signed again where they are signed. */
const iso8583: MakeFraming = ({ options, mask, beside }) => {
  const { bitmap, serial, terminals, clubPrefixes } = posIso8583Options.parse(options)
  const keys: MacKey[] = terminals.flatMap(({ mac }) => (mac ? [readMacKey(mac, beside(mac.keyFile))] : []))
  const rewritten = (bytes: Buffer): Buffer | undefined => {
    const decoded = decodeMessage(bytes, { dialect: bitmap, clubPrefixes })
    if (!decoded.ok || decoded.dropped.length > 0) return undefined
    const { fields, mti } = decoded.message
    const { 64: _, 128: __, ...rest } = fields
    const next = { ...rest }
    if (next[2] !== undefined) next[2] = mask.text(next[2], 6)
    if (next[35] !== undefined) next[35] = mask.text(next[35], 6)
    const tags = readPrivateData(next[48])
    const hidden = writePrivateData(
      (tags ?? []).map(([tag, value]) => [
        tag,
        tag === 'CR' ? maskedCredential(value, mask) : tag === 'NM' ? mask.text(value) : value,
      ]),
    )
    if (hidden !== undefined) next[48] = hidden
    const [key] = decoded.mac ? keys : []
    if (decoded.mac && !key) return undefined
    return Buffer.from(encodeMessage({ mti, fields: next }, { dialect: bitmap, ...(key ? { mac: key } : {}) }))
  }
  return {
    first(bytes) {
      if (!serial) return bytes.length < 2 ? undefined : 2 + bytes.readUInt16BE()
      if (bytes.length > 0 && bytes[0] !== stx) return 1
      const end = bytes.indexOf(etx)
      return end < 0 || end + 2 > bytes.length ? undefined : end + 2
    },
    masked(message) {
      const inner = serial ? message.subarray(1, -2) : message.subarray(2)
      if (inner.length === 0 || (serial && message[0] !== stx)) return message
      const whole = rewritten(inner)
      if (whole) return serial ? serialFrame(whole) : lengthFrame(whole)
      const hidden = mask.bytes(inner)
      return serial ? Buffer.concat([message.subarray(0, 1), hidden, message.subarray(-2)]) : lengthFrame(hidden)
    },
  }
}

/** `phone:09121234567`: the kind says how it is read, and stays. */
function maskedCredential(value: string, mask: Mask): string {
  const colon = value.indexOf(':') + 1
  const number = value.slice(colon)
  return value.slice(0, colon) + mask.text(number, value.startsWith('phone:') && number.startsWith('09') ? 2 : 0)
}

/** How what each kind of device says is masked, by driver. A driver that is not here cannot be recorded on its line. */
export const maskers: ReadonlyMap<string, MakeFraming> = new Map<string, MakeFraming>([
  ['display-serial', clear],
  ['fingerprint-r30x', clear],
  ['pos-iso8583', iso8583],
  ['pos-nexo', httpTill],
  ['printer-escpos', clear],
  ['scanner-serial', scans],
  ['scanner-tcp', scans],
  ['till-http', httpTill],
  ['till-mqtt', mqttTill],
  ['till-tcp', jsonLines],
])
