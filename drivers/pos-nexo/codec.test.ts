import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRequest } from './codec.ts'
import { sampleHeader, sampleLoyalty } from './samples.ts'
import { categories, otherCategories } from './vocabulary.ts'

const award = {
  SaleToPOIRequest: { MessageHeader: sampleHeader('Loyalty'), LoyaltyRequest: sampleLoyalty('Award') },
}
const written = JSON.stringify(award)

const withHeader = (changes: object) =>
  JSON.stringify({
    SaleToPOIRequest: { ...award.SaleToPOIRequest, MessageHeader: { ...award.SaleToPOIRequest.MessageHeader, ...changes } },
  })

test('the request in the manual is one that the box takes', () => {
  const manual = readFileSync(new URL('../../docs/devices/pos-nexo.md', import.meta.url), 'utf8')
  const [, shown = ''] = /POST \/nexo.*\n([\s\S]*?)\n\n/.exec(manual) ?? []
  expect(decodeRequest(shown)).toMatchObject({ ok: true, request: { category: 'Loyalty' } })
})

describe('a message of a till', () => {
  test('is a request of its category, with what the box reads of it', () => {
    expect(decodeRequest(written)).toMatchObject({
      ok: true,
      request: {
        category: 'Loyalty',
        header: { SaleID: 'Till-1', POIID: 'VAFA-1', ServiceID: '1' },
        body: {
          SaleData: { OperatorID: 'reza' },
          LoyaltyTransaction: { LoyaltyTransactionType: 'Award', SaleItem: [{ ItemID: 1, Quantity: 1 }, { Quantity: 2 }] },
        },
      },
    })
  })

  test.each([
    ['MessageClass', { MessageClass: 'Device' }, 'Loyalty is of class Service'],
    ['MessageType', { MessageType: 'Response' }, 'takes requests'],
    ['ServiceID', { ServiceID: undefined }, 'a service request needs one'],
    ['ProtocolVersion', { ProtocolVersion: '2.1' }, 'speaks 3.0'],
  ])('with a wrong %s is answered in its own category, with the field that is wrong', (field, changes, words) => {
    const decoded = decodeRequest(withHeader(changes))
    expect(decoded).toMatchObject({ ok: false, condition: 'MessageFormat', header: { MessageCategory: 'Loyalty' } })
    expect(!decoded.ok && decoded.reason).toContain(field)
    expect(!decoded.ok && decoded.reason).toContain(words)
  })

  test('that nobody could be answered for is refused without a header', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"SaleToPOIRequest":{}}',
      withHeader({ SaleID: '' }),
      withHeader({ MessageCategory: 'Dance' }),
    ])
      expect(decodeRequest(text)).toEqual({ ok: false, reason: expect.any(String) })
  })

  test.each(otherCategories)('of category %s is known, and not done here', (category) => {
    expect(decodeRequest(withHeader({ MessageCategory: category, MessageClass: 'Service' }))).toMatchObject({
      ok: false,
      condition: 'UnavailableService',
    })
  })

  test('with an amount that is no whole rial is refused', () => {
    const decoded = decodeRequest(written.replace('"ItemAmount":450000', '"ItemAmount":4500.5'))
    expect(!decoded.ok && decoded.reason).toContain('SaleItem.0.ItemAmount: must be whole rials')
  })

  test('is never repeated in a reason: it may hold a card’s number', () => {
    const card = '6037991122334455'
    const text = withHeader({}).replace('"SaleData":{', `"SaleData":"${card}","x":{`)
    const decoded = decodeRequest(text)
    expect(decoded.ok).toBe(false)
    expect(JSON.stringify(decoded)).not.toContain(card)
  })

  test('whatever it is, 10,000 of them, is understood or refused, and never throws', () => {
    const keys = ['SaleToPOIRequest', 'MessageHeader', 'LoyaltyRequest', 'SaleData', ...categories.map((one) => `${one}Request`)]
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object({ key: fc.constantFrom(...keys), maxDepth: 4 }).map((value) => JSON.stringify(value)),
      // One place of a good message changed.
      fc
        .tuple(fc.nat(written.length), fc.nat(12), fc.string({ maxLength: 8 }))
        .map(([at, cut, put]) => written.slice(0, at) + put + written.slice(at + cut)),
      fc
        .tuple(fc.constantFrom(...categories), fc.anything())
        .map(([category, body]) =>
          JSON.stringify({ SaleToPOIRequest: { MessageHeader: sampleHeader(category), [`${category}Request`]: body } }),
        ),
    )
    fc.assert(
      fc.property(anything, (text) => {
        const decoded = decodeRequest(text ?? '')
        return decoded.ok || decoded.reason.length > 0
      }),
      { numRuns: 10_000 },
    )
  })
})
