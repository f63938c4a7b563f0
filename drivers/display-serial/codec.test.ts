import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayDialects, displayLine, encodeDisplayLines, encodeDisplayReset } from './codec.ts'

describe('a customer display is told', () => {
  test('lines of exactly twenty characters', () => {
    expect(displayLine('SUM')).toBe('SUM                 ')
    expect(displayLine('A line that is far too long')).toBe('A line that is far t')
  })

  test('digits that it has, and a question mark for letters that it has not', () => {
    expect(displayLine('۱۲٬۵۰۰')).toBe('12?500'.padEnd(20))
    expect(displayLine('وفا 3')).toBe('??? 3'.padEnd(20))
  })

  test('ESC/POS: each line at its place', () => {
    expect(encodeDisplayLines('escpos', ['AB', 'C'])).toEqual(
      Buffer.concat([
        Buffer.from([0x1f, 0x24, 1, 1]),
        Buffer.from('AB'.padEnd(20)),
        Buffer.from([0x1f, 0x24, 1, 2]),
        Buffer.from('C'.padEnd(20)),
      ]),
    )
  })

  test('CD5220: upper and lower line, each ended by a carriage return', () => {
    expect(encodeDisplayLines('cd5220', ['AB']).toString('latin1')).toBe(`\x1bQA${'AB'.padEnd(20)}\r\x1bQB${' '.repeat(20)}\r`)
  })

  test('Persian, where the model has it: joined, in visual order, at the right edge, after its page is selected', () => {
    const letters = { codePage: 'iran-system', select: 7 } as const
    expect(encodeDisplayReset('cd5220', letters).toString('latin1')).toBe('\x1b@\x1bt\x07\x1b\x11\x0c')
    const [line] = encodeDisplayLines('cd5220', ['جمع ۱۲'], letters).toString('latin1').slice(3).split('\r')
    expect(line).toBe(`${' '.repeat(14)}\x81\x82 \xe2\xf5\x9b`)
    expect(encodeDisplayLines('cd5220', ['VAFA'], letters).toString('latin1').slice(3, 23)).toBe('VAFA'.padEnd(20))
  })

  test.each(displayDialects)('%s: reset ends with an empty screen', (dialect) => {
    const bytes = encodeDisplayReset(dialect)
    expect([...bytes.subarray(0, 2), bytes.at(-1)]).toEqual([0x1b, 0x40, 0x0c])
  })

  test('no text can reach the display as a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(displayLine(text)).toMatch(/^[\x20-\x7e]{20}$/)
      }),
    )
  })
})
