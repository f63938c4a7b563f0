import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { expect, it } from 'vitest'
import { mqttFrameLimit } from './mqtt-frame-limit.ts'

const publish = (size: number) =>
  mqttPacket.generate({ cmd: 'publish', topic: 't', payload: Buffer.alloc(size, 0xff), qos: 0, dup: false, retain: false })

it('lets packets pass up to the limit and refuses the first that is larger, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (sizes, cuts) => {
        const limit = mqttFrameLimit(303)
        const bytes = Buffer.concat(sizes.map(publish))
        let verdict = 'ok'
        for (let at = 0, n = 0; at < bytes.length && verdict === 'ok'; n++) {
          const step = cuts[n % cuts.length] ?? 1
          verdict = limit(bytes.subarray(at, at + step))
          at += step
        }
        expect(verdict).toBe(sizes.some((size) => size > 300) ? 'too-large' : 'ok')
      },
    ),
  )
})

it('refuses a length of more than four bytes', () => {
  expect(mqttFrameLimit(1_000)(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01))).toBe('too-large')
})
