import { parse } from 'yaml'
import { encodeCommand, readAnswer, readCommand } from '#drivers/fingerprint-r30x/commands.ts'
import { decodeMark, encodeMark } from '#drivers/fingerprint-r30x/mark.ts'
import { createPacketDecoder, encodePacket } from '#drivers/fingerprint-r30x/packets.ts'
import { createTyping, pressedKeys } from '#drivers/hid/keyboard.ts'
import { parseReportDescriptor, type ReportMap, readField } from '#drivers/hid/report-descriptor.ts'
import { createMsrDecoder } from '#drivers/magstripe-hid/hid-msr.ts'
import { type CardRules, readTracks, readTyped } from '#drivers/magstripe-hid/swipe.ts'
import { parseReply } from '#drivers/pcsc/apdu.ts'
import { identify, ndefOptions } from '#drivers/pcsc/identify.ts'
import { parseNdef } from '#drivers/pcsc/ndef.ts'
import { readCard } from '#drivers/pcsc/read-card.ts'
import { readNdef } from '#drivers/pcsc/read-ndef.ts'
import { readSun, sunOptions } from '#drivers/pcsc/sun-address.ts'
import { encodeFrame, takeFrames } from '#drivers/pcsc/vpcd-frames.ts'
import { createSerialLink } from '#drivers/pos-iso8583/serial-link.ts'
import { readAmount, readQuantity } from '#drivers/printed-text/amounts.ts'
import { codePages, decodeBytes } from '#drivers/printed-text/code-pages.ts'
import { createReplyDecoder } from '#drivers/printer-escpos/replies.ts'
import { createScanDecoder, readFrame } from '#drivers/scan/framing.ts'
import { parseBracketed, parseDigitalLink, parseElementString } from '#drivers/scan/gs1.ts'
import { readCode } from '#drivers/scan/read-code.ts'
import { readScan, scanRule } from '#drivers/scan/rules.ts'
import { createHidPosDecoder } from '#drivers/scanner-hid/hid-pos.ts'
import { decodeLine } from '#drivers/till-print/printed-lines.ts'
import { readReceipt } from '#drivers/till-print/read-receipt.ts'
import { createReceiptStream } from '#drivers/till-print/receipt-stream.ts'
import { receiptRules } from '#drivers/till-print/rules.ts'
import { createTokenizer } from '#drivers/till-print/tokens.ts'
import { serialFrame } from '#protocol/iso8583/frames.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { textMessage, uriMessage } from '#simulators/card/ndef.ts'
import { type2Memory } from '#simulators/card/type-2-tag.ts'
import { hidPosDescriptor, keyboardDescriptor, magtekDescriptor, msrDescriptor } from '#simulators/hid/descriptors.ts'
import { swipeReports, tracksOf } from '#simulators/hid/msr-reader.ts'
import { hidPosReports, keyboardReports } from '#simulators/hid/scan-reports.ts'
import { cutBytes, receiptBytes, receiptStyles, rulesOf } from '#simulators/paper-till/receipts.ts'
import { asText, type Parser, streaming } from './parser.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

function mapOf(descriptor: Uint8Array): ReportMap {
  const map = parseReportDescriptor(descriptor)
  if (!map) throw new Error('no descriptor')
  return map
}

const there = <T>(found: T | undefined): T => {
  if (found === undefined) throw new Error('this descriptor has it not')
  return found
}

const card: CardRules = { prefixes: ['9871'], digits: 16, tracks: [2, 1], lrc: 'sent' }
const stripe = { number: '9871000000001234', name: 'SARA' }
const sun = sunOptions.parse({})
const settings = ndefOptions.parse({
  sun: {},
  rules: [{ prefix: 'https://club.ir/c/' }, { prefix: 'VAFA-', is: 'member-number' }],
})
const address = 'https://club.ir/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086'
const cards = [uriMessage(address), uriMessage('https://club.ir/c/1042'), textMessage('VAFA-1042')]
const scanRules = {
  rules: [
    scanRule.parse({ prefix: 'VAFA-', is: 'qr', take: 'after-prefix' }),
    scanRule.parse({ element: '8018', is: 'barcode' }),
  ],
  as: 'product',
} as const
const codes = [
  '6260100110011',
  ']C1010950600013435217271231',
  '(01)09506000134352(10)L-17',
  'https://id.gs1.org/01/09506000134352',
]
const sale = { number: '8071', items: [{ name: 'قهوه', quantity: 2, amount: 450_000 }] }
const printed = receiptStyles.map((style) => Buffer.concat([receiptBytes(sale, style), cutBytes.plain]))
const [onWindows = Buffer.alloc(0), , , inLatin = Buffer.alloc(0)] = printed
const rules = receiptRules.parse(parse(rulesOf.windows))

/** A card that answers each APDU with the next piece of these bytes. */
function answering(bytes: Buffer): (apdu: Uint8Array) => Promise<Uint8Array> {
  let at = 0
  return async () => {
    const length = (bytes[at] ?? 0) % 40
    const answer = bytes.subarray(at + 1, at + 1 + length)
    at += 1 + length
    return answer.length === 0 && at >= bytes.length ? hex('6A82') : answer
  }
}
/** A card's answers, each behind its length. */
const answers = (...all: readonly string[]) =>
  Buffer.concat(all.map((one) => Buffer.concat([Buffer.of(one.length / 2), hex(one)])))
const memory = type2Memory({ uid: hex('04A1B2C3D4E580'), message: cards[1] as Buffer }).toString('hex')
const type2 = answers(...[24, 56, 88].map((at) => `${memory.slice(at, at + 32).padEnd(32, '0')}9000`), '04A1B2C3D4E5809000')
const storage = hex('3B8F8001804F0CA0000003060300030000000068')

/** What comes from devices, driver by driver. */
export const parsersOfDrivers: readonly Parser[] = [
  {
    where: 'drivers/pcsc/apdu.ts parseReply',
    samples: [hex('04A1B2C3D4E5809000'), hex('6A82')],
    read: parseReply,
  },
  {
    where: 'drivers/pcsc/read-card.ts readCard',
    samples: [type2, answers('56414641319000'), answers('04A1B2C3D4E5809000')],
    read: (bytes) =>
      readCard({
        atr: bytes.length % 2 ? storage : hex('3B8180018080'),
        aid: hex('F076616661'),
        ndef: 'read',
        transmit: answering(bytes),
      }),
  },
  {
    where: 'drivers/pcsc/read-ndef.ts readNdef',
    samples: [type2, answers('9000', '9000', '000F2000FF00FF0406E10401000000' + '9000', '9000', '00029000', 'D1019000')],
    read: (bytes) => readNdef({ isoDep: bytes.length % 2 === 1, transmit: answering(bytes) }),
  },
  {
    where: 'drivers/pcsc/ndef.ts parseNdef',
    samples: cards,
    read: (bytes) => [parseNdef(bytes), identify({ by: 'ndef', message: bytes.toString('hex') }, 0, settings)],
  },
  {
    where: 'drivers/pcsc/sun-address.ts readSun',
    samples: cards,
    read: (bytes) =>
      parseNdef(bytes).map((record) =>
        record.kind === 'uri' ? readSun(record, bytes, { ...sun, macInputOffset: 7 + (bytes.length % 60) }) : undefined,
      ),
  },
  streaming('drivers/pcsc/vpcd-frames.ts takeFrames', [encodeFrame(hex('04')), encodeFrame(hex('FFCA000000'))], () => {
    let rest = Buffer.alloc(0)
    return {
      push(bytes) {
        const taken = takeFrames(Buffer.concat([rest, bytes]))
        rest = taken.rest as typeof rest
        return taken.payloads
      },
    }
  }),
  {
    where: 'drivers/hid/report-descriptor.ts parseReportDescriptor',
    samples: [hidPosDescriptor, keyboardDescriptor, magtekDescriptor, msrDescriptor],
    read(bytes) {
      const map = parseReportDescriptor(bytes)
      return (
        map && [
          createHidPosDecoder(map, { prefix: '', maxLength: 500 })?.decode(bytes, 0),
          createMsrDecoder(map, card)?.decode(bytes),
        ]
      )
    },
  },
  {
    where: 'drivers/hid/report-descriptor.ts readField',
    samples: [hidPosDescriptor, keyboardDescriptor],
    read(bytes) {
      const map = parseReportDescriptor(bytes)
      return map && [...map.runs.slice(0, 20), ...map.arrays.slice(0, 5)].map((place) => readField(bytes, place))
    },
  },
  {
    where: 'drivers/hid/keyboard.ts createTyping',
    samples: [Buffer.concat(keyboardReports('VA\x1d7'))],
    read(bytes) {
      const [typing, map] = [createTyping('fa'), mapOf(keyboardDescriptor)]
      const reports = Array.from({ length: Math.ceil(bytes.length / 8) }, (_, n) => bytes.subarray(n * 8, n * 8 + 8))
      return reports.map((report) => typing.press(pressedKeys(map, report) ?? []))
    },
  },
  {
    where: 'drivers/scanner-hid/hid-pos.ts createHidPosDecoder',
    samples: [...hidPosReports('6260100110011', { identifier: ']E0' }), ...hidPosReports('x'.repeat(90))],
    read(bytes) {
      const decoder = there(createHidPosDecoder(mapOf(hidPosDescriptor), { prefix: '', maxLength: 80 }))
      return [decoder.decode(bytes, 0), decoder.decode(bytes, 1)]
    },
  },
  {
    where: 'drivers/magstripe-hid/hid-msr.ts createMsrDecoder',
    samples: swipeReports(stripe, { model: 'magtek' }),
    read: (bytes) => there(createMsrDecoder(mapOf(magtekDescriptor), card)).decode(bytes),
  },
  {
    where: 'drivers/magstripe-hid/swipe.ts readTyped',
    samples: [Object.values(tracksOf(stripe)).join('')],
    read: asText((text) => readTyped(text, card)),
  },
  {
    where: 'drivers/magstripe-hid/swipe.ts readTracks',
    samples: Object.values(tracksOf(stripe)),
    read: asText((text) => readTracks({ 1: text, 2: text }, card)),
  },
  streaming(
    'drivers/scan/framing.ts createScanDecoder',
    codes.map((code) => `${code}\r`),
    () => {
      const decoder = createScanDecoder({ prefix: '', maxLength: 200 })
      return { push: (bytes) => decoder.decode(bytes, 0), end: () => decoder.end() }
    },
  ),
  {
    where: 'drivers/scan/framing.ts readFrame',
    samples: codes,
    read: (bytes) => readFrame(bytes, { prefix: '6', maxLength: 50 }),
  },
  { where: 'drivers/scan/rules.ts readScan', samples: [...codes, 'VAFA-17'], read: asText((text) => readScan(text, scanRules)) },
  { where: 'drivers/scan/read-code.ts readCode', samples: codes, read: asText(readCode) },
  {
    where: 'drivers/scan/gs1.ts parseElementString',
    samples: ['010950600013435217271231', '10L-17\x1d0109506000134352'],
    read: asText(parseElementString),
  },
  { where: 'drivers/scan/gs1.ts parseBracketed', samples: ['(01)09506000134352(10)L-17'], read: asText(parseBracketed) },
  {
    where: 'drivers/scan/gs1.ts parseDigitalLink',
    samples: ['https://id.gs1.org/01/09506000134352/10/L-17%2F3?17=271231'],
    read: asText(parseDigitalLink),
  },
  streaming(
    'drivers/fingerprint-r30x/packets.ts createPacketDecoder',
    ['take-image', 'combine', 'read-parameters'].map((op) =>
      encodePacket({
        address: 0xffffffff,
        kind: 'command',
        payload: encodeCommand({ op } as Parameters<typeof encodeCommand>[0]),
      }),
    ),
    () => {
      const decoder = createPacketDecoder()
      return { push: (bytes) => decoder.decode(bytes) }
    },
  ),
  {
    where: 'drivers/fingerprint-r30x/commands.ts readCommand',
    samples: [encodeCommand({ op: 'search', start: 0, count: 200 }), encodeCommand({ op: 'delete', slot: 1, count: 1 })],
    read: readCommand,
  },
  {
    where: 'drivers/fingerprint-r30x/commands.ts readAnswer',
    samples: [Buffer.concat([Buffer.alloc(17)]), Buffer.alloc(33), hex('0000110078')],
    read: (bytes) => [
      readAnswer({ op: 'read-parameters' }, bytes),
      readAnswer({ op: 'search', start: 0, count: 200 }, bytes),
      readAnswer({ op: 'read-index', page: 0 }, bytes),
      readAnswer({ op: 'read-notepad', page: 15 }, bytes),
    ],
  },
  {
    where: 'drivers/fingerprint-r30x/mark.ts decodeMark',
    samples: [encodeMark('01890a5d-ac96-774b-bcce-b302099a8057')],
    read: decodeMark,
  },
  streaming(
    'drivers/printer-escpos/replies.ts createReplyDecoder',
    [hex('12'), hex('14000F00'), hex('37224142434400'), hex('0C')],
    () => {
      const decoder = createReplyDecoder()
      return { push: (bytes) => decoder.decode(bytes) }
    },
  ),
  streaming('drivers/till-print/tokens.ts createTokenizer', [onWindows, inLatin], () => {
    const tokenizer = createTokenizer()
    // Text and pictures come out as they come in; the commands between them must be the same ones.
    const commands = (tokens: ReturnType<typeof tokenizer.push>) =>
      tokens.filter(({ kind }) => kind !== 'text' && kind !== 'payload')
    return { push: (bytes) => commands(tokenizer.push(bytes)), end: () => commands(tokenizer.end()) }
  }),
  streaming('drivers/till-print/receipt-stream.ts createReceiptStream', [onWindows, onWindows], () => {
    const stream = createReceiptStream(rules)
    const receipts = (passed: ReturnType<typeof stream.push>) =>
      passed.flatMap((one) => (one.kind === 'end' ? [readReceipt(one.printed, rules)] : []))
    return { push: (bytes) => receipts(stream.push(bytes)), end: () => receipts(stream.end()) }
  }),
  {
    where: 'drivers/till-print/read-receipt.ts readReceipt',
    samples: ['فاکتور شماره 80712\nقهوه 2 450,000\nجمع کل 450,000\n'],
    read: asText((text) => readReceipt({ lines: text.split('\n'), pictureRows: text.length }, rules)),
  },
  {
    where: 'drivers/till-print/printed-lines.ts decodeLine',
    samples: [onWindows.subarray(20, 60), inLatin.subarray(20, 60)],
    read: (bytes) => [
      decodeLine([{ bytes, selected: bytes[0] ?? 0 }], rules),
      decodeLine([{ bytes, selected: 0 }], { ...rules, order: 'visual' }),
    ],
  },
  {
    where: 'drivers/printed-text/code-pages.ts decodeBytes',
    samples: [onWindows, inLatin],
    read: (bytes) => decodeBytes(bytes, codePages[bytes.length % codePages.length] ?? 'utf-8'),
  },
  {
    where: 'drivers/printed-text/amounts.ts readAmount',
    samples: ['1,250,000', '125/000'],
    read: asText((text) => readAmount(text, 'toman')),
  },
  { where: 'drivers/printed-text/amounts.ts readQuantity', samples: ['0.350', '3'], read: asText(readQuantity) },
  streaming(
    'drivers/pos-iso8583/serial-link.ts createSerialLink',
    [serialFrame(Buffer.from('0800')), serialFrame(Buffer.from('0200ABC'))],
    () => {
      const taken: Buffer[] = []
      const link = createSerialLink({
        runtime: createVirtualRuntime(),
        longest: 9_999,
        write: () => {},
        onMessage: (bytes) => taken.push(bytes),
      })
      return {
        push(bytes) {
          link.take(bytes)
          return taken.splice(0)
        },
      }
    },
  ),
]
