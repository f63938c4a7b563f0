import { describe, expect, test } from 'vitest'
import type { TillResponse } from '#protocol/lane.ts'
import { type NexoAnswer, transactionOf } from '#simulators/nexo-till/nexo-till.ts'
import { nexoDesk, quoteOf, resultOf, sale, till } from './nexo-desk.ts'

const desk = nexoDesk()
const pairsOf = ({ response }: NexoAnswer) => new URLSearchParams(response?.AdditionalResponse ?? '')

describe('a sale over nexo', () => {
  test('is quoted by Rebate and completed by Award, as one sale', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    expect(rebate.body).toMatchObject({ LoyaltyResult: [{ Rebates: { TotalRebate: 22_500, RebateLabel: 'first' } }] })
    expect(pairsOf(rebate).get('payable')).toBe('427500')
    const award = await client.loyalty({ type: 'Award', sale })
    expect(award.body).toMatchObject({
      SaleData: { SaleTransactionID: sale.transaction },
      LoyaltyResult: [{ CurrentBalance: 120_000, LoyaltyAmount: { Value: 42_750, Currency: 'IRR', LoyaltyUnit: 'Monetary' } }],
    })
    expect(transactionOf(award)).toBe(transactionOf(rebate))
    expect(desk.asked('complete')).toMatchObject([
      { saleid: transactionOf(award), tenders: [{ kind: 'other', amount: 427_500 }] },
    ])
  })

  test('that was not quoted is recorded as paid, for whom the till names', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const award = await client.loyalty({
      type: 'Award',
      sale,
      account: { IdentificationType: 'PhoneNumber', LoyaltyID: '09120000001' },
    })
    expect(award.response?.Result).toBe('Success')
    expect(desk.lane.asked.map(({ op }) => op)).toEqual(['present', 'record'])
    expect(desk.asked('record')[0]).not.toHaveProperty('credential')
    expect(JSON.stringify([...desk.host.memory.values()])).not.toContain('09120000001')
  })

  test('for another sum than was quoted is not booked', async () => {
    desk.obliging()
    const client = till(await desk.open())
    await client.loyalty({ type: 'Rebate', sale })
    const other = { ...sale, items: [{ product: 'tea', amount: 460_000 }] }
    expect((await client.loyalty({ type: 'Award', sale: other })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
    expect(desk.asked('complete')).toEqual([])
  })

  test('whose price a tap has changed meanwhile is not booked at a price that nobody was told', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    desk.lane.says(quoteOf(transactionOf(rebate), 100_000))
    const award = await client.loyalty({ type: 'Award', sale })
    expect(award.response).toMatchObject({ ErrorCondition: 'NotAllowed' })
    expect(pairsOf(award).get('payable')).toBe('350000')
  })

  test('takes some of the credit, and gives it back', async () => {
    desk.obliging()
    desk.lane.answers({
      redeem: ({ saleid, amount }) => [{ ...quoteOf(saleid), payable: 427_500 - amount, redeemed: amount } as TillResponse],
    })
    const client = till(await desk.open())
    const redemption = await client.loyalty({ type: 'Redemption', sale, redeem: 100_000 })
    expect(redemption.body).toMatchObject({ LoyaltyResult: [{ LoyaltyAmount: { Value: 100_000 } }] })
    expect(pairsOf(redemption).get('payable')).toBe('327500')
    const back = await client.loyalty({ type: 'RedemptionRefund', sale, original: transactionOf(redemption) })
    expect(back.response?.Result).toBe('Success')
    expect(desk.asked('redeem')).toMatchObject([{ amount: 100_000 }, { amount: 0 }])
    expect((await client.loyalty({ type: 'Award', sale })).response?.Result).toBe('Success')
  })

  test('that is paid is reversed; one that is not is cancelled', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    expect((await client.reverse(transactionOf(rebate))).response?.Result).toBe('Success')
    expect(desk.asked('cancel')).toMatchObject([{ saleid: transactionOf(rebate) }])
    await client.loyalty({ type: 'Rebate', sale })
    await client.loyalty({ type: 'Award', sale })
    expect((await client.reverse(transactionOf(rebate))).response?.Result).toBe('Success')
    expect(desk.asked('reverse')).toMatchObject([{ saleid: transactionOf(rebate), reason: 'operator' }])
  })

  test('comes back in part: the three refunds of one transaction are one return', async () => {
    desk.obliging()
    desk.lane.answers({ return: ({ returnid = '', saleid }) => [{ op: 'returned', returnid }, resultOf(saleid)] })
    const client = till(await desk.open())
    const award = await client.loyalty({ type: 'Award', sale })
    const back = { ...sale, transaction: { ...sale.transaction, TransactionID: '000872' } }
    for (const type of ['AwardRefund', 'RebateRefund', 'RedemptionRefund'] as const)
      expect((await client.loyalty({ type, sale: back, original: transactionOf(award) })).response?.Result).toBe('Success')
    const returns = desk.asked('return') as { returnid?: string }[]
    expect(returns).toMatchObject([{ lines: [{ line: 0, quantity: 1 }], saleid: transactionOf(award) }, {}, {}])
    expect(new Set(returns.map(({ returnid }) => returnid)).size).toBe(1)
  })

  test('of another box is not found; a reversal of a part is refused', async () => {
    desk.obliging()
    const client = till(await desk.open())
    expect((await client.reverse('0815')).response).toMatchObject({ ErrorCondition: 'NotFound' })
    const award = await client.loyalty({ type: 'Award', sale })
    const part = await client.call('Reversal', {
      OriginalPOITransaction: { POITransactionID: { TransactionID: transactionOf(award), TimeStamp: 'now' } },
      ReversalReason: 'CustCancel',
      ReversedAmount: 1,
    })
    expect(part.response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })
})

describe('a request sent again', () => {
  test('gets the response of the first, and reaches the lane once', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const first = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    client.fault('repeat')
    const again = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    expect(again.text).toBe(first.text)
    expect(desk.asked('record')).toHaveLength(1)
    const status = await client.statusOf('77')
    expect(status.body).toMatchObject({
      RepeatedMessageResponse: {
        MessageHeader: { MessageCategory: 'Loyalty', ServiceID: '77' },
        RepeatedResponseMessageBody: { LoyaltyResponse: first.body },
      },
    })
  })

  test('while the first is worked on waits for the same response', async () => {
    desk.obliging()
    const client = till(await desk.open())
    client.fault('repeat')
    expect((await client.loyalty({ type: 'Award', sale })).response?.Result).toBe('Success')
    expect(desk.asked('record')).toHaveLength(1)
  })

  test('with the number of another request is refused', async () => {
    desk.obliging()
    const client = till(await desk.open())
    await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    const other = await client.loyalty({ type: 'Rebate', sale }, { serviceid: '77' })
    expect(other.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'NotAllowed' })
  })

  test('after the box has restarted: its status comes from the lane’s disk, by asking and not by booking', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const award = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    const reversal = await client.reverse(transactionOf(award), { serviceid: '78' })
    expect(reversal.response?.Result).toBe('Success')
    await desk.connection?.close()
    const port = await desk.open()
    desk.lane.answers({ complete: ({ saleid }) => [{ op: 'completed', saleid }, resultOf(saleid)] })
    const after = till(port)
    const status = await after.statusOf('77')
    expect(status.body).toMatchObject({
      Response: { Result: 'Success' },
      RepeatedMessageResponse: {
        RepeatedResponseMessageBody: {
          LoyaltyResponse: {
            Response: { Result: 'Success' },
            POIData: { POITransactionID: { TransactionID: transactionOf(award) } },
          },
        },
      },
    })
    expect(desk.asked('complete')).toMatchObject([
      { saleid: transactionOf(award), tenders: [{ amount: Number.MAX_SAFE_INTEGER }] },
    ])
    expect(desk.asked('record')).toHaveLength(1)
    expect((await after.statusOf('78')).body).toMatchObject({
      RepeatedMessageResponse: { RepeatedResponseMessageBody: { ReversalResponse: { Response: { Result: 'Success' } } } },
    })
    expect((await after.statusOf('79')).response).toMatchObject({ ErrorCondition: 'NotFound' })
  })

  test('between rebate and award the box restarts: the award is for what was quoted', async () => {
    desk.obliging()
    await till(await desk.open()).loyalty({ type: 'Rebate', sale })
    await desk.connection?.close()
    const award = await till(await desk.open()).loyalty({ type: 'Award', sale })
    expect(award.response?.Result).toBe('Success')
    expect(desk.asked('complete')).toMatchObject([{ tenders: [{ amount: 427_500 }] }])
  })
})
