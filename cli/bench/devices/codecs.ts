import { saleOf } from '#agent/terminal/requests.ts'
import { decodeRequest } from '#drivers/pos-nexo/codec.ts'
import { sampleHeader, sampleLoyalty } from '#drivers/pos-nexo/samples.ts'
import { readMqttRequest } from '#drivers/till-mqtt/codec.ts'
import { encodeTillLine, parseTillLine } from '#drivers/till-tcp/codec.ts'
import { decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { dialects } from '#protocol/iso8583/message.ts'
import { codecsOfDevices } from './codecs-of-devices.ts'
import type { DeviceFigure, DevicePart } from './figures.ts'

/** A codec with one message of its own; tills and terminals say a sale of three lines. */
export interface CodecOnTrial {
  name: string
  /** What is read, where that is not what is written. */
  bytes?: Uint8Array
  write?(): Uint8Array
  read?(bytes: Uint8Array): unknown
}

const lines = [1, 2, 3].map((n) => ({ product: `626010011001${n}`, name: `espresso ${n}`, quantity: n, amount: 150_000 * n }))
const credential = { kind: 'phone' as const, value: '09123456789' }
const sale = { tillreceipt: 'R-1', operator: 'sara', total: 900_000, lines }

const isoSale = saleOf(
  { terminal: '00000001', batch: '1', trace: '000017', local: '1122113000', transmission: '1122080000' },
  { ...sale, paid: 900_000, credential },
)
const mac = { algorithm: 'aes-cmac' as const, key: Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex') }

const iso8583: CodecOnTrial[] = dialects.flatMap((dialect) => [
  {
    name: `ISO 8583, ${dialect} bitmap`,
    write: () => encodeMessage(isoSale, { dialect }),
    read: (bytes) => decodeMessage(bytes, { dialect, clubPrefixes: [] }),
  },
  {
    name: `ISO 8583, ${dialect} bitmap, signed`,
    write: () => encodeMessage(isoSale, { dialect, mac }),
    read: (bytes) => decodeMessage(bytes, { dialect, clubPrefixes: [] }),
  },
])

const till: CodecOnTrial = {
  name: 'JSON lines (till-tcp)',
  write: () => Buffer.from(`${JSON.stringify({ op: 'record', id: '1', sale, credential })}\n`),
  read: (bytes) => parseTillLine(Buffer.from(bytes).toString('utf8')),
}

const tillAnswer: CodecOnTrial = {
  name: 'JSON lines (till-tcp), a small answer',
  write: () => Buffer.from(encodeTillLine({ op: 'completed', re: '1', saleid: '01890a5d-ac96-774b-bcce-b302099a8057' })),
  read: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')),
}

const mqtt: CodecOnTrial = {
  name: 'MQTT payload (till-mqtt)',
  write: () => Buffer.from(JSON.stringify({ op: 'record', id: '1', sale, credential, idempotencykey: 'k-1' })),
  read: readMqttRequest,
}

const nexoItems = lines.map(({ product, name, quantity, amount }, n) => ({
  ItemID: n + 1,
  ProductCode: product,
  ItemAmount: amount,
  ProductLabel: name,
  Quantity: quantity,
}))
const nexoRequest = {
  SaleToPOIRequest: { MessageHeader: sampleHeader('Loyalty'), LoyaltyRequest: sampleLoyalty('Award', nexoItems) },
}
const nexo: CodecOnTrial = {
  name: 'nexo Loyalty request (pos-nexo)',
  write: () => Buffer.from(JSON.stringify(nexoRequest)),
  read: (bytes) => decodeRequest(Buffer.from(bytes).toString('utf8')),
}

/** Every codec that is measured; a driver adds its own here. */
export const codecs: readonly CodecOnTrial[] = [...iso8583, till, tillAnswer, mqtt, nexo, ...codecsOfDevices]

const rounds = 20

export const codecPart: DevicePart = {
  name: 'codecs',
  async measure({ count }) {
    return codecs.map(({ name, write, read, ...given }): DeviceFigure => {
      const bytes = given.bytes ?? write?.() ?? new Uint8Array()
      // Fewer would measure the compiler.
      const each = Math.max(2_000, Math.floor(count / rounds))
      return {
        kind: 'codec',
        name,
        bytes: bytes.length,
        ...(write ? { writeUs: quickestOf(write, each) } : {}),
        ...(read ? { readUs: quickestOf(() => read(bytes), each) } : {}),
      }
    })
  },
}

/** Microseconds a turn in the quickest round: the first ones are compiled, and whatever else runs on the machine only adds. */
function quickestOf(work: () => unknown, each: number): number {
  const times = Array.from({ length: rounds }, () => {
    const begin = performance.now()
    for (let n = 0; n < each; n += 1) work()
    return ((performance.now() - begin) * 1_000) / each
  })
  return Math.min(...times)
}
