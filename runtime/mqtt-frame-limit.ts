/**
 * Watches the framing of an MQTT byte stream (3.1.1, section 2.2: one type byte, a length of one to four bytes of
 * seven bits each, then that many bytes) and says when a packet announces more than `maxBytes`. aedes itself buffers
 * whatever a client announces, up to 256 MB, also before the client has logged in.
 */
export function mqttFrameLimit(maxBytes: number): (chunk: Uint8Array) => 'ok' | 'too-large' {
  let state: 'type' | 'length' | 'body' = 'type'
  let length = 0
  let shift = 0
  let left = 0
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (state === 'body') {
        const step = Math.min(left, chunk.length - at)
        at += step
        left -= step
        if (left === 0) state = 'type'
        continue
      }
      const byte = chunk[at] ?? 0
      at += 1
      if (state === 'type') {
        state = 'length'
        length = 0
        shift = 0
        continue
      }
      length += (byte & 0x7f) * 2 ** shift
      shift += 7
      if (length > maxBytes || shift > 28) return 'too-large'
      if (byte < 0x80) {
        left = length
        state = left === 0 ? 'type' : 'body'
      }
    }
    return 'ok'
  }
}
