import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { basketOf, credentialOf, isAsQuoted, returnedPart, returnIdOf, saleIdsOf, saleNamed } from './mapping.ts'
import { loyaltyRequest } from './requests.ts'
import { sampleItems, sampleLoyalty } from './samples.ts'

const origin = { store: 's1', saleid: 'Till-1', poiid: 'VAFA-1' }
const transaction = { TransactionID: '000871', TimeStamp: '2026-11-22T09:30:00.123Z' }
const request = (type: 'Award' | 'AwardRefund', items: readonly object[] = sampleItems) =>
  loyaltyRequest.parse(sampleLoyalty(type, items))
const known = {
  basket: { tillreceipt: '1', total: 1_250_000, lines: [] },
  payable: 1_000_000,
  redeemed: 187_500,
  told: 1_000_000,
  items: [1, 2],
  paid: true,
}

describe('the sale that a till names', () => {
  test('has one id for all its messages, and another in another store, at another till, on another day', () => {
    const id = (changes: object, when: object = {}) => saleIdsOf({ ...origin, ...changes }, { ...transaction, ...when }).saleid
    const ids = [
      id({}),
      id({ store: 's2' }),
      id({ saleid: 'Till-2' }),
      id({ saleid: 'Till_1' }),
      id({ poiid: 'VAFA-2' }),
      id({}, { TransactionID: '000872' }),
      id({}, { TimeStamp: '2026-11-23T09:30:00.123Z' }),
      returnIdOf(origin, transaction),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(id({})).toBe(id({}))
    expect(saleNamed({ TransactionID: id({}), TimeStamp: '' })).toBe(id({}))
  })

  test('has an id of its own however long its number is', () => {
    const long = (end: string) => saleIdsOf(origin, { ...transaction, TransactionID: `${'0'.repeat(40)}${end}` }).saleid
    expect(long('1')).not.toBe(long('2'))
  })

  test('is the basket with the price of each line, the cashier and the shift', () => {
    expect(basketOf(request('Award'))).toEqual({
      tillreceipt: '000871',
      operator: 'reza',
      shift: '2',
      currency: 'IRR',
      total: 1_250_000,
      lines: [
        { product: 'tea', name: 'چای', quantity: 1, amount: 450_000 },
        { product: 'cake', quantity: 2, amount: 800_000 },
      ],
    })
  })

  test('is as it was quoted by its price, by what was paid, and by what was paid with credit', () => {
    for (const total of [1_250_000, 1_000_000, 1_187_500]) expect(isAsQuoted(known, total)).toBe(true)
    expect(isAsQuoted(known, 1_249_999)).toBe(false)
  })
})

describe('what comes back of a sale', () => {
  const back = (...items: object[]) => request('AwardRefund', items)
  test('is lines by their place, where the sale’s lines are known', () => {
    const asked = back({ ItemID: 2, ProductCode: 'cake', ItemAmount: 400_000 })
    expect(returnedPart(asked, known)).toEqual({ lines: [{ line: 1, quantity: 1 }] })
    expect(returnedPart(asked, { ...known, items: [2, 7] })).toEqual({ lines: [{ line: 0, quantity: 1 }] })
  })
  test('is an amount, where they are not', () => {
    expect(returnedPart(request('AwardRefund'), undefined)).toEqual({ lines: [], amount: 1_250_000 })
    expect(returnedPart(back(), known)).toHaveProperty('fault')
  })
})

describe('the account that a till names', () => {
  const account = (IdentificationType: 'PAN' | 'ISOTrack2' | 'PhoneNumber' | 'BarCode' | 'AccountNumber', LoyaltyID: string) =>
    credentialOf({ IdentificationType, LoyaltyID }, ['627000'])
  test('is a credential of its kind', () => {
    expect(account('PhoneNumber', '09120000001')).toEqual({ kind: 'phone', value: '09120000001' })
    expect(account('BarCode', '2000000000017')).toEqual({ kind: 'barcode', value: '2000000000017' })
    expect(account('AccountNumber', '100042')).toEqual({ kind: 'member-number', value: '100042' })
    expect(account('ISOTrack2', ';6270001234567890=29121010000000000')).toEqual({ kind: 'magstripe', value: '6270001234567890' })
  })
  test('is dropped unread where it may be a bank’s card', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('PAN' as const, 'ISOTrack2' as const),
        fc.stringMatching(/^[0-9;=D?]{1,60}$/),
        (type, number) => {
          fc.pre(!number.replace(/^;/, '').startsWith('627000'))
          expect(account(type, number)).toEqual({ fault: 'LoyaltyAccountID.LoyaltyID: not a card of the club' })
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
