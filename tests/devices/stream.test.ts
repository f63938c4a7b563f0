import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { connection } from '#drivers/stream/connection.ts'
import { type ByteStream, openStream } from '#drivers/stream/stream.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openTtyPair, type TtyPair } from '#simulators/line/tty-pair.ts'
import { hastyRuntime } from './test-host.ts'

const signal = new AbortController().signal
const opened: ByteStream[] = []
let pair: TtyPair | undefined

afterEach(async () => {
  await Promise.all(opened.splice(0).map((stream) => stream.close()))
  await pair?.close()
  pair = undefined
})

async function open(link: unknown, context = { signal, runtime: systemRuntime }): Promise<ByteStream> {
  const stream = await openStream(connection.parse(link), context)
  opened.push(stream)
  return stream
}
const serial = (path: string) => ({ serial: { path, baudRate: 115_200 } })

/** Collects what comes; `until` resolves when the text has come. */
function listen(stream: ByteStream) {
  let heard = ''
  let changed = () => {}
  stream.onData((bytes) => {
    heard += bytes.toString('latin1')
    changed()
  })
  return {
    until: (text: string) =>
      new Promise<string>((resolve) => {
        changed = () => heard.includes(text) && resolve(heard)
        changed()
      }),
  }
}

describe('a serial port', () => {
  test('carries bytes both ways, in the order in which they were written', async () => {
    pair = await openTtyPair()
    const [a, b] = [await open(serial(pair.a)), await open(serial(pair.b))]
    const [atA, atB] = [listen(a), listen(b)]
    void a.write(Buffer.from('one '))
    void a.write(Buffer.from('two '))
    await a.write(Buffer.from('three'))
    expect(await atB.until('three')).toBe('one two three')
    await b.write(Buffer.from('back'))
    expect(await atA.until('back')).toBe('back')
  })

  test('that another program has open is busy, and one that is not there is absent: with the way out', async () => {
    pair = await openTtyPair()
    await open(serial(pair.a))
    await expect(open(serial(pair.a))).rejects.toMatchObject({ key: 'device.busy', hint: expect.stringContaining('fuser') })
    await expect(open(serial('/dev/vafa-none'))).rejects.toMatchObject({
      key: 'device.absent',
      hint: expect.stringContaining('/dev/serial/by-id/'),
    })
  })

  test('forgets what was scanned before it was open, and what was written after it was closed', async () => {
    pair = await openTtyPair()
    const far = await open(serial(pair.b))
    const atFar = listen(far)
    const before = await open(serial(pair.a))
    await before.close()
    await expect(before.write(Buffer.from('stale'))).rejects.toMatchObject({ key: 'device.gone' })

    const after = await open(serial(pair.a))
    await after.write(Buffer.from('fresh'))
    expect(await atFar.until('fresh')).toBe('fresh')
  })

  test('whose device takes nothing fails the write and closes, in bounded time', async () => {
    pair = await openTtyPair()
    const stream = await open(serial(pair.a), { signal, runtime: hastyRuntime })
    stream.onData(() => undefined)
    await expect(stream.write(Buffer.alloc(1_000_000))).rejects.toMatchObject({ key: 'device.stalled', permanent: false })
    expect(await stream.closed).toMatchObject({ key: 'device.stalled' })
  })
})

describe('any line', () => {
  test('that is let go while it is being opened is not opened', async () => {
    const server = createServer().listen({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const controller = new AbortController()
    const opening = open({ tcp: { host: '127.0.0.1', port } }, { signal: controller.signal, runtime: systemRuntime })
    controller.abort()
    await expect(opening).rejects.toMatchObject({ key: 'device.let-go' })
    server.close()
  })

  test('that is no line at all is refused with the reason', async () => {
    await expect(open(serial('/dev/null'))).rejects.toMatchObject({
      key: 'device.unusable',
      message: expect.stringContaining('/dev/null'),
    })
    await expect(open({ file: { path: '/' } })).rejects.toMatchObject({ key: 'device.unusable' })
  })
})
