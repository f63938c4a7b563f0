import fc from 'fast-check'
import { expect, test } from 'vitest'
import { control, controlFrame, encodeFrame, takeFrames } from './vpcd-frames.ts'

test('a payload is framed by its length, big-endian', () => {
  expect(encodeFrame(Uint8Array.of(0x90, 0x00))).toEqual(Buffer.from('00029000', 'hex'))
  expect(controlFrame('getAtr')).toEqual(Buffer.of(0, 1, control.getAtr))
})

test('a payload that no frame can hold is refused', () => {
  expect(() => encodeFrame(new Uint8Array(0x10000))).toThrow(RangeError)
})

test('however the bytes arrive, the same frames come out and no byte is lost', () => {
  const payload = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 40 })), (payloads, cuts) => {
      const stream = Buffer.concat(payloads.map(encodeFrame))
      const out: Buffer[] = []
      let pending = Buffer.alloc(0)
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = cuts.length === 0 ? stream.length : (cuts[i % cuts.length] ?? 1)
        const taken = takeFrames(Buffer.concat([pending, stream.subarray(at, at + size)]))
        out.push(...taken.payloads)
        pending = Buffer.from(taken.rest)
        at += size
      }
      expect(out.map((frame) => frame.toString('hex'))).toEqual(payloads.map((bytes) => Buffer.from(bytes).toString('hex')))
      expect(pending).toHaveLength(0)
    }),
  )
})

test('any bytes at all give whole frames and a rest that is shorter than one frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const { payloads, rest } = takeFrames(Buffer.from(bytes))
      const used = payloads.reduce((sum, payload) => sum + payload.length + 2, 0)
      expect(used + rest.length).toBe(bytes.length)
      if (rest.length >= 2) expect(rest.length).toBeLessThan(2 + rest.readUInt16BE(0))
    }),
  )
})
