const short = 0x10
const beginsAndEnds = 0xc0
const wellKnown = 0x01

/** An NDEF message of one record. `prefixCode`: of the URI record type definition's table; 4 is `https://`. */
export const uriMessage = (uri: string): Buffer =>
  uri.startsWith('https://')
    ? record('U', Buffer.concat([Buffer.of(0x04), Buffer.from(uri.slice('https://'.length), 'utf8')]))
    : record('U', Buffer.from(`\0${uri}`, 'utf8'))

export const textMessage = (text: string): Buffer => record('T', Buffer.from(`\x02fa${text}`, 'utf8'))

function record(type: 'U' | 'T', payload: Buffer): Buffer {
  const flags = beginsAndEnds | wellKnown
  if (payload.length < 0x100) return Buffer.concat([Buffer.of(flags | short, 1, payload.length), Buffer.from(type), payload])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(payload.length)
  return Buffer.concat([Buffer.of(flags, 1), length, Buffer.from(type), payload])
}
