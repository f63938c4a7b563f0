/** Pages of 4 bytes; NTAG213 has 45 (NXP NTAG213/215/216 data sheet, 8.5). */
const pageBytes = 4
const pages = 45
const userPages = { first: 4, last: 39 }

/**
 * The memory of an NTAG213: UID with its check bytes, capability container, and one NDEF URI record where `uri` is
 * given (NFC Forum Type 2 Tag, 2.3; URI record type definition, prefix 0: none). Throws a RangeError where it does
 * not fit.
 */
export function type2Memory(tag: { uid: Uint8Array; uri?: string }): Buffer {
  const memory = Buffer.alloc(pages * pageBytes)
  if (tag.uid.length === 7) {
    const [a, b, c, ...rest] = tag.uid as unknown as [number, number, number, ...number[]]
    const second = rest.reduce((check, byte) => check ^ byte, 0)
    memory.set([a, b, c, 0x88 ^ a ^ b ^ c, ...rest, second], 0)
  }
  memory.set([0xe1, 0x10, 0x12, 0x00], 3 * pageBytes)
  const user = memory.subarray(userPages.first * pageBytes, (userPages.last + 1) * pageBytes)
  const content = tag.uri === undefined ? Buffer.of(0x03, 0x00, 0xfe) : uriMessage(tag.uri)
  if (content.length > user.length)
    throw new RangeError(`the address does not fit on the tag: ${content.length} > ${user.length} bytes`)
  user.set(content)
  return memory
}

function uriMessage(uri: string): Buffer {
  const payload = Buffer.from(`\0${uri}`, 'utf8')
  const record = Buffer.concat([Buffer.of(0xd1, 0x01, payload.length & 0xff, 0x55), payload])
  return Buffer.concat([Buffer.of(0x03, record.length & 0xff), record, Buffer.of(0xfe)])
}

/** What READ BINARY of `length` bytes from `page` on gives; undefined beyond the end. */
export function readPages(memory: Buffer, page: number, length: number): Buffer | undefined {
  const from = page * pageBytes
  return from + length > memory.length ? undefined : memory.subarray(from, from + length)
}
