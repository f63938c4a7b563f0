import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askProcessId, processIdOf } from './commands.ts'
import { createReplyDecoder } from './replies.ts'
import { fromAutomatic, fromRealTime, whatIsLow, whatStops } from './status.ts'

const decode = (...bytes: number[]) => createReplyDecoder().decode(Uint8Array.from(bytes))

describe('what a printer says is told apart', () => {
  test('real-time status, one byte each', () => {
    expect(decode(0x12, 0x16, 0x72)).toEqual([0x12, 0x16, 0x72].map((byte) => ({ kind: 'real-time', byte })))
  })

  test('automatic status, four bytes', () => {
    expect(decode(0x14, 0x00, 0x0c, 0x0f)).toEqual([{ kind: 'automatic', bytes: [0x14, 0x00, 0x0c, 0x0f] }])
  })

  test('a process id', () => {
    expect(decode(0x37, 0x22, 0x41, 0x42, 0x20, 0x7e, 0x00)).toEqual([{ kind: 'process-id', id: 'AB ~' }])
  })

  test('the answer queued behind a job', () => {
    expect(decode(0x00, 0x0f)).toEqual([0x00, 0x0f].map((byte) => ({ kind: 'queued', byte })))
  })

  test('flow control and other bytes between them are dropped', () => {
    expect(decode(0x13, 0xff, 0x12, 0x11, 0x37, 0x41, 0x10, 0x12)).toEqual([
      { kind: 'real-time', byte: 0x12 },
      { kind: 'real-time', byte: 0x12 },
    ])
  })

  test('the same however they are cut into pieces, and whatever they are', () => {
    const reply = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom([0x12], [0x10, 0, 0, 0], [0x37, 0x22, 0x30, 0x31, 0x32, 0x33, 0], [0x00]).map((b) => Uint8Array.from(b)),
    )
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
        const bytes = Buffer.concat(parts)
        const decoder = createReplyDecoder()
        const pieces = []
        for (let at = 0; at < bytes.length; at += size) pieces.push(...decoder.decode(bytes.subarray(at, at + size)))
        expect(pieces).toEqual(createReplyDecoder().decode(bytes))
      }),
    )
  })
})

describe('a printer’s state', () => {
  test('is well when it idles, with the drawer open or closed', () => {
    for (const state of [
      fromRealTime([0x12, 0x12, 0x12, 0x12]),
      fromRealTime([0x16, 0x12, 0x12, 0x12]),
      fromAutomatic([0x10, 0, 0, 0]),
      fromAutomatic([0x14, 0, 0, 0]),
    ]) {
      expect(whatStops(state)).toBeUndefined()
      expect(whatIsLow(state)).toBeUndefined()
    }
  })

  test.each([
    ['cover', fromRealTime([0x1a, 0x16, 0x12, 0x12]), fromAutomatic([0x38, 0, 0, 0])],
    ['paper', fromRealTime([0x1a, 0x32, 0x12, 0x7e]), fromAutomatic([0x18, 0, 0x0f, 0])],
    ['cutter', fromRealTime([0x1a, 0x52, 0x1a, 0x12]), fromAutomatic([0x18, 0x08, 0, 0])],
    ['fault', fromRealTime([0x1a, 0x52, 0x32, 0x12]), fromAutomatic([0x18, 0x20, 0, 0])],
    ['off line', fromRealTime([0x1a, 0x12, 0x12, 0x12]), fromAutomatic([0x18, 0, 0, 0])],
  ])('says in plain words what stops it: %s', (word, asked, told) => {
    expect(whatStops(asked)).toContain(word)
    expect(whatStops(told)).toBe(whatStops(asked))
  })

  test('says that the paper is nearly at its end while it still prints', () => {
    for (const state of [fromRealTime([0x12, 0x12, 0x12, 0x1e]), fromAutomatic([0x10, 0, 0x03, 0])]) {
      expect(whatStops(state)).toBeUndefined()
      expect(whatIsLow(state)).toContain('paper')
    }
  })
})

describe('a process id', () => {
  test('is four printable characters, another for each job, and comes back as it was sent', () => {
    fc.assert(
      fc.property(fc.nat({ max: 95 ** 4 - 2 }), (counter) => {
        const id = processIdOf(counter)
        expect(id).not.toBe(processIdOf(counter + 1))
        const sent = askProcessId(id)
        expect(sent.subarray(0, 7).toString('hex')).toBe('1d284806003030')
        expect(decode(0x37, 0x22, ...sent.subarray(7), 0x00)).toEqual([{ kind: 'process-id', id }])
      }),
    )
  })
})
