import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTyping, pressedKeys } from '#drivers/hid/keyboard.ts'
import { type LayoutName, layoutNames } from '#drivers/hid/keyboard-layouts.ts'
import { parseReportDescriptor, type ReportMap, readField, usage } from '#drivers/hid/report-descriptor.ts'
import { createHidPosDecoder } from '#drivers/scanner-hid/hid-pos.ts'
import {
  hidPosDescriptor,
  keyboardDescriptor,
  magtekDescriptor,
  msrDescriptor,
  numberedKeyboardDescriptor,
} from './descriptors.ts'
import { hidPosReports, keyboardReports } from './scan-reports.ts'

function mapOf(descriptor: Uint8Array): ReportMap {
  const map = parseReportDescriptor(descriptor)
  if (!map) throw new Error('no descriptor')
  return map
}

const framing = { prefix: '', maxLength: 500 }

function hidPos(more: Partial<typeof framing> = {}) {
  const decoder = createHidPosDecoder(mapOf(hidPosDescriptor), { ...framing, ...more })
  if (!decoder) throw new Error('no scanned data in this descriptor')
  return decoder
}

describe('a report descriptor', () => {
  test('says where a HID POS scanner has its data, behind the report’s number', () => {
    const { numbered, runs } = mapOf(hidPosDescriptor)
    expect(numbered).toBe(true)
    const place = (id: number) => runs.find((run) => run.usage === id)
    expect(place(usage(0x8c, 0xfe))).toMatchObject({ report: 2, bitOffset: 5 * 8, bitSize: 8, count: 56 })
    expect(place(usage(0x8c, 0xff))).toMatchObject({ bitOffset: 61 * 8, bitSize: 1, count: 1 })
    expect(place(usage(0x01, 0x3b))).toMatchObject({ bitOffset: 8, count: 1 })
  })

  test('says where MagTek has its tracks, in reports without a number', () => {
    const { numbered, runs } = mapOf(magtekDescriptor)
    expect(numbered).toBe(false)
    expect(runs.find((run) => run.usage === usage(0xff00, 0x31))).toMatchObject({ bitOffset: 117 * 8, count: 110 })
  })

  test('that ends in the middle of an item is none', () => {
    expect(parseReportDescriptor(hidPosDescriptor.subarray(0, 11))).toBeUndefined()
    expect(parseReportDescriptor(Uint8Array.of(0x85, 0))).toBeUndefined()
  })

  test('of any bytes, or a real one with some bytes changed, breaks nothing', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(hidPosDescriptor, keyboardDescriptor, magtekDescriptor, msrDescriptor),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
      )
      .map(([descriptor, changes]) => {
        const bytes = Uint8Array.from(descriptor)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), fc.uint8Array({ maxLength: 70 }), (descriptor, report) => {
        const map = parseReportDescriptor(descriptor)
        if (!map) return
        for (const place of [...map.runs.slice(0, 20), ...map.arrays.slice(0, 5)])
          for (const value of readField(report, place) ?? []) expect(value).toBeGreaterThanOrEqual(0)
        pressedKeys(map, report)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('a scanner in HID POS mode', () => {
  test('names the symbology beside the code, and long codes take several reports', () => {
    const decoder = hidPos()
    expect(hidPosReports('6260100110014', { identifier: ']E0' }).flatMap((one) => decoder.decode(one, 0))).toEqual([
      { kind: 'scan', text: ']E06260100110014' },
    ])
    const long = 'ویزیت-'.repeat(40)
    expect(hidPosReports(long).length).toBeGreaterThan(5)
    expect(hidPosReports(long).flatMap((one) => decoder.decode(one, 0))).toEqual([{ kind: 'scan', text: long }])
  })

  test('a line end that the scanner adds is no part of the code, a prefix of its own neither', () => {
    expect(hidPosReports('A123\r\n').flatMap((one) => hidPos({ prefix: 'A' }).decode(one, 0))).toEqual([
      { kind: 'scan', text: '123' },
    ])
  })

  test('half a code never joins the next one', () => {
    const decoder = hidPos()
    const [first = new Uint8Array()] = hidPosReports('x'.repeat(80))
    expect(decoder.decode(first, 0)).toEqual([])
    const [next = new Uint8Array()] = hidPosReports('98765')
    expect(decoder.decode(next, 2_000)).toEqual([
      { kind: 'garbage', bytes: 56 },
      { kind: 'scan', text: '98765' },
    ])
  })

  test('an endless code is dropped up to its end, once', () => {
    const decoder = hidPos({ maxLength: 100 })
    const results = hidPosReports('y'.repeat(5_000)).flatMap((one) => decoder.decode(one, 0))
    expect(results).toEqual([{ kind: 'garbage', bytes: 5_000 }])
    expect(hidPosReports('1').flatMap((one) => decoder.decode(one, 0))).toEqual([{ kind: 'scan', text: '1' }])
  })

  test('any reports give codes that are printable and no longer than allowed, or garbage', () => {
    const report = fc
      .tuple(fc.constantFrom(2, 2, 2, 4), fc.nat(70), fc.uint8Array({ minLength: 60, maxLength: 62 }))
      .map(([number, length, rest]) => Uint8Array.of(number, length, ...rest))
    fc.assert(
      fc.property(fc.array(fc.oneof(report, fc.uint8Array({ maxLength: 70 })), { maxLength: 4 }), (reports) => {
        const decoder = hidPos({ maxLength: 100 })
        for (const result of reports.flatMap((one, at) => decoder.decode(one, at * 10))) {
          if (result.kind !== 'scan') continue
          expect(result.text.replaceAll('\x1d', '')).not.toMatch(/\p{Cc}/u)
          expect(Buffer.byteLength(result.text)).toBeLessThanOrEqual(100 + ']E0'.length)
        }
      }),
      { numRuns: 10_000 },
    )
  })
})

function typedBy(reports: readonly Uint8Array[], { layout = 'us' as LayoutName, descriptor = keyboardDescriptor } = {}): string {
  const map = mapOf(descriptor)
  const typing = createTyping(layout)
  return reports
    .map((one) => pressedKeys(map, one))
    .reduce((text, pressed) => (pressed ? text + typing.press(pressed) : text), '')
}

describe('a scanner that types', () => {
  test.each([
    ['us', 'VF:6260-100_110?{}|"~\\\r'],
    ['us', '(01)0950600\x1d21Ab\t'],
    ['fa', 'کارت باشگاه: پژمان، ۱۲۳۴۵؟\r'],
    ['fa', 'آچار گچ ژاله «۹۸٫۵»\r'],
    ['us', 'کد ۱۲ é\r'],
  ] as const)('on the %s layout, %j comes out as it was scanned', (layout, text) => {
    expect(typedBy(keyboardReports(text, { layout }), { layout })).toBe(text)
  })

  test('keyboards whose reports have numbers, and other reports beside them', () => {
    const reports = [Uint8Array.of(2, 0xe9, 0), ...keyboardReports('Ab1\r', { reportNumber: 1 })]
    expect(typedBy(reports, { descriptor: numberedKeyboardDescriptor })).toBe('Ab1\r')
  })

  test('several keys in one report count in its order, keys that stay down count once', () => {
    const keys = (...down: number[]) => Uint8Array.of(0, 0, ...down, ...new Uint8Array(6 - down.length))
    expect(typedBy([keys(0x04, 0x05), keys(0x05, 0x06), keys(0x05, 0x06), keys(), keys(0x05)])).toBe('abcb')
  })

  test('a report of too many keys changes nothing: what was down is still down', () => {
    const a = Uint8Array.of(0, 0, 0x04, 0, 0, 0, 0, 0)
    const rollover = Uint8Array.of(0, 0, 1, 1, 1, 1, 1, 1)
    expect(typedBy([a, rollover, a, new Uint8Array(8), a])).toBe('aa')
  })

  test('whatever a layout can write comes out as it went in', () => {
    fc.assert(
      fc.property(fc.constantFrom(...layoutNames), fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), (layout, text) => {
        expect(typedBy(keyboardReports(text, { layout }), { layout })).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  test('any reports give text, or nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 10 }), { maxLength: 20 }), (reports) => {
        expect(typeof typedBy(reports)).toBe('string')
      }),
      { numRuns: 10_000 },
    )
  })
})
