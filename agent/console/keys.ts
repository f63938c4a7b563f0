import { normaliseText } from '#protocol/text.ts'
import { digitKeys, type Key } from '../machine/inputs.ts'

/** What terminals and keyboards send for a key besides digits (ECMA-48, xterm's and Linux's function keys). */
const named: Record<string, Key> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'clear',
  '\b': 'clear',
  '*': 'menu',
  m: 'menu',
  '+': 'credit',
  c: 'credit',
  '\x1b[11~': 'menu',
  '\x1bOP': 'menu',
  '\x1b[[A': 'menu',
  '\x1b[12~': 'credit',
  '\x1bOQ': 'credit',
  '\x1b[[B': 'credit',
  '\x1b[3~': 'clear',
  '\x1bOM': 'enter',
}
const red = '\x1b'
/** No key of ours sends more; what is longer is none. */
const longestSequence = 8

/**
 * Bytes of a keypad into keys. An escape may be the red key or the beginning of a function key: which one, is known when
 * nothing follows it (`rest`, called a moment later). What is no key is dropped.
 */
export function createKeyReader(): { push(bytes: Uint8Array): Key[]; rest(): Key[]; readonly pending: boolean } {
  let held = ''
  const decoder = new TextDecoder()
  const take = (letter: string, keys: Key[]) => {
    const key = keyOf(letter)
    if (letter === red) held = red
    else if (key) keys.push(key)
  }
  return {
    get pending() {
      return held !== ''
    },
    push(bytes) {
      const keys: Key[] = []
      for (const letter of decoder.decode(bytes, { stream: true })) {
        if (held !== '') {
          // What goes on with neither of these began with the red key.
          if (held === red && letter !== '[' && letter !== 'O') {
            keys.push('cancel')
            held = ''
            take(letter, keys)
            continue
          }
          held += letter
          if (sequenceGoesOn(held)) continue
          const key = named[held]
          if (key) keys.push(key)
          held = ''
        } else take(letter, keys)
      }
      return keys
    },
    rest() {
      const alone = held === red
      held = ''
      return alone ? ['cancel'] : []
    },
  }
}

/** `ESC O x`, `ESC [ … final`, and Linux's own `ESC [ [ x`. */
function sequenceGoesOn(text: string): boolean {
  if (text.length >= longestSequence) return false
  if (text === '\x1bO' || text === '\x1b[' || text === '\x1b[[') return true
  return text.startsWith('\x1b[') && /^[0-9;]*$/.test(text.slice(2))
}

function keyOf(letter: string): Key | undefined {
  const plain = normaliseText(letter)
  return digitKeys.find((digit) => digit === plain) ?? named[letter]
}
