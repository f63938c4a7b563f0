/** Pages of 4 bytes; NTAG213 has 45 (NXP NTAG213/215/216 data sheet, 8.5). */
const pageBytes = 4
const pages = 45
const userPages = { first: 4, last: 39 }

/**
 * The memory of an NTAG213: UID with its check bytes, capability container, and an NDEF message where one is given
 * (NFC Forum Type 2 Tag, 2.3). Throws a RangeError where it does not fit.
 */
export function type2Memory(tag: { uid: Uint8Array; message?: Buffer }): Buffer {
  const memory = Buffer.alloc(pages * pageBytes)
  if (tag.uid.length === 7) {
    const [a, b, c, ...rest] = tag.uid as unknown as [number, number, number, ...number[]]
    const second = rest.reduce((check, byte) => check ^ byte, 0)
    memory.set([a, b, c, 0x88 ^ a ^ b ^ c, ...rest, second], 0)
  }
  memory.set([0xe1, 0x10, 0x12, 0x00], 3 * pageBytes)
  const user = memory.subarray(userPages.first * pageBytes, (userPages.last + 1) * pageBytes)
  const content = tag.message === undefined ? Buffer.of(0x03, 0x00, 0xfe) : tlv(tag.message)
  if (content.length > user.length)
    throw new RangeError(`the message does not fit on the tag: ${content.length} > ${user.length} bytes`)
  user.set(content)
  return memory
}

/** The message as a tag's memory has it: in a TLV, with a terminator behind it. */
const tlv = (message: Buffer): Buffer =>
  message.length < 0xff
    ? Buffer.concat([Buffer.of(0x03, message.length), message, Buffer.of(0xfe)])
    : Buffer.concat([Buffer.of(0x03, 0xff, message.length >> 8, message.length & 0xff), message, Buffer.of(0xfe)])

/** What READ BINARY of `length` bytes from `page` on gives; undefined beyond the end. */
export function readPages(memory: Buffer, page: number, length: number): Buffer | undefined {
  const from = page * pageBytes
  return from + length > memory.length ? undefined : memory.subarray(from, from + length)
}
