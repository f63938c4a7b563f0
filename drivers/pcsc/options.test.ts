import { expect, test } from 'vitest'
import { pcscDriver } from './driver.ts'

const parse = (given: unknown) => pcscDriver.options.safeParse(given)

test('nothing configured: every reader of pcscd', () => {
  expect(parse({}).data).toEqual({ via: 'pcscd', readers: [], signal: true })
})

test('a virtual reader listens where vpcd does', () => {
  expect(parse({ via: 'vpcd' }).data).toEqual({ via: 'vpcd', port: 35_963 })
})

test('readers of one device can serve lanes of their own', () => {
  const { data } = parse({
    readers: [
      { name: 'ACR122', lane: 'lane-1' },
      { name: 'OMNIKEY', lane: 'lane-2' },
    ],
  })
  expect(data && pcscDriver.lanes?.(data)).toEqual(['lane-1', 'lane-2'])
  expect(pcscDriver.lanes?.(pcscDriver.options.parse({ readers: ['ACR122'] }))).toBeUndefined()
})

test.each([
  ['an application of too few bytes', { aid: 'F001' }],
  ['an application that is no hexadecimal', { aid: 'members' }],
  ['a port for pcscd, which has none', { via: 'pcscd', port: 35_963 }],
  ['another way to a card', { via: 'usb' }],
  ['a lane for one reader only', { readers: ['ACR122', { name: 'OMNIKEY', lane: 'lane-2' }] }],
  ['a parameter that no address has', { ndef: { sun: { mac: 'a=b' } } }],
  ['a misspelt option', { reader: ['ACR122'] }],
])('%s is refused', (_, given) => {
  expect(parse(given).success).toBe(false)
})
