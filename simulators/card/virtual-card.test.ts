import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { encodeFrame } from '#drivers/pcsc/vpcd-frames.ts'
import { cardNamed, cards } from './cards.ts'
import { answering, tap } from './virtual-card.ts'

const apdu = (hex: string) => Buffer.from(hex, 'hex')
const reply = (answer: ReturnType<typeof answering> extends (payload: Uint8Array) => infer A ? A : never) =>
  typeof answer === 'string' ? answer : Buffer.from(answer).toString('hex').toUpperCase()

describe('a virtual card answers as a real one', () => {
  const sara = cardNamed('sara')
  const ask = answering(sara, sara.uid)

  test('its ATR and its UID', () => {
    expect(reply(ask(Buffer.of(4)))).toBe(sara.atr)
    expect(reply(ask(apdu('FFCA000000')))).toBe(`${sara.uid}9000`)
  })

  test('nothing to power and reset', () => {
    for (const control of [0, 1, 2]) expect(ask(Buffer.of(control))).toBe('nothing')
  })

  test('its memory, page by page: UID with check bytes, then the address that it carries', () => {
    expect(reply(ask(apdu('FFB0000008')))).toBe('04A1B29FC3D4E5809000')
    const memory = Buffer.from(ask(apdu('FFB0000440')) as Uint8Array)
    expect(memory.toString('latin1')).toContain('\x04vafa.example/c/sara')
    expect(reply(ask(apdu('FFB0002D04')))).toBe('6A82')
  })

  test('what it does not know it refuses', () => {
    expect(reply(ask(apdu('FFD600040411223344')))).toBe('6D00')
  })

  test("the club's application answers for its member, and no other does", () => {
    const app = answering(cardNamed('app'), '08123456')
    expect(reply(app(apdu('00A4040007F076616661000100')))).toMatch(/^[0-9A-F]+9000$/)
    expect(reply(app(apdu('00A4040007F076616661000200')))).toBe('6A82')
  })
})

test('a name that is no card lists those that are', () => {
  expect(() => cardNamed('nobody')).toThrow('"nobody"')
  expect(() => cardNamed('toString')).toThrow()
  for (const name of Object.keys(cards)) expect(cardNamed(name).atr).toMatch(/^3B/)
})

describe('a tap', () => {
  const server = createServer()
  afterEach(() => {
    server.removeAllListeners('connection')
    server.close()
  })
  const listen = async (onCard: (socket: Socket) => void): Promise<number> => {
    server.on('connection', onCard)
    server.listen({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  test('holds the card long enough for a reader that looks every 400 ms', async () => {
    let laid = 0
    let held = 0
    const port = await listen((socket) => {
      laid = performance.now()
      socket.on('close', () => {
        held = performance.now() - laid
      })
      socket.resume()
      socket.write(encodeFrame(apdu('FFCA000000')))
    })
    await tap({ port, card: cardNamed('sara'), holdMs: 1 })
    await expect.poll(() => held).toBeGreaterThan(590)
  })

  test('with no reader there says so', async () => {
    const port = await listen(() => {})
    server.close()
    await once(server, 'close')
    await expect(tap({ port, card: cardNamed('sara') })).rejects.toMatchObject({ key: 'sim.no-reader' })
  })

  test('on a reader that lets go at once says so', async () => {
    const port = await listen((socket) => socket.destroy())
    await expect(tap({ port, card: cardNamed('sara') })).rejects.toMatchObject({ key: 'sim.unread' })
  })
})
