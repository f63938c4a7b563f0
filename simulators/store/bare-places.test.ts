import { expect, test } from 'vitest'
import { loadDrivers } from '#drivers/registry.ts'
import { gatewayConfig } from '#gateway/config.ts'
import { type BarePlace, refusedAt } from './bare-places.ts'
import { configOf } from './known-stores.ts'

const tcp = (port: number) => ({ connection: { tcp: { host: '127.0.0.1', port } } })
const serial = { connection: { serial: { path: '/dev/ttyS1' } } }
const store = (more: object = {}) =>
  gatewayConfig.parse({
    store: 's1',
    database: 'gateway.sqlite',
    club: { name: 'c', url: 'mqtt://127.0.0.1:1', secretFile: 'p' },
    tokenKey: { keyid: 'k', secretFile: 't' },
    lanes: [{ lane: 'live-1' }, { lane: 'training-1', mode: 'training' }],
    devices: [
      { device: 'a', lane: 'live-1', driver: 'scanner-serial', options: tcp(4_001) },
      { device: 'b', lane: 'training-1', driver: 'scanner-serial', options: tcp(4_002) },
      { device: 'c', lane: 'training-1', driver: 'fingerprint-r30x', options: serial },
      { device: 'd', lane: 'live-1', driver: 'printer-escpos', options: serial },
      {
        device: 'e',
        lane: 'training-1',
        driver: 'pos-iso8583',
        options: { terminals: [{ terminal: 'T1', lane: 'live-1', port: 5_000 }] },
      },
      { device: 'f', lane: 'live-1', driver: 'pcsc', options: { via: 'vpcd', port: 35_964 } },
    ],
    ...more,
  })
const drivers = await loadDrivers()
const keyAt = (place: BarePlace, kinds: string[], more?: object) =>
  refusedAt(place, kinds, { stores: [store(more)], drivers })?.key

test.each<[string, BarePlace, string[]]>([
  ['the port of a live lane’s scanner', { port: 4_001 }, ['scanner-serial']],
  ['a port within a device that says itself which lane it serves', { port: 5_000 }, ['pos-iso8583']],
  ['any serial line, where a live lane has such a device on one', { tty: '/tmp/far-end' }, ['scanner-serial', 'printer-escpos']],
  ['the virtual reader of a live lane', { vpcd: 35_964 }, ['pcsc']],
])('a simulator does not act at %s', (_, place, kinds) => {
  expect(keyAt(place, kinds)).toBe('sim.live-lane')
  expect(keyAt(place, kinds, { simulators: 'all-lanes' })).toBeUndefined()
})

test.each<[string, BarePlace, string[]]>([
  ['the port of a training lane’s scanner', { port: 4_002 }, ['scanner-serial']],
  ['a port that is no device’s', { port: 4_003 }, ['scanner-serial']],
  ['a port of another kind of device', { port: 4_001 }, ['fingerprint-r30x']],
  ['a serial line of a kind that only training lanes have', { tty: '/tmp/far-end' }, ['fingerprint-r30x']],
  ['another virtual reader', { vpcd: 35_963 }, ['pcsc']],
])('and may at %s', (_, place, kinds) => {
  expect(keyAt(place, kinds)).toBeUndefined()
})

test('a card behind pcscd reaches whichever lane has a reader there', () => {
  const devices = [{ device: 'f', lane: 'live-1', driver: 'pcsc', options: {} }]
  expect(keyAt({ vpcd: 35_963 }, ['pcsc'], { devices })).toBe('sim.live-lane')
})

test.each([
  ['node /opt/vafa/cli/vafa.js gateway -c /var/lib/vafa/gateway/gateway.yaml', '/var/lib/vafa/gateway/gateway.yaml'],
  ['node cli/vafa.js gateway --config=store.yaml', 'store.yaml'],
  ['/usr/bin/vafa gateway', 'gateway.yaml'],
  ['umockdev-run --device d -- npx vafa gateway --config s1.yaml', 's1.yaml'],
  ['node cli/vafa.js gateway enrol -c gateway.yaml', undefined],
  ['node cli/vafa.js club -c club.yaml', undefined],
  ['grep gateway -c notes', undefined],
])('%s runs a gateway by %s', (line, file) => {
  expect(configOf(line.split(' '))).toBe(file)
})
