import * as requests from '#agent/terminal/requests.ts'
import { sampleHeader, sampleLoyalty } from '#drivers/pos-nexo/samples.ts'
import { encodeMessage } from '#protocol/iso8583/codec.ts'

// Good messages of every protocol: what hostile ones are made from.

const saleid = '01900000-0000-7000-8000-0000000000a1'
const lines = [{ product: 'tea', quantity: 1, amount: 1_000_000 }]
const sale = { tillreceipt: 'R-1', operator: 'زهرا', total: 1_000_000, lines }
const tenders = [{ kind: 'cash', amount: 1_000_000 }]

export const laneRequests: readonly { op: string }[] = [
  { op: 'present', credential: { kind: 'phone', value: '09123456789' } },
  { op: 'open', sale },
  { op: 'redeem', saleid, amount: 1_000 },
  { op: 'complete', saleid, tenders },
  { op: 'record', saleid, sale, tenders },
  { op: 'return', returnid: saleid, saleid, lines: [{ line: 0, quantity: 1 }] },
  { op: 'look-up', reference: 'R-1' },
  { op: 'enrol', profile: { displayName: 'سارا', mobile: '+989123456789' }, consents: [{ purpose: 'club', given: true }] },
  { op: 'close-day', businessdate: '2026-11-22' },
  { op: 'cancel' },
  { op: 'ping' },
].map((one) => ({ id: 'a-1', ...one }))

const envelope = {
  specversion: '1.0',
  id: '01930000-0000-7000-8000-0000000000b1',
  source: '/stores/s2/devices/till',
  subject: 'lane-1',
  time: '2026-11-22T09:30:00.000Z',
  datacontenttype: 'application/json',
  boxid: '01930000-0000-7000-8000-0000000000b2',
  orderkey: 'order',
  bootid: '01930000-0000-7000-8000-0000000000b3',
  clocksynced: 'synced',
}
const member = { kind: 'nfc-uid', keyid: 'token-1', token: 'A'.repeat(43) }
const basket = { saleid, member, businessdate: '2026-11-22', currency: 'IRR', total: 1_000_000, lines, mode: 'live' }
export const clubMessages: readonly object[] = [
  {
    ...envelope,
    sequence: '00000000000000009999',
    type: 'vafa.sale.completed.v1',
    data: { ...basket, applied: [], payable: 1_000_000, tenders },
  },
  {
    ...envelope,
    sequence: '00000000000000009999',
    type: 'vafa.member.enrolled.v1',
    data: { memberid: saleid, credentials: [member], consents: [] },
  },
  { ...envelope, expiresat: '2999-01-01T00:00:00.000Z', type: 'vafa.sale.quoted.v1', data: basket },
  { ...envelope, expiresat: '2999-01-01T00:00:00.000Z', type: 'vafa.credential.presented.v1', data: { credential: member } },
]

const transaction = requests.beginTransaction({
  terminal: 'T1',
  batch: '1',
  trace: 1,
  now: Date.parse('2026-11-22T09:30:00Z'),
  offsetMinutes: 210,
})
const paid = requests.saleOf(transaction, { total: 1_000_000, paid: 1_000_000, lines, operator: 'زهرا' })
export const isoMessages: readonly Buffer[] = [
  paid,
  requests.whoIsThis(transaction, { kind: 'phone', value: '09123456789' }),
  requests.quoteOf(transaction, { total: 1_000_000, lines }),
  requests.holdOf(transaction, 1_000),
  requests.adviceOf(transaction, { total: 1_000_000, paid: 1_000_000 }),
  requests.reversalOf(paid, '0420'),
  requests.reconciliationOf(transaction, '2026-11-22'),
  requests.networkOf(transaction, '001'),
].map((message) => encodeMessage(message, { dialect: 'binary' }))

export const nexoRequests: readonly object[] = [
  { SaleToPOIRequest: { MessageHeader: sampleHeader('Loyalty'), LoyaltyRequest: sampleLoyalty('Award') } },
  { SaleToPOIRequest: { MessageHeader: sampleHeader('Loyalty'), LoyaltyRequest: sampleLoyalty('Rebate') } },
  {
    SaleToPOIRequest: {
      MessageHeader: sampleHeader('Login'),
      LoginRequest: {
        DateTime: '2026-11-22T09:30:00Z',
        SaleSoftware: { ProviderIdentification: 'a', ApplicationName: 'b', SoftwareVersion: '1', CertificationCode: 'c' },
        OperatorLanguage: 'fa',
      },
    },
  },
]

/** Packets of MQTT 3.1.1: CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT. */
export const mqttPackets: readonly Buffer[] = [
  Buffer.concat([
    Buffer.from([0x10, 22, 0, 4]),
    Buffer.from('MQTT'),
    Buffer.from([4, 0xc2, 0, 60, 0, 2]),
    Buffer.from('s1\0\x02s1\0\x02pw'),
  ]),
  Buffer.concat([Buffer.from([0x32, 9, 0, 3]), Buffer.from('a/b'), Buffer.from([0, 1, 0x7b, 0x7d])]),
  Buffer.concat([Buffer.from([0x82, 8, 0, 1, 0, 3]), Buffer.from('a/#'), Buffer.from([1])]),
  Buffer.from([0xc0, 0]),
  Buffer.from([0xe0, 0]),
]

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: box\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
/** HTTP as it stands on the line. */
export const httpRequests: readonly Buffer[] = [
  post('/v1/open', JSON.stringify({ sale })),
  post('/nexo', JSON.stringify(nexoRequests[0])),
  post('/v1/enrolment', JSON.stringify({ secret: '0123456789', csr: 'x' })),
  'GET /metrics HTTP/1.1\r\nhost: box\r\n\r\n',
  'GET /nexo HTTP/1.1\r\nhost: box\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
].map((text) => Buffer.from(text))
