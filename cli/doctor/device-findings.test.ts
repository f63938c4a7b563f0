import { expect, test } from 'vitest'
import { commandFor } from './device-findings.ts'
import { type Layer, layers } from './finding.ts'

test('of a device with two ends, the one that cannot be reached is asked about', () => {
  const options = { till: { tcp: { port: 9_100 } }, printer: { tcp: { host: '10.0.0.9', port: 9_100 } } }
  const message = '10.0.0.9 port 9100: nothing listens there'
  expect(commandFor('network', { kind: 'till-print', options, message })).toBe('ping -c 3 10.0.0.9; nc -vz 10.0.0.9 9100')
  const one = { connection: { tcp: { host: '10.0.0.7', port: 4_001 } } }
  expect(commandFor('network', { kind: 'scanner-serial', options: one, message: 'it is silent' })).toBe(
    'ping -c 3 10.0.0.7; nc -vz 10.0.0.7 4001',
  )
})

test('whatever is wrong with a device, a command is named', () => {
  const known = { kind: 'till-http', options: { port: 4_720 }, message: 'it is silent' }
  for (const layer of Object.keys(layers) as Layer[]) expect(commandFor(layer, known), layer).toMatch(/^[a-z]/)
})
