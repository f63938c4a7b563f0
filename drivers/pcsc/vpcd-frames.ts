/**
 * The frames between vsmartcard's vpcd and a virtual card, the same both ways: two bytes of length, big-endian, then
 * the payload. A payload of one byte from the reader is a control; anything else is an APDU, or its reply.
 */
export const control = { powerOff: 0, powerOn: 1, reset: 2, getAtr: 4 } as const
export type Control = (typeof control)[keyof typeof control]

export const maxPayload = 0xffff

export function encodeFrame(payload: Uint8Array): Buffer {
  if (payload.length > maxPayload) throw new RangeError(`a vpcd frame holds ${maxPayload} bytes, not ${payload.length}`)
  const frame = Buffer.allocUnsafe(2 + payload.length)
  frame.writeUInt16BE(payload.length)
  frame.set(payload, 2)
  return frame
}

export const controlFrame = (name: keyof typeof control): Buffer => encodeFrame(Uint8Array.of(control[name]))

/** Cuts what has arrived into whole frames' payloads and the rest, which waits for more bytes. */
export function takeFrames(bytes: Buffer): { payloads: Buffer[]; rest: Buffer } {
  const payloads: Buffer[] = []
  let at = 0
  while (bytes.length - at >= 2) {
    const end = at + 2 + bytes.readUInt16BE(at)
    if (end > bytes.length) break
    payloads.push(bytes.subarray(at + 2, end))
    at = end
  }
  return { payloads, rest: bytes.subarray(at) }
}
