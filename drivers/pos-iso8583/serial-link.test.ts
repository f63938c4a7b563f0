import { expect, test } from 'vitest'
import { control, serialFrame } from '#protocol/iso8583/frames.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createSerialLink, serialTimes } from './serial-link.ts'

/** One end of a line whose other end is the test; time passes when the test says so. */
function lineEnd() {
  const written: Buffer[] = []
  const messages: string[] = []
  let due: (() => void) | undefined
  const link = createSerialLink({
    runtime: {
      ...systemRuntime,
      after(_, callback) {
        due = callback
        return () => {
          due = undefined
        }
      },
    },
    longest: 100,
    write: (bytes) => void written.push(Buffer.from(bytes)),
    onMessage: (bytes) => void messages.push(bytes.toString()),
  })
  return { link, written, messages, silence: () => due?.() }
}

test('a message that is acknowledged is sent once, and the next one follows', async () => {
  const { link, written } = lineEnd()
  const [first, second] = [link.send(Buffer.from('A')), link.send(Buffer.from('B'))]
  expect(written).toEqual([serialFrame(Buffer.from('A'))])
  link.take(Buffer.from([control.ack]))
  expect(await first).toBe(true)
  expect(written.at(-1)).toEqual(serialFrame(Buffer.from('B')))
  link.take(Buffer.from([control.ack]))
  expect(await second).toBe(true)
})

test('one that is refused or not answered is sent three times in all, then given up', async () => {
  const { link, written, silence } = lineEnd()
  const sent = link.send(Buffer.from('A'))
  link.take(Buffer.from([control.nak]))
  silence()
  expect(written).toHaveLength(serialTimes.tries)
  silence()
  expect(await sent).toBe(false)
  expect(written).toHaveLength(serialTimes.tries)
})

test('a good frame is acknowledged before it is worked on, a damaged one is refused', () => {
  const { link, written, messages } = lineEnd()
  const frame = serialFrame(Buffer.from('0800'))
  link.take(Buffer.concat([frame.subarray(0, -1), Buffer.from([0x7f])]))
  link.take(frame)
  expect(written.map(([byte]) => byte)).toEqual([control.nak, control.ack])
  expect(messages).toEqual(['0800'])
})

test('a line that is closed leaves nobody waiting', async () => {
  const { link } = lineEnd()
  const sent = [link.send(Buffer.from('A')), link.send(Buffer.from('B'))]
  link.close()
  expect(await Promise.all(sent)).toEqual([false, false])
})
