import { createKeyReader } from '#agent/console/keys.ts'
import { readAnswer } from '#agent/terminal/answers.ts'
import { decodeRequest } from '#drivers/pos-nexo/codec.ts'
import { sampleHeader, sampleLoyalty } from '#drivers/pos-nexo/samples.ts'
import { readBearer, readIdempotencyKey, readLanguage, readPrefer } from '#drivers/till-http/headers.ts'
import { readMqttRequest } from '#drivers/till-mqtt/codec.ts'
import { createLineReader, parseTillLine } from '#drivers/till-tcp/codec.ts'
import { readCode as readEnrolmentCode } from '#protocol/enrolment.ts'
import { parseSource } from '#protocol/envelope.ts'
import { readBalances } from '#protocol/iso8583/amounts.ts'
import { decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { createLengthReader, createSerialReader, lengthFrame, serialFrame } from '#protocol/iso8583/frames.ts'
import { dialects, type IsoMessage } from '#protocol/iso8583/message.ts'
import { readOriginal } from '#protocol/iso8583/original.ts'
import { readPrivateData } from '#protocol/iso8583/private-data.ts'
import { parseMessage, parseMessageValue } from '#protocol/messages.ts'
import { parseCodeProof, readCode as readRotatingCode } from '#protocol/rotating-code.ts'
import { parseSun } from '#protocol/sun.ts'
import { parseOfficeTopic, parseStoreTopic } from '#protocol/topics.ts'
import { parseTraceparent } from '#protocol/traceparent.ts'
import { asText, type Parser, streaming } from './parser.ts'

const requests = [
  { op: 'ping', id: '1' },
  {
    op: 'open',
    id: '2',
    sale: { tillreceipt: '000871', total: 450_000, lines: [{ product: '626', quantity: 3, amount: 450_000 }] },
  },
  { op: 'present', id: '3', credential: { kind: 'phone', value: '09123456789' } },
].map((request) => JSON.stringify(request))

const nexo = JSON.stringify({
  SaleToPOIRequest: { MessageHeader: sampleHeader('Loyalty'), LoyaltyRequest: sampleLoyalty('Award') },
})

const iso: readonly IsoMessage[] = [
  { mti: '0800', fields: { 7: '1122080000', 11: '000018', 41: 'T1      ', 70: '301' } },
  {
    mti: '0200',
    fields: {
      3: '000000',
      4: '000000450000',
      7: '1122080000',
      11: '000017',
      12: '113000',
      13: '1122',
      41: 'T1      ',
      48: 'CR017phone:09123456789',
      63: 'TX004رس',
    },
  },
]
const mac = { algorithm: 'aes-cmac' as const, key: Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex') }
const encoded = dialects.flatMap((dialect) =>
  iso.flatMap((message) => [encodeMessage(message, { dialect }), encodeMessage(message, { dialect, mac })]),
)
const fact = {
  specversion: '1.0',
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  type: 'vafa.sale.completed.v1',
  source: '/stores/s1/devices/till-1',
  time: '2026-11-22T08:00:00.000Z',
  data: { saleid: '01890a5d-ac96-774b-bcce-b302099a8057', total: 450_000 },
}
const sold = JSON.stringify(fact)

/** What comes from tills, terminals and stores. */
export const parsersOfTills: readonly Parser[] = [
  streaming(
    'drivers/till-tcp/codec.ts createLineReader',
    requests.map((line) => `${line}\r\n`),
    createLineReader,
  ),
  { where: 'drivers/till-tcp/codec.ts parseTillLine', samples: requests, read: asText(parseTillLine) },
  { where: 'drivers/till-mqtt/codec.ts readMqttRequest', samples: requests, read: readMqttRequest },
  {
    where: 'drivers/till-http/headers.ts readIdempotencyKey',
    samples: ['"5d1c4a3e-7d55"', 'plain'],
    read: asText(readIdempotencyKey),
  },
  { where: 'drivers/till-http/headers.ts readPrefer', samples: ['respond-async, wait=10'], read: asText(readPrefer) },
  { where: 'drivers/till-http/headers.ts readLanguage', samples: ['en;q=0.8, fa;q=0.7'], read: asText(readLanguage) },
  { where: 'drivers/till-http/headers.ts readBearer', samples: ['Bearer abcdef'], read: asText(readBearer) },
  { where: 'drivers/pos-nexo/codec.ts decodeRequest', samples: [nexo], read: asText(decodeRequest) },
  streaming('protocol/iso8583/frames.ts createLengthReader', encoded.map(lengthFrame), () =>
    createLengthReader({ longest: 9_999 }),
  ),
  streaming(
    'protocol/iso8583/frames.ts createSerialReader',
    ['0800', '0200ABC'].map((text) => serialFrame(Buffer.from(text))),
    () => createSerialReader({ longest: 9_999 }),
  ),
  {
    where: 'protocol/iso8583/codec.ts decodeMessage',
    samples: encoded,
    read: (bytes) => dialects.map((dialect) => decodeMessage(bytes, { dialect, clubPrefixes: ['9871'] })),
  },
  {
    where: 'protocol/iso8583/private-data.ts readPrivateData',
    samples: ['CR017phone:09123456789DS00545000', 'TX004رس'],
    read: asText(readPrivateData),
  },
  { where: 'protocol/iso8583/original.ts readOriginal', samples: ['0200000017'.padEnd(42, '0')], read: asText(readOriginal) },
  { where: 'protocol/iso8583/amounts.ts readBalances', samples: ['6002364C000000162750'], read: asText(readBalances) },
  {
    where: 'agent/terminal/answers.ts readAnswer',
    samples: encoded,
    read: (bytes) =>
      dialects.map((dialect) => {
        const decoded = decodeMessage(bytes, { dialect, clubPrefixes: [] })
        return decoded.ok && readAnswer(decoded.message)
      }),
  },
  streaming('agent/console/keys.ts createKeyReader', ['1250\r', '\x1bOP', '۱۲\x1b[3~'], () => {
    const reader = createKeyReader()
    return { push: (bytes) => reader.push(bytes), end: () => reader.rest() }
  }),
  { where: 'protocol/messages.ts parseMessage', samples: [sold], read: parseMessage },
  {
    where: 'protocol/messages.ts parseMessageValue',
    samples: [sold],
    read: asText((text) => parseMessageValue({ ...fact, [text]: text, data: { ...fact.data, saleid: text } })),
  },
  {
    where: 'protocol/topics.ts parseOfficeTopic',
    samples: ['vafa/v1/club/hq/sessions/abc/requests/stores.list'],
    read: asText(parseOfficeTopic),
  },
  { where: 'protocol/topics.ts parseStoreTopic', samples: ['vafa/v1/club/stores/s1/facts/01'], read: asText(parseStoreTopic) },
  {
    where: 'protocol/traceparent.ts parseTraceparent',
    samples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    read: asText(parseTraceparent),
  },
  { where: 'protocol/envelope.ts parseSource', samples: ['/stores/s1/devices/till-1'], read: asText(parseSource) },
  { where: 'protocol/enrolment.ts readCode', samples: ['7K3M9-QXZ2A-7K3M9-QXZ2A'], read: asText(readEnrolmentCode) },
  {
    where: 'protocol/rotating-code.ts readCode',
    samples: ['VAFA1:AB12CD34.12345678'],
    read: asText((text) => readRotatingCode(text, 'VAFA1:')),
  },
  {
    where: 'protocol/rotating-code.ts parseCodeProof',
    samples: ['AB12CD34.12345678@1763798400000'],
    read: asText(parseCodeProof),
  },
  {
    where: 'protocol/sun.ts parseSun',
    samples: ['EF963FF7828658A599F3041510671E88.94EED9EE65337086', '04DE5F1EACC040-00003D.94EED9EE65337086.AAEC'],
    read: asText(parseSun),
  },
]
