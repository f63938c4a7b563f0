import type { Framing } from './framed.ts'
import type { Mask } from './mask.ts'
import { maskedBody } from './mask-json.ts'
import type { MakeFraming } from './maskers.ts'

const [connect, publish] = [1, 3]

/** MQTT 3.1.1: of a client's packets its password and what its messages say of people. */
export const mqttTill: MakeFraming = ({ mask }): Framing => ({
  first(bytes) {
    const head = headOf(bytes)
    return head && head.at + head.length <= bytes.length ? head.at + head.length : undefined
  },
  masked(packet) {
    const head = headOf(packet)
    const type = (packet[0] ?? 0) >> 4
    if (!head) return mask.bytes(packet)
    if (type !== connect && type !== publish) return packet
    return (type === connect ? maskedConnect(packet, head.at, mask) : maskedPublish(packet, head.at, mask)) ?? mask.bytes(packet)
  },
})

/** Where a packet's own bytes begin, and how many there are (section 2.2.3). */
function headOf(bytes: Uint8Array): { at: number; length: number } | undefined {
  let length = 0
  for (let at = 1; at < Math.min(5, bytes.length); at += 1) {
    const byte = bytes[at] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * (at - 1))
    if (byte < 0x80) return { at: at + 1, length }
  }
  return undefined
}

/** A text or some bytes with two bytes of length before them. */
interface Field {
  from: number
  to: number
}
const fieldAt = (packet: Buffer, at: number): Field | undefined => {
  if (at + 2 > packet.length) return undefined
  const to = at + 2 + packet.readUInt16BE(at)
  return to <= packet.length ? { from: at + 2, to } : undefined
}

/** The fields of a CONNECT (section 3.1); undefined where it is none. */
function connectFields(packet: Buffer, at: number): { will?: Field; username?: Field; password?: Field } | undefined {
  const protocol = fieldAt(packet, at)
  const flags = protocol && packet[protocol.to + 1]
  if (!protocol || flags === undefined) return undefined
  let next = protocol.to + 4
  const found: { will?: Field; username?: Field; password?: Field } = {}
  for (const name of [
    'client' as const,
    ...((flags & 0x04) === 0 ? [] : ['topic' as const, 'will' as const]),
    ...((flags & 0x80) === 0 ? [] : ['username' as const]),
    ...((flags & 0x40) === 0 ? [] : ['password' as const]),
  ]) {
    const field = fieldAt(packet, next)
    if (!field) return undefined
    if (name !== 'client' && name !== 'topic') found[name] = field
    next = field.to
  }
  return found
}

function maskedConnect(packet: Buffer, at: number, mask: Mask): Buffer | undefined {
  const fields = connectFields(packet, at)
  if (!fields) return undefined
  const out = Buffer.from(packet)
  const { will, password } = fields
  if (password) out.fill('~', password.from, password.to)
  if (will) maskedBody(packet.subarray(will.from, will.to), mask).copy(out, will.from)
  return out
}

function maskedPublish(packet: Buffer, at: number, mask: Mask): Buffer | undefined {
  const topic = fieldAt(packet, at)
  if (!topic) return undefined
  const from = topic.to + (((packet[0] ?? 0) & 0x06) === 0 ? 0 : 2)
  if (from > packet.length) return undefined
  return Buffer.concat([packet.subarray(0, from), maskedBody(packet.subarray(from), mask)])
}

/** A CONNECT with the password that this store's lane has; anything else as it is. */
export function withPassword(packet: Buffer, passwordOf: (lane: string) => string | undefined): Buffer {
  const head = (packet[0] ?? 0) >> 4 === connect ? headOf(packet) : undefined
  const { username, password } = (head && connectFields(packet, head.at)) ?? {}
  const secret = username && passwordOf(packet.subarray(username.from, username.to).toString())
  if (!head || !password || secret === undefined) return packet
  const given = Buffer.from(secret)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(given.length)
  const end = head.at + head.length
  const body = Buffer.concat([packet.subarray(head.at, password.from - 2), size, given, packet.subarray(password.to, end)])
  return Buffer.concat([packet.subarray(0, 1), remainingLength(body.length), body, packet.subarray(end)])
}

function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  for (let left = length; ; left = Math.floor(left / 128)) {
    const more = left >= 128
    bytes.push((left % 128) | (more ? 0x80 : 0))
    if (!more) return Buffer.from(bytes)
  }
}
