import { afterEach, describe, expect, test } from 'vitest'
import { hidScannerDevice } from '#simulators/hid/hid-scanner.ts'
import { hidPosReports, keyboardReports } from '#simulators/hid/scan-reports.ts'
import { type HidrawRun, onHidraw } from './hidraw.ts'

/** The real binding: node-hid's own enumeration, opening and reading of hidraw, on devices that umockdev shows. */
let run: HidrawRun | undefined
afterEach(async () => {
  await run?.end()
  run = undefined
})

describe('a scanner in HID POS mode on hidraw', () => {
  test('is found by what it says of itself, is read, long codes too, and is let go', async () => {
    const long = `https://club.example/m/${'0123456789'.repeat(12)}`
    run = await onHidraw(
      {
        ...hidScannerDevice('hid-pos'),
        reports: [...hidPosReports('6260100110014', { identifier: ']E0' }), ...hidPosReports(long)],
      },
      { driver: 'scanner-hid' },
    )
    await run.line(({ connected }) => connected === true)
    expect((await run.line(({ event }) => event?.kind === 'scan')).event?.scan).toMatchObject({
      is: 'product',
      gtin: '06260100110014',
    })
    expect((await run.line(({ event }) => event?.kind === 'credential')).event?.credential).toEqual({
      kind: 'barcode',
      value: long,
    })
    expect(await run.end()).toBe(0)
    expect(run.lines.at(-1)).toEqual({ closed: true })
  })

  test('where another is plugged in, it says which, and what to do', async () => {
    run = await onHidraw(
      { ...hidScannerDevice('hid-pos'), reports: [] },
      { driver: 'scanner-hid', options: { device: { vendor: '0c2e' } } },
    )
    const { refused } = await run.line(({ refused }) => refused !== undefined)
    expect(refused).toMatchObject({
      key: 'device.absent',
      message: expect.stringContaining('05e0:1300 serial S-0001 at /dev/hidraw0'),
    })
  })
})

describe('a scanner that types, on hidraw', () => {
  const options = { mode: 'keyboard', device: { vendor: '05e0', product: '1200' } }

  test('is read key by key', async () => {
    run = await onHidraw(
      { ...hidScannerDevice('keyboard'), reports: keyboardReports('Vf:10\r') },
      { driver: 'scanner-hid', options },
    )
    expect((await run.line(({ event }) => event !== undefined)).event?.credential?.value).toBe('Vf:10')
    expect(run.lines.some(({ health }) => health === 'degraded')).toBe(false)
  })

  test('says so where the console hears it too, and names the rule that ends it', async () => {
    run = await onHidraw({ ...hidScannerDevice('keyboard'), console: 'heard', reports: [] }, { driver: 'scanner-hid', options })
    expect(await run.line(({ health }) => health === 'degraded')).toMatchObject({
      reason: expect.stringContaining('71-vafa-hid.rules'),
    })
  })
})
