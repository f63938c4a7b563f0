import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReportDescriptor } from '#drivers/hid/report-descriptor.ts'
import { createMsrDecoder, type MsrDecoder } from '#drivers/magstripe-hid/hid-msr.ts'
import type { CardRules } from '#drivers/magstripe-hid/swipe.ts'
import { hidPosDescriptor, keyboardDescriptor, magtekDescriptor, msrDescriptor } from './descriptors.ts'
import { swipeReports } from './msr-reader.ts'

const rules: CardRules = { prefixes: ['9871'], tracks: [2], lrc: 'none' }
const models = [
  ['magtek', magtekDescriptor],
  ['standard', msrDescriptor],
] as const

function decoderOf(descriptor: Uint8Array, more: Partial<CardRules> = {}): MsrDecoder {
  const map = parseReportDescriptor(descriptor)
  const decoder = map && createMsrDecoder(map, { ...rules, ...more })
  if (!decoder) throw new Error('no tracks in this descriptor')
  return decoder
}

describe.each(models)('a %s reader’s report', (model, descriptor) => {
  const swiped = (number: string, options: Omit<Parameters<typeof swipeReports>[1], 'model'> = {}) =>
    swipeReports({ number, name: 'SARA' }, { model, ...options })[0] ?? new Uint8Array()

  test('gives the number of a card of the club’s', () => {
    expect(decoderOf(descriptor).decode(swiped('9871000000001234'))).toEqual({ kind: 'card', number: '9871000000001234' })
    const lrc = { lrc: 'sent' } as const
    expect(decoderOf(descriptor, lrc).decode(swiped('9871000000001234', lrc))).toMatchObject({ kind: 'card' })
  })

  test('gives nothing of a bank card, and says so of a stripe that cannot be read', () => {
    const decoder = decoderOf(descriptor, { tracks: [2, 1] })
    expect(decoder.decode(swiped('6037991234567893'))).toEqual({ kind: 'foreign' })
    expect(decoder.decode(swiped('9871000000001234', { spoiled: 'yes' }))).toEqual({ kind: 'unreadable' })
  })

  test('what is left in it of the card before is not read', () => {
    const report = swiped('9871000000001234')
    const lengthAt = model === 'magtek' ? 4 : 2
    report[lengthAt] = 0
    expect(decoderOf(descriptor).decode(report)).toEqual({ kind: 'unreadable' })
  })

  test('of any bytes gives nothing but the three outcomes', () => {
    const decoder = decoderOf(descriptor, { tracks: [2, 1] })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 340 }), (report) => {
        const swipe = decoder.decode(report)
        expect([undefined, 'card', 'foreign', 'unreadable']).toContain(swipe?.kind)
      }),
      { numRuns: 10_000 },
    )
  })
})

test('devices without tracks are no card readers', () => {
  for (const descriptor of [hidPosDescriptor, keyboardDescriptor]) {
    const map = parseReportDescriptor(descriptor)
    expect(map && createMsrDecoder(map, rules)).toBeUndefined()
  }
})
