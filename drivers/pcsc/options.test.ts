import { expect, test } from 'vitest'
import { pcscDriver } from './driver.ts'

const parse = (given: unknown) => pcscDriver.options.safeParse(given)

test('nothing configured: every reader of pcscd', () => {
  expect(parse({}).data).toEqual({ via: 'pcscd', readers: [] })
})

test('a virtual reader listens where vpcd does', () => {
  expect(parse({ via: 'vpcd' }).data).toEqual({ via: 'vpcd', port: 35_963 })
})

test.each([
  ['an application of too few bytes', { aid: 'F001' }],
  ['an application that is no hexadecimal', { aid: 'members' }],
  ['a port for pcscd, which has none', { via: 'pcscd', port: 35_963 }],
  ['another way to a card', { via: 'usb' }],
  ['a misspelt option', { reader: ['ACR122'] }],
])('%s is refused', (_, given) => {
  expect(parse(given).success).toBe(false)
})
