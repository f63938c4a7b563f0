import { hash } from 'node:crypto'

const blockBytes = 64
const hashBytes = 32

/**
 * HMAC-SHA-256 (RFC 2104) of texts in UTF-8 under one key of at most 64 bytes, as base64url. `node:crypto` makes an
 * object for each, which takes longer than both hashes and is left to the garbage collector: with every sale that counts.
 */
export function createHmacSha256(key: Buffer): (text: string) => string {
  if (key.length > blockBytes) throw new RangeError(`a key of ${key.length} bytes`)
  const padded = (pad: number, room: number): Buffer => {
    const block = Buffer.alloc(blockBytes + room, 0)
    for (let index = 0; index < blockBytes; index++) block[index] = (key[index] ?? 0) ^ pad
    return block
  }
  let inner = padded(0x36, 256)
  const outer = padded(0x5c, hashBytes)
  return (text) => {
    // A UTF-16 unit becomes three bytes of UTF-8 at most.
    if (blockBytes + text.length * 3 > inner.length) inner = padded(0x36, text.length * 3)
    const end = blockBytes + inner.write(text, blockBytes, 'utf8')
    hash('sha256', inner.subarray(0, end), 'buffer').copy(outer, blockBytes)
    return hash('sha256', outer, 'base64url')
  }
}
