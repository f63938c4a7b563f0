import fc from 'fast-check'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { startBroker } from './broker.ts'
import { silentLogger } from './log.ts'
import { mqttFrameLimit } from './mqtt-frame-limit.ts'
import { publishFrame } from './mqtt-publish-frame.ts'

it('says its own length, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      fc.oneof(fc.nat(40_000), fc.constantFrom(100, 127, 128, 16_383, 16_384, 2_097_152)),
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      (topic, size, retain, messageid) => {
        const frame = publishFrame({ topic, payload: 'x'.repeat(size), retain, ...(messageid ? { messageid } : {}) })
        let [length, shift, at] = [0, 0, 1]
        for (; ; at += 1) {
          const byte = frame[at] ?? 0
          length += (byte & 0x7f) * 2 ** shift
          shift += 7
          if (byte < 0x80) break
        }
        expect(frame.length - at - 1).toBe(length)
        expect(frame.subarray(frame.length - size).every((byte) => byte === 0x78)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

it('is read by a broker as it was meant, at every size where the length takes a further byte', async () => {
  const broker = await startBroker<string>({
    listen: [{ host: '127.0.0.1', port: 0 }],
    authenticate: (username) => username,
    mayPublish: () => true,
    maySubscribe: () => true,
    log: silentLogger,
  })
  onTestFinished(() => broker.close())
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.ports[0]}`, {
    clientId: 'a',
    username: 'a',
    password: 'p',
    protocolVersion: 4,
  })
  onTestFinished(() => client.endAsync())
  const got: [string, number][] = []
  const all = Promise.withResolvers<void>()
  const sizes = [0, 100, 115, 116, 117, 118, 119, 16_370, 16_371, 16_372, 16_373, 16_374, 16_375, 200_000]
  broker.subscribe('#', ({ topic, payload }) => {
    got.push([topic, payload.length])
    if (got.length === sizes.length) all.resolve()
  })
  const acked: number[] = []
  const allAcked = Promise.withResolvers<void>()
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'puback' && packet.messageId) acked.push(packet.messageId)
    if (acked.length === sizes.length) allAcked.resolve()
  })
  for (const [index, size] of sizes.entries())
    client.stream.write(publishFrame({ topic: `فروش/${index}`, payload: new Uint8Array(size), messageid: 100 + index }))
  await all.promise
  expect(got).toEqual(sizes.map((size, index) => [`فروش/${index}`, size]))
  await allAcked.promise
  expect(acked).toEqual(sizes.map((_, index) => 100 + index))
})

it('fits what watches the framing', () => {
  const watch = mqttFrameLimit(300)
  expect(watch(publishFrame({ topic: 'a', payload: 'x'.repeat(297) }))).toBe('ok')
  expect(watch(publishFrame({ topic: 'a', payload: 'x'.repeat(298) }))).toBe('too-large')
})
