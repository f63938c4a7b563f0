import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Driver } from '#drivers/contract.ts'
import { hidPosDescriptor, keyboardDescriptor, magtekDescriptor, msrDescriptor } from '#simulators/hid/descriptors.ts'
import { plugHidScanner } from '#simulators/hid/hid-scanner.ts'
import { msrDevice, plugMsrReader } from '#simulators/hid/msr-reader.ts'
import { createVirtualHid } from '#simulators/hid/virtual-hid.ts'
import { readRecording } from '#simulators/recording/format.ts'
import { createMask } from '#simulators/recording/mask.ts'
import { maskHid } from '#simulators/recording/mask-hid.ts'
import { hidDriver, recordHid } from '#simulators/recording/record-hid.ts'
import { openRecordingFile } from '#simulators/recording/recording-file.ts'
import { replayHid } from '#simulators/recording/replay-hid.ts'
import { createTestHost, type TestHost } from './test-host.ts'

let folder: string
const endings: (() => unknown)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-hid-'))
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

type Usb = ReturnType<typeof createVirtualHid>

/** Records what `happen` does at a device, and plays that to the same driver, opened anew. Gives both hosts. */
async function recordAndReplay(
  kind: string,
  given: object,
  { happen, last }: { happen(usb: Usb): unknown; last: 'scan' | 'refused' },
) {
  const path = join(folder, 'hid.jsonl')
  const usb = createVirtualHid()
  const options = hidDriver(kind, usb.transport).options.parse(given)
  const file = openRecordingFile({ file: path, device: 'd', driver: kind, now: () => performance.now(), started: new Date() })
  const open = async (transport: Usb['transport'], host: TestHost) => {
    const connection = await (hidDriver(kind, transport) as Driver).connect(options, host.host)
    endings.push(connection.close)
  }
  const host = createTestHost('d')
  happen(usb)
  await open(recordHid(usb.transport, { file, driver: kind, options }), host)
  await over(host, last)
  await endings.pop()?.()
  file.close()

  const text = readFileSync(path, 'utf8')
  const recording = readRecording(text)
  if ('reason' in recording) throw new Error(recording.reason)
  const replayed = replayHid(recording, { wanted: (options as { device: object }).device, device: 'd', speed: 100 })
  const playing = replayed.play()
  const again = createTestHost('d')
  await open(replayed.transport, again)
  await playing
  await over(again, last)
  return { text, host, again }
}
/** What comes last has come. */
const over = (host: TestHost, last: 'scan' | 'refused') =>
  last === 'refused' ? host.event('refused') : host.event('scan', ({ scan }) => scan.is === 'other')

const told = ({ events }: TestHost) =>
  events.flatMap((event) =>
    event.kind === 'credential'
      ? [event.credential.value]
      : event.kind === 'scan'
        ? [event.scan.code]
        : event.kind === 'refused'
          ? [event.key]
          : [],
  )

describe('a scanner', () => {
  const rules = [
    { prefix: '6261', is: 'member-number' },
    { gtin: 'sure', is: 'product' },
  ]

  test.each(['hid-pos', 'keyboard'] as const)(
    'in mode %s is recorded without its member’s number, and replayed as another member of the same kind',
    async (mode) => {
      const numbers = mode === 'keyboard' ? { device: { vendor: '05e0', product: '1200' } } : {}
      const { text, host, again } = await recordAndReplay(
        'scanner-hid',
        { mode, rules, as: 'other', ...numbers },
        {
          last: 'scan',
          happen(usb) {
            const scanner = plugHidScanner(usb, { mode })
            void (async () => {
              await scanner.scan('6261001234567890')
              await scanner.scan('4006381333931')
              // Longer than one report, and of no rule.
              await scanner.scan(`x${'7'.repeat(90)}`)
            })()
          },
        },
      )
      expect(told(host).slice(0, 2)).toEqual(['6261001234567890', '4006381333931'])
      expect(told(again)).toEqual([expect.stringMatching(/^6261\d{12}$/), ...told(host).slice(1)])
      expect(told(again)[0]).not.toBe('6261001234567890')
      expect(text).not.toContain(Buffer.from('001234567890').toString('hex'))
    },
  )
})

describe('a magnetic card reader', () => {
  test.each(['magtek', 'standard', 'keyboard'] as const)(
    '%s keeps of the club’s card what the club knows it by, and of a bank’s nothing',
    async (model) => {
      const { device } = msrDevice(model)
      const given = {
        prefixes: ['98710'],
        tracks: [2, 1],
        ...(model === 'keyboard' ? { mode: 'keyboard', device: { vendor: '0801', product: '0001' } } : {}),
      }
      const { text, host, again } = await recordAndReplay('magstripe-hid', given, {
        last: 'refused',
        happen(usb) {
          const reader = plugMsrReader(usb, { model, device: { ...msrDevice(model), device } })
          void (async () => {
            await reader.swipe({ number: '9871000000001234', name: 'AHMADI/SARA' })
            await reader.swipe({ number: '6037991234567893', name: 'AHMADI/SARA' })
          })()
        },
      })
      expect(told(host)).toEqual(['9871000000001234', 'card.foreign'])
      expect(told(again)).toEqual([expect.stringMatching(/^98710\d{11}$/), 'card.foreign'])
      expect(told(again)[0]).not.toBe('9871000000001234')
      for (const raw of ['6037991234567893', '00001234', 'AHMADI'])
        expect(text).not.toContain(Buffer.from(raw, 'latin1').toString('hex'))
    },
  )
})

const mask = createMask(Buffer.from('a key of this test'))
test.each([
  ['scanner-hid', {}, hidPosDescriptor],
  ['scanner-hid', { mode: 'keyboard', device: { vendor: '05e0', product: '1200' } }, keyboardDescriptor],
  ['magstripe-hid', { prefixes: ['98710'], lrc: 'sent' }, magtekDescriptor],
  ['magstripe-hid', { prefixes: ['98710'] }, msrDescriptor],
  ['magstripe-hid', { prefixes: ['98710'], mode: 'keyboard', device: { vendor: '05e0', product: '1200' } }, keyboardDescriptor],
] as const)('%s %j: 10,000 arbitrary reports never throw, and each keeps its length', (driver, given, descriptor) => {
  const options = hidDriver(driver, createVirtualHid().transport).options.parse(given)
  const masking = maskHid({ driver, options, descriptor }, mask)
  let at = 0
  let lengths: number[] = []
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(400), (bytes, later) => {
      at += later
      lengths.push(bytes.length)
      const out = masking.push({ at, bytes: Buffer.from(bytes) })
      const fitting = out.every((report, index) => report.bytes.length === lengths[index])
      lengths = lengths.slice(out.length)
      return fitting
    }),
    { numRuns: 10_000 },
  )
  expect(masking.end()).toHaveLength(lengths.length)
})
