import { describe, expect, it } from 'vitest'
import { parseProgramme } from '#programme/schema.ts'
import { messageSchema } from '#protocol/messages.ts'
import { fieldsOf, receiptDocument } from '#protocol/receipt.ts'
import { referenceOf } from '#protocol/reference.ts'
import type { Regular } from '#protocol/regulars.ts'
import { adviceFor, type CompletedSale, provisionalReversal, provisionalSale, type Shop } from './provisional.ts'

const saleid = '01900000-0000-7000-8000-00000000000a'
const envelope = {
  specversion: '1.0' as const,
  id: '01900000-0000-7000-8000-000000000001',
  source: '/stores/s1/devices/till-1',
  subject: 'lane-1',
  time: '2026-11-21T09:00:00.000Z',
  datacontenttype: 'application/json' as const,
  boxid: '01900000-0000-7000-8000-0000000000b0',
  orderkey: 'k',
  bootid: '01900000-0000-7000-8000-0000000000b1',
  clocksynced: 'corrected' as const,
  sequence: '000000000000001',
}
const sale: CompletedSale = {
  ...envelope,
  type: 'vafa.sale.completed.v1',
  data: {
    saleid,
    member: { kind: 'nfc-uid', keyid: 'k1', token: 'T'.repeat(43) },
    businessdate: '2026-11-21',
    tillreceipt: 'r1',
    currency: 'IRR',
    total: 100_000,
    lines: [],
    mode: 'live',
    applied: [{ kind: 'discount', ruleid: 'first-purchase', amount: 5_000, currency: 'IRR' }],
    payable: 95_000,
    tenders: [{ kind: 'cash', amount: 95_000 }],
  },
}
const shop: Shop = { club: 'vafa', title: { fa: 'فروشگاه', en: 'Store' }, moneyShown: 'toman' }
const parsed = parseProgramme({
  id: 'first',
  version: 7,
  currency: 'IRR',
  rules: [
    {
      id: 'regulars-15',
      group: 'earn',
      order: 1,
      when: { visit: { from: 11 } },
      effects: [{ kind: 'credit', basisPoints: 1_500 }],
    },
    { id: 'everyone-10', group: 'earn', order: 2, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
    { id: 'first-purchase', order: 3, when: { purchase: { to: 1 } }, effects: [{ kind: 'discount', basisPoints: 500 }] },
  ],
})
if (!parsed.ok) throw new Error(parsed.reason)
const { programme } = parsed
const decidedat = '2026-11-21T09:00:02.000Z'

describe('what the box decides alone', () => {
  it('of a card that only the club can verify promises nothing: the slip says that the credit is booked later', () => {
    const proof = { kind: 'nfc-sun' as const, keyid: 'k1', proof: 'p', presentationid: saleid }
    const original = { ...sale, data: { ...sale.data, member: proof } }
    const { advice } = adviceFor({ original, programme, decidedat })
    expect(advice.effects).toEqual([])
    const { receipt } = provisionalSale(advice, shop)
    expect(fieldsOf(receipt).has('credit-expected')).toBe(false)
    expect(JSON.stringify(receipt)).toContain('is booked when the club can be reached')
  })

  it('earns on what was paid, as a member of no standing, and gives nothing', () => {
    const { advice } = adviceFor({ original: sale, programme, decidedat })
    expect(advice).toMatchObject({
      effects: [{ kind: 'credit', ruleid: 'everyone-10', granted: 9_500 }],
      programmeVersion: 7,
      reference: referenceOf(saleid),
      original: sale,
    })
    messageSchema('vafa.decision.advised.v1').parse({ ...envelope, type: 'vafa.decision.advised.v1', data: advice })
  })

  it('stands on a receipt that says it is provisional, with the credit as expected', () => {
    const { receipt, display } = provisionalSale(adviceFor({ original: sale, programme, decidedat }).advice, shop)
    receiptDocument.parse(receipt)
    expect(receipt).toMatchObject({ provisional: true, reference: referenceOf(saleid) })
    const money = (amount: number) => ({ kind: 'money', amount, currency: 'IRR', shown: 'toman' })
    const fields = fieldsOf(receipt)
    expect(fields.get('payable')).toEqual(money(95_000))
    expect(fields.get('discount')).toEqual(money(5_000))
    expect(fields.get('credit-expected')).toEqual(money(9_500))
    expect(fields.has('balance')).toBe(false)
    expect(display.rows.map(({ field }) => field)).toEqual(['payable', 'credit-expected'])
  })

  it('says of a regular what was last known of the credit, and what of it can be spent before the club is back', () => {
    const regular: Regular = {
      ...{ memberid: saleid, number: '10000016', version: 3, at: decidedat, visits: 10, purchases: 4, stockCards: true },
      ...{ credit: 90_000, available: 90_000, units: {}, counters: {} },
    }
    const { advice } = adviceFor({ original: sale, programme, regular, usable: 20_000, decidedat })
    messageSchema('vafa.decision.advised.v1').parse({ ...envelope, type: 'vafa.decision.advised.v1', data: advice })
    const fields = fieldsOf(provisionalSale(advice, shop).receipt)
    expect(fields.get('balance-known')).toMatchObject({ amount: 90_000 })
    expect(fields.get('balance-usable')).toMatchObject({ amount: 20_000 })
  })

  it('without a programme says that the credit is booked later', () => {
    const { advice } = adviceFor({ original: sale, programme: undefined, decidedat })
    expect(advice).toMatchObject({ effects: [], programmeVersion: 0 })
    const { receipt } = provisionalSale(advice, shop)
    expect(fieldsOf(receipt).has('credit-expected')).toBe(false)
    expect(JSON.stringify(receipt)).toContain('booked when the club can be reached')
  })

  it('promises a customer without a card nothing', () => {
    const { member: _, ...data } = sale.data
    const { receipt } = provisionalSale(adviceFor({ original: { ...sale, data }, programme, decidedat }).advice, shop)
    expect(fieldsOf(receipt).has('credit-expected')).toBe(false)
    expect(JSON.stringify(receipt)).not.toContain('booked when')
  })

  it('confirms a reversal provisionally, under the sale’s own reference', () => {
    const { receipt } = provisionalReversal(
      { ...envelope, type: 'vafa.sale.reversed.v1', data: { saleid, reason: 'operator', mode: 'live' } },
      shop,
    )
    receiptDocument.parse(receipt)
    expect(receipt).toMatchObject({ provisional: true, reference: referenceOf(saleid) })
  })
})
