import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Command, encodeCommand, encodeIndex, notepadBytes, readAnswer, readCommand } from './commands.ts'
import { codeOfConfirmation, confirmationOf } from './confirmation.ts'
import { decodeMark, encodeMark } from './mark.ts'
import { createPacketDecoder, encodePacket, type Packet, type PacketKind } from './packets.ts'

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const packets = (bytes: Uint8Array, decoder = createPacketDecoder()): Packet[] =>
  decoder.decode(bytes).flatMap((result) => (result.kind === 'packet' ? [result.packet] : []))

const word = (max: number) => fc.integer({ min: 0, max })
const slot = word(0xffff)
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  word(0xffff_ffff).map((password) => ({ op: 'verify-password' as const, password })),
  fc.constantFrom<Command>({ op: 'read-parameters' }, { op: 'take-image' }, { op: 'combine' }, { op: 'empty' }),
  fc.constantFrom<Command>({ op: 'extract', buffer: 1 }, { op: 'extract', buffer: 2 }),
  word(5).map((level) => ({ op: 'set-security' as const, level })),
  fc.record({ op: fc.constant('search' as const), start: slot, count: slot }),
  fc.record({ op: fc.constant('store' as const), slot }),
  fc.record({ op: fc.constant('delete' as const), slot, count: slot }),
  word(3).map((page) => ({ op: 'read-index' as const, page })),
  word(15).map((page) => ({ op: 'read-notepad' as const, page })),
  fc.record({
    op: fc.constant('write-notepad' as const),
    page: word(15),
    content: fc.uint8Array({ minLength: notepadBytes, maxLength: notepadBytes }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ op: fc.constant('aura' as const), mode: word(6), speed: word(255), colour: word(3), count: word(255) }),
)
const anyPacket: fc.Arbitrary<Packet> = fc.record({
  address: word(0xffff_ffff),
  kind: fc.constantFrom<PacketKind>('command', 'data', 'acknowledge', 'data-end'),
  payload: fc.uint8Array({ minLength: 1, maxLength: 256 }).map((bytes) => Buffer.from(bytes)),
})

describe('packets of a fingerprint sensor', () => {
  test('are the bytes that the manuals show', () => {
    const command = encodeCommand({ op: 'verify-password', password: 0 })
    expect(encodePacket({ address: 0xffff_ffff, kind: 'command', payload: command })).toEqual(
      bytesOf('EF01 FFFFFFFF 01 0007 13 00000000 001B'),
    )
    expect(packets(bytesOf('EF01 FFFFFFFF 07 0003 00 000A'))).toEqual([
      { address: 0xffff_ffff, kind: 'acknowledge', payload: Buffer.of(0) },
    ])
  })

  test('come out the same however the bytes are cut into pieces, with rubbish between them', () => {
    fc.assert(
      fc.property(
        fc.array(anyPacket, { maxLength: 5 }),
        fc.uint8Array({ maxLength: 12 }).map((bytes) => bytes.filter((byte) => byte !== 0xef)),
        fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 40 }),
        (given, rubbish, sizes) => {
          const bytes = Buffer.concat(given.flatMap((packet) => [rubbish, encodePacket(packet)]))
          const decoder = createPacketDecoder()
          const got: Packet[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1
            got.push(...packets(bytes.subarray(at, at + size), decoder))
            at += size
          }
          expect(got).toEqual(given)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('a damaged one is told, and costs no other', () => {
    const good = encodePacket({ address: 1, kind: 'acknowledge', payload: Buffer.of(0, 1, 2) })
    const bad = Buffer.from(good)
    bad[10] = (bad[10] ?? 0) ^ 0x40
    const results = createPacketDecoder().decode(Buffer.concat([bad, good]))
    expect(results.map((result) => result.kind)).toEqual(['damaged', 'garbage', 'packet'])
  })

  test('half a packet waits for its rest, or is forgotten', () => {
    const packet = encodePacket({ address: 1, kind: 'acknowledge', payload: Buffer.of(0) })
    const decoder = createPacketDecoder()
    expect(decoder.decode(packet.subarray(0, 6))).toEqual([])
    decoder.reset()
    expect(packets(packet, decoder)).toHaveLength(1)
  })

  test('a length that no packet has keeps nobody waiting for it', () => {
    const liar = bytesOf('EF01 FFFFFFFF 07 FFFF 00')
    const packet = encodePacket({ address: 1, kind: 'acknowledge', payload: Buffer.of(0) })
    expect(packets(Buffer.concat([liar, packet]))).toHaveLength(1)
  })

  test('whatever comes, nothing is thrown and little is kept', () => {
    const decoder = createPacketDecoder()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const mutated = Buffer.concat([bytesOf('EF01 FFFFFFFF'), bytes])
        for (const packet of [...packets(bytes, decoder), ...packets(mutated, decoder)])
          expect(packet.payload.length).toBeLessThanOrEqual(256)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('commands to a fingerprint sensor', () => {
  test('are read by a module as they were meant', () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(readCommand(encodeCommand(command))).toEqual(command)
      }),
    )
  })

  test('none of them brings an image or a template out of the sensor, or into it', () => {
    const forbidden = [0x08, 0x09, 0x0a, 0x0b, 0x07]
    fc.assert(fc.property(anyCommand, (command) => !forbidden.includes(encodeCommand(command)[0] ?? 0)))
    for (const code of forbidden)
      for (let length = 1; length < 40; length++) expect(readCommand(Buffer.alloc(length, code))).toBeUndefined()
  })

  test('their answers are read by the manual', () => {
    expect(readAnswer<'search'>({ op: 'search', start: 0, count: 200 }, bytesOf('00 0011 0078'))).toEqual({
      confirmation: 'ok',
      result: { slot: 17, score: 120 },
    })
    expect(
      readAnswer<'read-parameters'>({ op: 'read-parameters' }, bytesOf('00 0000 0000 00C8 0003 FFFFFFFF 0002 0006')),
    ).toEqual({
      confirmation: 'ok',
      result: { status: 0, system: 0, capacity: 200, security: 3, address: 0xffff_ffff, packetBytes: 128, baudRate: 57_600 },
    })
    expect(readAnswer<'take-image'>({ op: 'take-image' }, bytesOf('02'))).toEqual({ confirmation: 'no-finger', code: 2 })
    expect(readAnswer<'take-image'>({ op: 'take-image' }, bytesOf('77'))).toEqual({ confirmation: 'unknown', code: 0x77 })
    expect(readAnswer<'search'>({ op: 'search', start: 0, count: 1 }, bytesOf('00 00'))).toBeUndefined()
  })

  test('an index names the slots that are used, the lowest bit first', () => {
    const answer = readAnswer<'read-index'>(
      { op: 'read-index', page: 1 },
      Buffer.concat([Buffer.of(0), encodeIndex([256, 300], 1)]),
    )
    expect(answer).toEqual({ confirmation: 'ok', result: { used: [256, 300] } })
    expect(encodeIndex([0, 9], 0).subarray(0, 2)).toEqual(Buffer.of(0x01, 0x02))
  })

  test('whatever a sensor answers, nothing is thrown', () => {
    fc.assert(
      fc.property(anyCommand, fc.uint8Array({ maxLength: 40 }), (command, bytes) => {
        readAnswer(command, bytes)
        readCommand(bytes)
      }),
      { numRuns: 10_000 },
    )
  })

  test('each word of a confirmation has its code', () => {
    for (const code of [0, 1, 2, 3, 6, 7, 8, 9, 0x0a, 0x0b, 0x0c, 0x10, 0x11, 0x13, 0x15, 0x18, 0x1a, 0x20, 0x21])
      expect(codeOfConfirmation(confirmationOf(code))).toBe(code)
  })
})

describe('the epoch on the notepad', () => {
  const epoch = '019a5b2c-7d3e-7f00-8a11-0123456789ab'

  test('is read as it was written', () => {
    expect(encodeMark(epoch)).toHaveLength(notepadBytes)
    expect(decodeMark(encodeMark(epoch))).toBe(epoch)
  })

  test('is none where a bit of it is another, or on a page that was never written', () => {
    fc.assert(
      fc.property(word(notepadBytes * 8 - 1), (bit) => {
        const page = encodeMark(epoch)
        page[bit >> 3] = (page[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(decodeMark(page)).toBeUndefined()
      }),
    )
    expect(decodeMark(Buffer.alloc(notepadBytes))).toBeUndefined()
    expect(decodeMark(Buffer.alloc(notepadBytes, 0xff))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => decodeMark(bytes) === undefined),
      { numRuns: 10_000 },
    )
  })
})
