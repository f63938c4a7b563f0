import { expect, test } from 'vitest'
import { decodeMessage, encodeMessage } from '#protocol/iso8583/codec.ts'
import { exchangeOf, exchanges, missingField } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, tagValues } from '#protocol/iso8583/private-data.ts'
import * as requests from './requests.ts'

const transaction = requests.beginTransaction({
  terminal: 'T1',
  batch: '7',
  trace: 17,
  now: Date.UTC(2026, 10, 22, 21, 0),
  offsetMinutes: 210,
})
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ product: `62601001${n}`, name: 'چای', quantity: 2, amount: 9_000 }))

test('a transaction has its number, the local time of the store, and UTC', () => {
  expect(transaction).toEqual({ terminal: 'T1', batch: '7', trace: '000017', local: '1123003000', transmission: '1122210000' })
})

test('every request that a terminal makes is one of the profile’s, with all that it must have', () => {
  const sale = { total: 9_000, paid: 9_000 }
  const made: IsoMessage[] = [
    requests.whoIsThis(transaction, { kind: 'phone', value: '09123456789' }),
    requests.quoteOf(transaction, sale),
    requests.holdOf(transaction, 1_000),
    requests.pastSaleOf(transaction, '7K3M9-QXZ2A'),
    requests.saleOf(transaction, sale),
    requests.returnOf(transaction, { reference: '7K3M9-QXZ2A', amount: 9_000 }),
    requests.adviceOf(transaction, sale, { discounts: [{ amount: 10, ruleid: 'r' }], redeemed: 5 }),
    requests.reversalOf(requests.saleOf(transaction, sale), '0400'),
    requests.reversalOf(requests.saleOf(transaction, sale), '0420'),
    requests.reconciliationOf(transaction, '2026-11-22', { sales: 1, total: 9_000, discount: 0, reversed: 0 }),
    requests.networkOf(transaction, '001', { operator: 'زهرا' }),
    requests.networkOf(transaction, '002'),
    requests.networkOf(transaction, '301'),
  ]
  const names = made.map((message) => {
    const name = exchangeOf(message)
    if (!name) throw new Error(`${message.mti} is not in the profile`)
    expect(missingField(name, message)).toBeUndefined()
    const allowed: readonly number[] = [...exchanges[name].required, ...exchanges[name].optional]
    for (const field of Object.keys(message.fields).map(Number)) expect(allowed).toContain(field)
    const repeated = requests.repeatOf(message)
    expect(exchangeOf(repeated)).toBe(name)
    const decoded = decodeMessage(encodeMessage(repeated, { dialect: 'hex' }), { dialect: 'hex', clubPrefixes: [] })
    expect(decoded).toMatchObject({ ok: true, dropped: [] })
    return name
  })
  expect(new Set(names)).toEqual(new Set(Object.keys(exchanges).filter((name) => name !== 'key-exchange')))
})

test('a long basket goes on in DE 62, and one that is too long goes without lines', () => {
  const linesOf = ({ fields }: IsoMessage) =>
    [fields[48], fields[62]].map((text) => tagValues(readPrivateData(text) ?? [], 'LN').length)
  const [here = 0, there = 0] = linesOf(requests.quoteOf(transaction, { total: 9_000 * 50, lines: lines(50) }))
  expect([here + there, there > 0]).toEqual([50, true])
  expect(linesOf(requests.quoteOf(transaction, { total: 9_000 * 400, lines: lines(400) }))).toEqual([0, 0])
})
