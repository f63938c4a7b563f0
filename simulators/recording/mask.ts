import { createHmac } from 'node:crypto'

/**
 * Writes over what identifies somebody. A masked text has the length (in bytes) and the shape of the first: digits stay
 * digits, letters letters of their case, all else what it is. The same text is masked in the same way within one
 * recording, so that a card that comes twice comes twice in the replay too; the key is forgotten with the recording.
 */
export interface Mask {
  /** `keep`: so many characters at the beginning stay, such as the prefix that says that a card is the club's. */
  text(text: string, keep?: number): string
  /** As `text` for bytes that may be none: high bytes become other high bytes. */
  bytes(bytes: Uint8Array): Buffer
}

const persian = [...'ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی']

export function createMask(key: Uint8Array): Mask {
  const chance = (of: string | Uint8Array) => {
    let block = createHmac('sha256', key).update(of).digest()
    let used = 0
    return (below: number): number => {
      if (used === block.length) {
        block = createHmac('sha256', key).update(block).digest()
        used = 0
      }
      const byte = block[used] ?? 0
      used += 1
      return byte % below
    }
  }
  return {
    text(text, keep = 0) {
      const next = chance(text)
      return [...text].map((character, index) => (index < keep ? character : other(character, next))).join('')
    },
    bytes(bytes) {
      const next = chance(bytes)
      return Buffer.from(
        Array.from(bytes, (byte) => {
          if (byte >= 0x80) return 0x80 + next(0x80)
          return other(String.fromCharCode(byte), next).charCodeAt(0)
        }),
      )
    },
  }
}

function other(character: string, next: (below: number) => number): string {
  if (/[0-9]/.test(character)) return String(next(10))
  if (/[a-f]/.test(character)) return 'abcdef'[next(6)] ?? character
  if (/[A-F]/.test(character)) return 'ABCDEF'[next(6)] ?? character
  if (/[a-z]/.test(character)) return String.fromCharCode(0x67 + next(20))
  if (/[A-Z]/.test(character)) return String.fromCharCode(0x47 + next(20))
  // Digits and letters of Persian take two bytes each, as those that stand for them.
  if (/[۰-۹]/.test(character)) return String.fromCharCode(0x06f0 + next(10))
  if (/[\u0600-\u06ff]/.test(character) && /\p{L}/u.test(character)) return persian[next(persian.length)] ?? character
  return character
}
