import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as requests from '#agent/terminal/requests.ts'
import { driverKinds, loadDrivers } from '#drivers/registry.ts'
import { decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { lengthFrame } from '#protocol/iso8583/frames.ts'
import type { VafaError } from '#runtime/errors.ts'
import { readRecording } from './format.ts'
import { type Framing, maskStream } from './framed.ts'
import { createMask } from './mask.ts'
import { maskers } from './maskers.ts'
import { refuseUnmasked } from './recorder.ts'

const drivers = await loadDrivers()
const mask = createMask(Buffer.from('a key of this test'))

function framingOf(kind: string, options: object): Framing {
  const parsed = drivers.get(kind)?.options.parse(options)
  const make = maskers.get(kind)
  if (!make) throw new Error(`nobody masks ${kind}`)
  return make({ options: parsed, mask, beside: (path) => path })
}

/** What is written of bytes that came in these pieces. */
function written(framing: Framing, pieces: readonly Uint8Array[]) {
  const stream = maskStream(framing, mask)
  const out = pieces.flatMap((bytes, at) => stream.push({ at, bytes: Buffer.from(bytes) }))
  return [...out, ...stream.end()]
}
const whole = (framing: Framing, bytes: Uint8Array) => Buffer.concat(written(framing, [bytes]).map((piece) => piece.bytes))

const scanner = { connection: { tcp: { host: '127.0.0.1', port: 1 } } }
const clubScanner = {
  ...scanner,
  rules: [
    { prefix: '6261', is: 'member-number' },
    { gtin: 'sure', is: 'product' },
  ],
  as: 'other',
}

describe('what a device says is written without what identifies somebody', () => {
  test('a masked text keeps its length and its shape, and the same one is masked in the same way', () => {
    const text = 'VAFA-0912abc-ف۱۲'
    const masked = mask.text(text)
    expect(masked).toMatch(/^[A-Z]{4}-\d{4}[a-z]{3}-\p{L}[۰-۹]{2}$/u)
    expect(masked).not.toBe(text)
    expect(Buffer.byteLength(masked)).toBe(Buffer.byteLength(text))
    expect(mask.text(text)).toBe(masked)
    expect(createMask(Buffer.from('another')).text(text)).not.toBe(masked)
  })

  test('a member’s code keeps the prefix that it is known by; a product stays what it is', () => {
    const framing = framingOf('scanner-serial', clubScanner)
    const text = whole(framing, Buffer.from('6261001234567890\r4006381333931\r')).toString()
    expect(text).toMatch(/^6261\d{12}\r4006381333931\r$/)
    expect(text).not.toContain('001234567890')
  })

  test('pieces keep their times and their cuts, whatever stood in them', () => {
    const framing = framingOf('scanner-serial', clubScanner)
    const pieces = ['626', '10012345', '67890\r4006', '381333931\r'].map((text) => Buffer.from(text))
    expect(written(framing, pieces).map(({ at, bytes }) => [at, bytes.length])).toEqual([
      [0, 3],
      [1, 8],
      [2, 6],
      [2, 4],
      [3, 10],
    ])
  })

  test('half a code that never ends is masked too', () => {
    const text = whole(framingOf('scanner-serial', clubScanner), Buffer.from('62610012345678')).toString()
    expect(text).toMatch(/^\d{14}$/)
    expect(text).not.toContain('0012345678')
  })

  test('of a till’s request the card, the mobile and the names are masked, and the sum is not', () => {
    const request = {
      op: 'enrol',
      id: '1',
      credentials: [{ kind: 'phone', value: '09121234567' }],
      profile: { displayName: 'سارا "ص"', mobile: '+989121234567' },
      consents: [],
    }
    const line = `${JSON.stringify(request)}\n`
    const text = whole(framingOf('till-tcp', { port: 1 }), Buffer.from(line)).toString()
    expect(Buffer.byteLength(text)).toBe(Buffer.byteLength(line))
    const read = JSON.parse(text)
    expect(read).toMatchObject({
      op: 'enrol',
      id: '1',
      credentials: [{ kind: 'phone', value: expect.stringMatching(/^09\d{9}$/) }],
    })
    expect(text).not.toMatch(/1234567|سارا/)
  })

  test('a terminal’s message keeps its numbers of the sale, loses the customer’s, and can still be read', () => {
    const transaction = requests.beginTransaction({ terminal: 'T1', batch: '1', trace: 7, now: 0, offsetMinutes: 210 })
    const sale = { total: 450_000, credential: { kind: 'phone' as const, value: '09121234567' } }
    const bytes = encodeMessage(requests.quoteOf(transaction, sale), { dialect: 'binary' })
    const out = whole(framingOf('pos-iso8583', { terminals: [{ terminal: 'T1', lane: 'l', port: 1 }] }), lengthFrame(bytes))
    expect(out).toHaveLength(bytes.length + 2)
    const read = decodeMessage(out.subarray(2), { dialect: 'binary', clubPrefixes: [] })
    expect(read).toMatchObject({ ok: true, message: { mti: '0100', fields: { 4: '000000450000', 11: '000007', 41: 'T1' } } })
    expect(out.toString('latin1')).toMatch(/CR\d{3}phone:09\d{9}/)
    expect(out.toString('latin1')).not.toContain('1234567')
  })
})

const kinds = [
  ['scanner-serial', clubScanner],
  ['till-tcp', { port: 1 }],
  ['pos-iso8583', { terminals: [{ terminal: 'T1', lane: 'l', port: 1 }] }],
  ['pos-nexo', { tills: [{ saleid: 'T', poiid: 'P' }] }],
  ['till-mqtt', { club: 'c', port: 1, lanes: [] }],
  ['pos-iso8583', { bitmap: 'hex', serial: { path: '/dev/ttyS0' }, terminals: [{ terminal: 'T1', lane: 'l' }] }],
] as const

describe.each(kinds)('what %s masks', (kind, options) => {
  test('10,000 arbitrary inputs never throw, and each keeps its length', () => {
    const framing = framingOf(kind, options)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => whole(framing, bytes).length === bytes.length),
      { numRuns: 10_000 },
    )
  })
})

const body = JSON.stringify({ LoyaltyID: '09121234567', PAN: '6261001234567890', ItemAmount: 450000 })
const request = (path: string, head: string, text: string) =>
  Buffer.from(`POST ${path} HTTP/1.1\r\n${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
/** A client's text frame. */
const frame = (text: string) => {
  const key = [1, 2, 3, 4]
  return Buffer.from([0x81, 0x80 | text.length, ...key, ...Buffer.from(text).map((byte, at) => byte ^ (key[at % 4] ?? 0))])
}
const packet = (type: number, ...parts: (string | Buffer)[]) => {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? textOf(part) : part)))
  return Buffer.concat([Buffer.from([type << 4, bytes.length]), bytes])
}
const textOf = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])

const streams = [
  ['a scanner', 'scanner-serial', clubScanner, Buffer.from('6261001234567890\r4006381333931\r\u00ff\u0001\r6261777\r')],
  [
    'a till over HTTP',
    'pos-nexo',
    { tills: [{ saleid: 'T', poiid: 'P' }] },
    Buffer.concat([
      request('/nexo', 'Authorization: Bearer a-key\r\n', body),
      request('/nexo', '', '{}'),
      Buffer.from('GET /nexo HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
      frame('{"LoyaltyID":"09121234567"}'),
      frame('{}'),
    ]),
  ],
  [
    'a till over MQTT',
    'till-mqtt',
    { club: 'c', port: 1, lanes: [] },
    Buffer.concat([
      packet(1, 'MQTT', Buffer.from([4, 0xc2, 0, 60]), 'lane-1', 'lane-1', 'a-key'),
      packet(3, 'lanes/lane-1/input', Buffer.from('{"value":"09121234567"}')),
      packet(12),
    ]),
  ],
] as const

test.each(streams)(
  '1,000 random splits of the stream of %s are written alike, without who it was',
  (_, kind, options, stream) => {
    const expected = whole(framingOf(kind, options), stream).toString('hex')
    expect(Buffer.from(expected, 'hex').toString('latin1')).not.toMatch(/1234567|a-key/)
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), stream.length]
        const pieces = at.slice(1).map((end, index) => stream.subarray(at[index], end))
        return Buffer.concat(written(framingOf(kind, options), pieces).map((one) => one.bytes)).toString('hex') === expected
      }),
      { numRuns: 1_000 },
    )
  },
)

test('every kind of device can be recorded; one that cannot says what to do instead', () => {
  const refused = driverKinds.flatMap((driver) => {
    try {
      refuseUnmasked({ device: 'd', driver })
      return []
    } catch (error) {
      return [{ driver, hint: (error as VafaError).hint }]
    }
  })
  expect(refused).toEqual([{ driver: 'till-print', hint: expect.stringContaining('vafa sim capture') }])
})

describe('a recording', () => {
  const head = JSON.stringify({ vafa: 'recording', version: 1, device: 'd', driver: 'till-tcp', started: '2026-11-22T10:00:00Z' })
  const entry = JSON.stringify({ at: 1, line: 0, from: 'device', hex: '6162' })

  test('that was killed in the midst of a line counts as far as it goes', () => {
    expect(readRecording(`${head}\n${entry}\n{"at":2,"li`)).toMatchObject({ entries: [{ hex: '6162' }] })
  })

  test('names the line that is no entry', () => {
    expect(readRecording(`${head}\n${entry}\n{"at":2}\n${entry}\n`)).toEqual({ reason: expect.stringContaining('line 3') })
    expect(readRecording('hello')).toEqual({ reason: expect.stringContaining('first line') })
  })

  test('10,000 arbitrary and damaged files never throw', () => {
    const good = `${head}\n${entry}\n${entry}`
    const damaged = fc
      .tuple(fc.nat(good.length), fc.string({ maxLength: 5 }))
      .map(([at, by]) => good.slice(0, at) + by + good.slice(at + 3))
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 80 }), damaged), (text) => typeof readRecording(text) === 'object'),
      { numRuns: 10_000 },
    )
  })
})
