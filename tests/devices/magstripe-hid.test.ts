import { afterEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { magstripeHidOver } from '#drivers/magstripe-hid/driver.ts'
import { type MsrModel, msrDevice, plugMsrReader, swipeReports } from '#simulators/hid/msr-reader.ts'
import { createVirtualHid } from '#simulators/hid/virtual-hid.ts'
import { type HidrawRun, onHidraw } from './hidraw.ts'
import { createTestHost } from './test-host.ts'

let connection: Connection | undefined
let run: HidrawRun | undefined
afterEach(async () => {
  await connection?.close()
  await run?.end()
  run = undefined
})

const bank = '6037991234567893'
const settings = (model: MsrModel) => ({
  prefixes: ['9871'],
  ...(model === 'keyboard' ? { mode: 'keyboard', device: { vendor: '0801', product: '0001' } } : {}),
})

describe.each(['magtek', 'standard', 'keyboard'] as const)('a card reader (%s)', (model) => {
  test('says of a bank card only that it is none of the club’s; the next card is read', async () => {
    const hid = createVirtualHid()
    const reader = plugMsrReader(hid, { model })
    const host = createTestHost('cards')
    const driver = magstripeHidOver(hid.transport)
    connection = await driver.connect(driver.options.parse(settings(model)), host.host)
    await reader.swipe({ number: bank, name: 'REZA/AHMADI' })
    expect(await host.event('refused')).toMatchObject({ key: 'card.foreign' })
    await reader.swipe({ number: '9871000000000001' }, { spoiled: 'yes' })
    await host.event('refused', ({ key }) => key === 'card.unreadable')
    await reader.swipe({ number: '9871000000000001', name: 'SARA' })
    await host.event('credential')
    expect(JSON.stringify([host.events, host.health])).not.toMatch(/6037|7893|AHMADI/)
  })
})

test('on hidraw a MagTek reader’s swipe comes out, and a bank card’s does not', async () => {
  const reports = [
    ...swipeReports({ number: bank, name: 'REZA/AHMADI' }, { model: 'magtek' }),
    ...swipeReports({ number: '9871000000000001' }, { model: 'magtek' }),
  ]
  run = await onHidraw({ ...msrDevice('magtek'), reports }, { driver: 'magstripe-hid', options: settings('magtek') })
  const { event } = await run.line(({ event }) => event?.kind === 'credential')
  expect(event?.credential).toEqual({ kind: 'magstripe', value: '9871000000000001' })
  expect(run.lines.find(({ event }) => event?.kind === 'refused')?.event?.key).toBe('card.foreign')
  expect(JSON.stringify(run.lines)).not.toContain('6037')
})
