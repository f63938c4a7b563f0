import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { posIso8583Driver } from '#drivers/pos-iso8583/driver.ts'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { encodeMessage } from '#protocol/iso8583/codec.ts'
import { createLengthReader, lengthFrame } from '#protocol/iso8583/frames.ts'
import { writeOriginal } from '#protocol/iso8583/original.ts'
import { type AnsweringLane, answerAsLane } from './answering-lane.ts'
import { createTestHost } from './test-host.ts'

/** The npm package `iso_8583`, as far as it is used here; it has no types of its own. */
type IsoPack = new (
  message?: Record<string, string>,
  formats?: Record<string, object>,
) => { getBufferMessage(): Buffer | { error: string }; getIsoJSON(buffer: Buffer): Record<string, string> & { error?: string } }
const IsoPackage = createRequire(import.meta.url)('iso_8583') as IsoPack
/** It takes the MAC for four bytes; the standard says 64 bits. */
const formats = {
  64: { ContentType: 'b', Label: 'MAC', LenType: 'fixed', MaxLen: 16 },
  128: { ContentType: 'b', Label: 'MAC', LenType: 'fixed', MaxLen: 16 },
}

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function startBox(
  options: Record<string, unknown>,
): Promise<{ socket: Socket; lane: AnsweringLane; next(): Promise<Buffer> }> {
  const host = createTestHost('terminals')
  const parsed = posIso8583Options.parse({ terminals: [{ terminal: 'T1', lane: 'lane-1', port: 0 }], ...options })
  const connection = await posIso8583Driver.connect(parsed, host.host)
  endings.push(() => connection.close())
  const lane = answerAsLane(host, () => connection)
  const socket = createConnection({ host: '127.0.0.1', port: connection.address?.port ?? 0, noDelay: true })
  await once(socket, 'connect')
  endings.push(() => socket.destroy())
  const reader = createLengthReader({ longest: 9_999 })
  return {
    socket,
    lane,
    async next() {
      for (;;) {
        const [bytes] = (await once(socket, 'data')) as [Buffer]
        const [message] = reader.push(bytes)
        if (message) return message
      }
    },
  }
}

const transaction = { 7: '1122080000', 11: '000017', 12: '113000', 13: '1122', 41: 'T1      ', 60: 'BN0011' }

describe('the npm package iso_8583 as a terminal (binary bitmap)', () => {
  const ask = async (box: Awaited<ReturnType<typeof startBox>>, message: Record<string, string>) => {
    const bytes = new IsoPackage(message, formats).getBufferMessage()
    if (!Buffer.isBuffer(bytes)) throw new Error(bytes.error)
    box.socket.write(bytes)
    const answer = new IsoPackage({}, formats).getIsoJSON(lengthFrame(await box.next()))
    if (answer.error) throw new Error(answer.error)
    return answer
  }

  test('quotes, pays, repeats, and undoes', async () => {
    const box = await startBox({ language: 'en', charset: 'ascii' })
    const quote = await ask(box, { 0: '0100', 3: '000000', 4: '000000450000', ...transaction, 48: 'CR017phone:09123456789' })
    expect(quote).toMatchObject({ 0: '0110', 4: '000000405000', 11: '000017', 39: '00', 41: 'T1      ' })
    expect(quote[48]).toMatch(/^TL006450000DS00545000DB001C/)
    const paid = { 0: '0200', 3: '000000', 4: '000000405000', ...transaction, 48: 'TL006450000' }
    const sale = await ask(box, paid)
    expect(sale).toMatchObject({ 0: '0210', 37: '007K3M9QXZ2A', 39: '00', 49: '364', 54: '6002364C000000162750' })
    expect(sale[63]).toMatch(/^TX\d{3} *Club receipt\nCredit balance +16,275 toman$/)
    expect(await ask(box, { ...paid, 0: '0201' })).toEqual(sale)
    const original = writeOriginal({ mti: '0200', trace: '000017', transmission: '1122080000' })
    const undone = await ask(box, { 0: '0400', 3: '000000', 4: '000000405000', ...transaction, 90: original })
    expect(undone).toMatchObject({ 0: '0410', 39: '00', 90: original })
    expect(box.lane.requests.map(({ op }) => op)).toEqual(['open', 'complete', 'complete', 'reverse'])
  })

  test('reads the second bitmap of a network answer', async () => {
    const box = await startBox({ language: 'en', charset: 'ascii' })
    expect(await ask(box, { 0: '0800', 7: '1122080000', 11: '000018', 41: 'T1      ', 70: '301' })).toMatchObject({
      0: '0810',
      11: '000018',
      39: '00',
      70: '301',
    })
  })
})

/** A capture of one TCP connection, as tshark reads it (pcap, raw IPv4). */
function pcapOf(payloads: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24)
  for (const [at, value] of [
    [0, 0xa1b2c3d4],
    [16, 65_535],
    [20, 101],
  ] as const)
    head.writeUInt32LE(value, at)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  let sequence = 1
  const packets = payloads.map((payload) => {
    const ip = Buffer.alloc(40)
    ip.writeUInt8(0x45, 0)
    ip.writeUInt16BE(40 + payload.length, 2)
    ip.writeUInt8(64, 8)
    ip.writeUInt8(6, 9)
    ip.writeUInt32BE(0x7f000001, 12)
    ip.writeUInt32BE(0x7f000001, 16)
    ip.writeUInt16BE(5_000, 20)
    ip.writeUInt16BE(40_000, 22)
    ip.writeUInt32BE(sequence, 24)
    ip.writeUInt32BE(1, 28)
    ip.writeUInt16BE(0x5018, 32)
    ip.writeUInt16BE(65_535, 34)
    sequence += payload.length
    const record = Buffer.alloc(16)
    record.writeUInt32LE(40 + payload.length, 8)
    record.writeUInt32LE(40 + payload.length, 12)
    return Buffer.concat([record, ip, payload])
  })
  return Buffer.concat([head, ...packets])
}

/** What tshark makes of messages: one object a message, by its own names of the fields. */
function tshark(messages: readonly Buffer[], fields: readonly string[]): Record<string, string>[] {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-tshark-'))
  endings.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'wire.pcap')
  writeFileSync(file, pcapOf(messages.map(lengthFrame)))
  const settings = ['-d', 'tcp.port==5000,iso8583', '-o', 'iso8583.len_endian:Big endian', '-T', 'fields', '-E', 'separator=|']
  const names = [...fields.map((field) => `iso8583.${field}`), '_ws.malformed']
  const out = execFileSync('tshark', ['-r', file, ...settings, ...names.flatMap((name) => ['-e', name])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return out
    .trimEnd()
    .split('\n')
    .map((line) => Object.fromEntries(line.split('|').map((value, n) => [[...fields, 'malformed'][n], value])))
}

describe('tshark as a reader of what the box sends (hex bitmap)', () => {
  test('a sale, a reversal with its second bitmap, and their MACs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vafa-key-'))
    endings.push(() => rmSync(folder, { recursive: true }))
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, '00112233445566778899AABBCCDDEEFF')
    const mac = { algorithm: 'aes-cmac' as const, key: Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex') }
    const box = await startBox({
      bitmap: 'hex',
      language: 'en',
      charset: 'ascii',
      terminals: [{ terminal: 'T1', lane: 'lane-1', port: 0, mac: { keyFile } }],
    })
    const original = writeOriginal({ mti: '0200', trace: '000017', transmission: '1122080000' })
    const answers: Buffer[] = []
    for (const message of [
      { mti: '0200', fields: { 3: '000000', 4: '000000450000', ...transaction } },
      { mti: '0420', fields: { 3: '000000', 4: '000000450000', ...transaction, 90: original } },
    ]) {
      box.socket.write(lengthFrame(encodeMessage(message, { dialect: 'hex', mac })))
      answers.push(await box.next())
    }
    const [sale, reversal] = tshark(answers, [
      'mti',
      'bit4',
      'bit11',
      'bit37',
      'bit39',
      'bit41',
      'bit54',
      'bit64',
      'bit90',
      'bit128',
    ])
    expect(sale).toMatchObject({
      mti: '0210',
      bit4: '000000450000',
      bit11: '000017',
      bit37: '007K3M9QXZ2A',
      bit39: '00',
      malformed: '',
    })
    expect(sale).toMatchObject({ bit54: '6002364C000000162750', bit64: expect.stringMatching(/^[0-9A-F]{16}$/), bit128: '' })
    expect(reversal).toMatchObject({ mti: '0430', bit39: '00', bit90: original, bit64: '', malformed: '' })
    expect(reversal?.bit128).toMatch(/^[0-9A-F]{16}$/)
  })
})
