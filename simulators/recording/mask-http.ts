import { z } from 'zod'
import { readSecret } from '#runtime/config.ts'
import type { Framing } from './framed.ts'
import type { Mask } from './mask.ts'
import { maskedBody } from './mask-json.ts'
import type { MakeFraming } from './maskers.ts'

/** Tills by what each is called in its device's options. */
const tills = z.looseObject({
  tills: z.array(
    z.looseObject({ till: z.string().optional(), saleid: z.string().optional(), secretFile: z.string().optional() }),
  ),
})

export interface KeyedTill {
  name: string
  key: string
}

/** The tills of a device that are known by a key. */
export function keyedTills(options: unknown, beside: (path: string) => string): KeyedTill[] {
  return tills.parse(options).tills.flatMap(({ till, saleid, secretFile }) => {
    const name = till ?? saleid ?? ''
    return secretFile === undefined ? [] : [{ name, key: readSecret(beside(secretFile), `the key of ${name}`) }]
  })
}

const longestHead = 65_536
const noted = /(?<=^(?:authorization: *bearer +|x-api-key: *))[^\r\n]+/gim

/**
 * In the place of a till's key stands the till's name: `~till-1~~~~`. What a replay says there is that till's key of the store
 * where it is played.
 */
const named = (key: string, known: readonly KeyedTill[]): string => {
  const name = known.find((one) => one.key === key.trim())?.name ?? ''
  return `~${name}`.slice(0, key.length).padEnd(key.length, '~')
}

/** A till's own bytes again, with the keys that this store knows it by. */
export const withKeys = (bytes: Buffer, known: readonly KeyedTill[]): Buffer => {
  const text = bytes.toString('latin1')
  if (!noted.test(text)) return bytes
  return Buffer.from(
    text.replace(noted, (given) => {
      const name = /^~([^~]*)~*$/.exec(given.trim())?.[1]
      if (name === undefined) return given
      return (known.find((one) => one.name === name) ?? known[0])?.key ?? given
    }),
    'latin1',
  )
}

/** HTTP/1.1 requests with JSON in them, and what follows an upgrade: WebSocket frames (RFC 6455). */
export const httpTill: MakeFraming = ({ options, mask, beside }): Framing => {
  const known = keyedTills(options, beside)
  let upgraded = false
  return {
    first: (bytes) => (upgraded ? frameLength(bytes) : requestLength(bytes)),
    masked(message) {
      if (upgraded) return maskedFrame(message, mask)
      const end = headEnd(message)
      if (end === undefined) return mask.bytes(message)
      const head = message.subarray(0, end).toString('latin1')
      upgraded = /^upgrade: *websocket/im.test(head)
      const body = message.subarray(end)
      const hidden = head
        .replace(noted, (key) => named(key, known))
        .replace(/(?<=^cookie: *)[^\r\n]+/gim, (text) => mask.text(text))
      return Buffer.concat([Buffer.from(hidden, 'latin1'), body.length === 0 ? body : maskedBody(body, mask)])
    },
  }
}

function headEnd(bytes: Buffer): number | undefined {
  const at = bytes.indexOf('\r\n\r\n')
  return at < 0 ? undefined : at + 4
}

function requestLength(bytes: Buffer): number | undefined {
  const end = headEnd(bytes)
  // No till has so long a head: it is masked as it is.
  if (end === undefined) return bytes.length > longestHead ? bytes.length : undefined
  const head = bytes.subarray(0, end).toString('latin1')
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const last = bytes.indexOf('0\r\n\r\n', end)
    return last < 0 ? undefined : last + 5
  }
  const body = Number(/^content-length: *(\d{1,9})/im.exec(head)?.[1] ?? 0)
  return end + body <= bytes.length ? end + body : undefined
}

/** Where a frame's mask and its payload begin; undefined where it is not whole. */
function frameParts(bytes: Buffer): { maskAt: number; payloadAt: number; end: number } | undefined {
  if (bytes.length < 2) return undefined
  const [, second = 0] = bytes
  const short = second & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + extra) return undefined
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const payloadAt = 2 + extra + ((second & 0x80) === 0 ? 0 : 4)
  return { maskAt: 2 + extra, payloadAt, end: payloadAt + length }
}

function frameLength(bytes: Buffer): number | undefined {
  const parts = frameParts(bytes)
  return parts && parts.end <= bytes.length ? parts.end : undefined
}

const textFrame = 1
const firstControl = 8

function maskedFrame(frame: Buffer, mask: Mask): Buffer {
  const parts = frameParts(frame)
  const opcode = (frame[0] ?? 0) & 0x0f
  if (!parts || opcode >= firstControl) return frame
  const { maskAt, payloadAt } = parts
  const key = frame.subarray(maskAt, payloadAt)
  const crossed = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => byte ^ (key[at % 4] ?? 0)))
  const payload = crossed(frame.subarray(payloadAt))
  // A message in several frames is read by nobody here.
  const whole = opcode === textFrame && ((frame[0] ?? 0) & 0x80) !== 0
  return Buffer.concat([frame.subarray(0, payloadAt), crossed(whole ? maskedBody(payload, mask) : mask.bytes(payload))])
}
