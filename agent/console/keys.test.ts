import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyReader } from './keys.ts'

const pressed = (...pieces: string[]) => {
  const reader = createKeyReader()
  return [...pieces.flatMap((piece) => reader.push(Buffer.from(piece))), ...reader.rest()]
}

test('digits in either script, and the keys of a keyboard that stand for a terminal’s own', () => {
  expect(pressed('12۳٤\r\x7f*+')).toEqual(['1', '2', '3', '4', 'enter', 'clear', 'menu', 'credit'])
  expect(pressed('\x1bOP\x1b[12~\x1b[[A\x1b[3~')).toEqual(['menu', 'credit', 'menu', 'clear'])
})

test('the red key is an escape that nothing follows, or another key', () => {
  expect(pressed('\x1b')).toEqual(['cancel'])
  expect(pressed('\x1b*')).toEqual(['cancel', 'menu'])
  expect(pressed('\x1b\x1b5')).toEqual(['cancel', 'cancel', '5'])
})

test('a function key’s bytes may come one by one; keys of no use are none', () => {
  expect(pressed('\x1b', '[', '1', '1', '~', '7')).toEqual(['menu', '7'])
  expect(pressed('\x1b[A\x1b[1;5Cx ')).toEqual([])
})

test('whatever a keypad sends is keys or nothing, however it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, at) => {
      const whole = createKeyReader()
      const cut = createKeyReader()
      const keys = [...whole.push(bytes), ...whole.rest()]
      expect([...cut.push(bytes.subarray(0, at)), ...cut.push(bytes.subarray(at)), ...cut.rest()]).toEqual(keys)
    }),
    { numRuns: 10_000 },
  )
})
