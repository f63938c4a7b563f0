import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLineReader, encodeTillLine, maxLineBytes, parseTillLine } from './codec.ts'

describe('lines of a till', () => {
  test('end with LF or CR LF; empty ones do not count', () => {
    expect(createLineReader().push(Buffer.from('{"a":1}\r\n\n  \n{"b":2}\nrest'))).toEqual(['{"a":1}', '{"b":2}'])
  })

  test('are the same however they are cut into pieces, also inside a letter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        (texts, size) => {
          const bytes = Buffer.from(texts.map((text) => `${JSON.stringify(text)}\n`).join(''))
          const reader = createLineReader()
          const lines = []
          for (let at = 0; at < bytes.length; at += size) lines.push(...reader.push(bytes.subarray(at, at + size)))
          expect(lines).toEqual(texts.map((text) => JSON.stringify(text)))
        },
      ),
    )
  })

  test('may be 256 KiB long and no longer', () => {
    const longest = createLineReader()
    expect(longest.push(Buffer.from(`${'x'.repeat(maxLineBytes)}\n`))).toHaveLength(1)
    expect(longest.overlong).toBe(false)

    const reader = createLineReader()
    expect(reader.push(Buffer.from(`first\n${'x'.repeat(maxLineBytes)}`))).toEqual(['first'])
    expect(reader.push(Buffer.from('x\nnever read\n'))).toEqual([])
    expect(reader.overlong).toBe(true)
  })
})

describe('a till’s line becomes a request', () => {
  test('when it is one', () => {
    expect(parseTillLine('{"op":"ping","id":"7"}')).toEqual({ valid: true, request: { op: 'ping', id: '7' } })
  })

  test('else it is said why, with the request’s id where it has one', () => {
    expect(parseTillLine('GET / HTTP/1.1')).toEqual({ valid: false, reason: 'the line is not JSON' })
    expect(parseTillLine('{"op":"dance","id":"8"}')).toEqual({ valid: false, id: '8', reason: expect.stringMatching(/^op: /) })
    expect(parseTillLine('{"op":"cancel","id":"9","saleid":"x"}')).toEqual({
      valid: false,
      id: '9',
      reason: expect.stringMatching(/^saleid: /),
    })
  })

  test('and the reason repeats no credential', () => {
    const line = JSON.stringify({ op: 'present', id: '1', credential: { kind: 'smoke', value: '09123456789' } })
    expect(JSON.stringify(parseTillLine(line))).not.toContain('09123456789')
  })

  test('whatever it is, nothing is thrown', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseTillLine(line)))
  })

  test('an answer is one line, whatever stands in it', () => {
    const line = encodeTillLine({ op: 'pong', re: 'two\nlines\u2028' })
    expect(line.indexOf('\n')).toBe(line.length - 1)
  })
})
