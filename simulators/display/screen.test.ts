import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayDialects, displayLine, encodeDisplayLines, encodeDisplayReset } from '#drivers/display-serial/codec.ts'
import { createScreen } from './screen.ts'

describe('the virtual display', () => {
  test.each(displayDialects)('%s: shows the lines that the driver sends, whatever stood there, in any pieces', (dialect) => {
    const line = fc.string({ maxLength: 30 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (shows, size) => {
          const screen = createScreen()
          const bytes = Buffer.concat([encodeDisplayReset(dialect), ...shows.map((lines) => encodeDisplayLines(dialect, lines))])
          for (let at = 0; at < bytes.length; at += size) screen.take(bytes.subarray(at, at + size))
          const [first, second] = shows.at(-1) ?? ['', '']
          expect(screen.lines()).toEqual([displayLine(first), displayLine(second)])
        },
      ),
    )
  })

  test('is empty after a reset', () => {
    const screen = createScreen()
    screen.take(Buffer.from('left over from yesterday'))
    screen.take(encodeDisplayReset('escpos'))
    expect(screen.lines()).toEqual([' '.repeat(20), ' '.repeat(20)])
  })

  test('lives through any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const screen = createScreen()
        screen.take(bytes)
        for (const line of screen.lines()) expect(line).toHaveLength(20)
      }),
    )
  })
})
