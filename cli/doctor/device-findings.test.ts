import { expect, test } from 'vitest'
import { commandFor } from './device-findings.ts'

test('of a device with two ends, the one that cannot be reached is asked about', () => {
  const options = { till: { tcp: { port: 9_100 } }, printer: { tcp: { host: '10.0.0.9', port: 9_100 } } }
  const message = '10.0.0.9 port 9100: nothing listens there'
  expect(commandFor('network', { options, message })).toBe('ping -c 3 10.0.0.9; nc -vz 10.0.0.9 9100')
  const one = { connection: { tcp: { host: '10.0.0.7', port: 4_001 } } }
  expect(commandFor('network', { options: one, message: 'it is silent' })).toBe('ping -c 3 10.0.0.7; nc -vz 10.0.0.7 4001')
})
