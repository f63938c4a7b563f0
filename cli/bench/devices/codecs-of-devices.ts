import { parse } from 'yaml'
import { encodeDisplayLines } from '#drivers/display-serial/codec.ts'
import { encodeCommand, readAnswer } from '#drivers/fingerprint-r30x/commands.ts'
import { createPacketDecoder, encodePacket } from '#drivers/fingerprint-r30x/packets.ts'
import { createTyping, pressedKeys } from '#drivers/hid/keyboard.ts'
import { parseReportDescriptor, type ReportMap } from '#drivers/hid/report-descriptor.ts'
import { createMsrDecoder } from '#drivers/magstripe-hid/hid-msr.ts'
import { identify, ndefOptions } from '#drivers/pcsc/identify.ts'
import { encodeJob } from '#drivers/printer-escpos/encode.ts'
import { createReplyDecoder } from '#drivers/printer-escpos/replies.ts'
import { createScanDecoder } from '#drivers/scan/framing.ts'
import { readScan } from '#drivers/scan/rules.ts'
import { createHidPosDecoder } from '#drivers/scanner-hid/hid-pos.ts'
import { readReceipt } from '#drivers/till-print/read-receipt.ts'
import { createReceiptStream } from '#drivers/till-print/receipt-stream.ts'
import { receiptRules } from '#drivers/till-print/rules.ts'
import { uriMessage } from '#simulators/card/ndef.ts'
import { hidPosDescriptor, keyboardDescriptor, magtekDescriptor } from '#simulators/hid/descriptors.ts'
import { swipeReports } from '#simulators/hid/msr-reader.ts'
import { hidPosReports, keyboardReports } from '#simulators/hid/scan-reports.ts'
import { cutBytes, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import type { CodecOnTrial } from './codecs.ts'

function mapOf(descriptor: Uint8Array): ReportMap {
  const map = parseReportDescriptor(descriptor)
  if (!map) throw new Error('no descriptor')
  return map
}

const code = '0109506000134352172712311003'
const asProduct = { rules: [], as: 'product' } as const
const scanned = createScanDecoder({ prefix: '', maxLength: 200 })
const hidPos = createHidPosDecoder(mapOf(hidPosDescriptor), { prefix: '', maxLength: 200 })
const swiped = createMsrDecoder(mapOf(magtekDescriptor), { prefixes: ['9871'], tracks: [2], lrc: 'none' })
const keyboard = { map: mapOf(keyboardDescriptor), typing: createTyping('us') }
const sun = ndefOptions.parse({ sun: {} })
const card = uriMessage('https://club.ir/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086')
const search = encodePacket({ address: 0xffff_ffff, kind: 'acknowledge', payload: Buffer.from('0000110078', 'hex') })
const fingers = createPacketDecoder()
const replies = createReplyDecoder()
/** 80 mm wide and as long as a usual receipt. */
const bands = Array.from({ length: 24 }, () => ({ width: 576, height: 40, data: new Uint8Array((576 / 8) * 40) }))
const items = [1, 2, 3].map((n) => ({ name: `قهوه ${n}`, quantity: n, amount: 150_000 * n }))
const receipt = Buffer.concat([receiptBytes({ number: '871', items }, 'dos'), cutBytes.plain])
const rules = receiptRules.parse(parse(rulesOf.dos))

/** What devices say and are told; some only listen, some only speak. */
export const codecsOfDevices: readonly CodecOnTrial[] = [
  {
    name: 'NTAG 424 address → proof (pcsc)',
    bytes: card,
    read: (bytes) => identify({ by: 'ndef', message: Buffer.from(bytes).toString('hex'), hex: '04DE5F1EACC040' }, 0, sun),
  },
  {
    name: 'GS1 code on a serial line (scanner-serial)',
    bytes: Buffer.from(`]C1${code}\r`),
    read: (bytes) => scanned.decode(bytes, 0).map((one) => one.kind === 'scan' && readScan(one.text, asProduct)),
  },
  {
    name: 'GS1 code in a HID POS report (scanner-hid)',
    bytes: hidPosReports(code, { identifier: ']C1' })[0] ?? new Uint8Array(),
    read: (bytes) => hidPos?.decode(bytes, 0).map((one) => one.kind === 'scan' && readScan(one.text, asProduct)),
  },
  {
    name: 'one key of a keyboard wedge (scanner-hid)',
    bytes: keyboardReports('7')[0] ?? new Uint8Array(),
    read: (bytes) => [keyboard.typing.press(pressedKeys(keyboard.map, bytes) ?? []), keyboard.typing.press([])],
  },
  {
    name: 'swipe of a card (magstripe-hid)',
    bytes: swipeReports({ number: '9871000000001234', name: 'SARA' }, { model: 'magtek' })[0] ?? new Uint8Array(),
    read: (bytes) => swiped?.decode(bytes),
  },
  {
    name: 'search and its answer (fingerprint-r30x)',
    bytes: search,
    write: () =>
      encodePacket({ address: 0xffff_ffff, kind: 'command', payload: encodeCommand({ op: 'search', start: 0, count: 200 }) }),
    read: (bytes) =>
      fingers
        .decode(bytes)
        .map((one) => one.kind === 'packet' && readAnswer({ op: 'search', start: 0, count: 200 }, one.packet.payload)),
  },
  {
    name: 'receipt of 24 bands as pictures (printer-escpos)',
    write: () => encodeJob({ bands, cut: 'partial' }, { width: 576 }),
  },
  {
    name: 'status and confirmation (printer-escpos)',
    bytes: Buffer.from('140000003722414243440000', 'hex'),
    read: replies.decode,
  },
  { name: 'two lines (display-serial)', write: () => encodeDisplayLines('escpos', ['Total 900,000', 'Credit 12,000']) },
  {
    name: 'a till’s receipt → sale (till-print)',
    bytes: receipt,
    read: (bytes) =>
      createReceiptStream(rules)
        .push(bytes)
        .map((one) => one.kind === 'end' && readReceipt(one.printed, rules)),
  },
]
