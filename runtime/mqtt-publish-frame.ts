/** What a PUBLISH packet is made of. `messageid`, 1 to 65,535, belongs to QoS 1 and makes it that. */
export interface PublishFrame {
  topic: string
  payload: string | Uint8Array
  retain?: boolean
  messageid?: number
}

/** An MQTT PUBLISH packet (3.1.1, sections 2.2 and 3.3) as one piece of bytes. Throws where the topic is longer than 65,535 bytes. */
export function publishFrame({ topic, payload, retain = false, messageid }: PublishFrame): Buffer {
  const topicBytes = Buffer.byteLength(topic)
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  let left = 2 + topicBytes + (messageid === undefined ? 0 : 2) + payloadBytes
  const lengthBytes = left < 128 ? 1 : left < 16_384 ? 2 : left < 2_097_152 ? 3 : 4
  const frame = Buffer.allocUnsafe(1 + lengthBytes + left)
  let at = frame.writeUInt8(0x30 | (messageid === undefined ? 0 : 0x02) | (retain ? 0x01 : 0), 0)
  do {
    at = frame.writeUInt8((left & 0x7f) | (left > 0x7f ? 0x80 : 0), at)
    left >>>= 7
  } while (left > 0)
  at = frame.writeUInt16BE(topicBytes, at)
  at += frame.write(topic, at)
  if (messageid !== undefined) at = frame.writeUInt16BE(messageid, at)
  if (typeof payload === 'string') frame.write(payload, at)
  else frame.set(payload, at)
  return frame
}
