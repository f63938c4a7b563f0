import { describe, expect, test } from 'vitest'
import { describeError } from '#protocol/errors.ts'
import { type NexoAnswer, transactionOf } from '#simulators/nexo-till/nexo-till.ts'
import { memberid, nexoDesk, resultOf, sale, sara, till } from './nexo-desk.ts'
import { createTestHost, hastyRuntime } from './test-host.ts'

const desk = nexoDesk()
const pairsOf = ({ response }: NexoAnswer) => new URLSearchParams(response?.AdditionalResponse ?? '')

describe('a card acquisition', () => {
  test('waits for a tap and names the member; whose rebate needs no second tap', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    desk.lane.says(sara)
    const acquired = await waiting
    expect(acquired.response?.Result).toBe('Success')
    expect(acquired.body).toMatchObject({ LoyaltyAccount: [{ LoyaltyAccountID: { LoyaltyID: '100042' }, LoyaltyBrand: 'Vafa' }] })
    await client.loyalty({ type: 'Rebate', sale, acquisition: transactionOf(acquired) })
    expect(desk.asked('open')).toMatchObject([{ sale: { tillreceipt: '000871', total: 450_000 } }])
    expect(desk.asked('open')[0]).not.toHaveProperty('credential')
  })

  test('takes somebody who has tapped already', async () => {
    const client = till(await desk.open())
    desk.lane.says(sara)
    expect((await client.acquire(sale)).response?.Result).toBe('Success')
  })

  test('never names somebody whom another till of the lane has served meanwhile', async () => {
    desk.host = createTestHost('nexo-1', hastyRuntime)
    const client = till(await desk.open())
    desk.lane.says(sara)
    desk.lane.says({ op: 'completed', re: 'another-till-7', saleid: memberid })
    expect((await client.acquire(sale, { seconds: 1 })).response).toMatchObject({ ErrorCondition: 'Cancel' })
  })

  test('says why a card is nobody’s, in the words of the catalogue', async () => {
    desk.obliging()
    const client = till(await desk.open())
    await client.call('Login', { OperatorLanguage: 'en' })
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    desk.lane.says({ op: 'error', error: describeError('credential.random') })
    const refused = await waiting
    expect(refused.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'InvalidCard' })
    expect(pairsOf(refused).get('hint')).toBe('Ask for the club card or the mobile number.')
  })

  test('without the club is a card all the same: it earns later', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    desk.lane.says({ op: 'error', error: describeError('club.unavailable') })
    expect((await waiting).response?.Result).toBe('Partial')
  })

  test('ends when its time is over', async () => {
    desk.host = createTestHost('nexo-1', hastyRuntime)
    const client = till(await desk.open())
    const late = await client.acquire(sale, { seconds: 1 })
    expect(late.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Cancel' })
  })

  test('is ended by an abort that names it, and by no other', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const waiting = client.acquire(sale, { serviceid: 'acq-1' })
    await client.call('Diagnosis', {})
    expect((await client.abort('another')).text).toBe('')
    expect((await client.statusOf('acq-1')).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'InProgress' })
    expect((await client.abort('acq-1')).text).toBe('')
    expect((await waiting).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Aborted' })
  })

  test('is ended by a till that lets the transaction go, and so is what somebody tapped before', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const waiting = client.acquire(sale)
    expect((await client.call('EnableService', { TransactionAction: 'StartTransaction' })).response?.Result).toBe('Success')
    expect((await client.call('EnableService', { TransactionAction: 'AbortTransaction' })).response?.Result).toBe('Success')
    expect((await waiting).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Aborted' })

    desk.lane.says(sara)
    await client.call('EnableService', { TransactionAction: 'AbortTransaction' })
    expect(desk.asked('cancel')).toHaveLength(1)
    // Who tapped before it would be named at once; it waits for somebody else.
    const next = client.acquire(sale)
    await client.call('Diagnosis', {})
    desk.lane.says({ ...sara, member: { memberid: 'm-43', number: '100043', visits: 1 } })
    expect((await next).body).toMatchObject({ LoyaltyAccount: [{ LoyaltyAccountID: { LoyaltyID: '100043' } }] })
  })

  test('keeps others out while it waits; one whose till has hung up makes way', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const hangUp = new AbortController()
    const waiting = client.acquire(sale, { signal: hangUp.signal })
    await client.call('Diagnosis', {})
    expect((await client.loyalty({ type: 'Rebate', sale })).response).toMatchObject({ ErrorCondition: 'Busy' })
    hangUp.abort()
    await expect(waiting).rejects.toMatchObject({ key: 'till.ended' })
    await expect.poll(async () => (await client.loyalty({ type: 'Rebate', sale })).response?.Result).toBe('Success')
  })
})

describe('what the box is to do besides', () => {
  const line = { OutputFormat: 'Text', OutputText: [{ Text: 'سلام' }] }
  test('prints on the lane’s printer, shows on its display, and says what the lane does not have', async () => {
    desk.lane.answers({
      print: () => [{ op: 'printed' }],
      show: () => [{ op: 'error', error: describeError('device.unavailable', 'no customer display') }],
    })
    const client = till(await desk.open())
    const printed = await client.call('Print', {
      PrintOutput: { DocumentQualifier: 'Document', ResponseMode: 'PrintEnd', OutputContent: line },
    })
    expect(printed).toMatchObject({ response: { Result: 'Success' }, body: { DocumentQualifier: 'Document' } })
    expect(desk.asked('print')).toMatchObject([{ blocks: [{ kind: 'text', text: { fa: 'سلام' } }] }])
    const output = (Device: string) => ({ Device, InfoQualify: 'Display', OutputContent: line })
    const shown = await client.call('Display', { DisplayOutput: [output('CustomerDisplay'), output('CashierDisplay')] })
    expect(shown.body).toMatchObject({
      OutputResult: [
        { Device: 'CustomerDisplay', Response: { ErrorCondition: 'UnavailableDevice' } },
        { Device: 'CashierDisplay', Response: { ErrorCondition: 'UnavailableDevice' } },
      ],
    })
    const typed = await client.call('Input', {
      InputData: { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'DigitString' },
    })
    expect(typed.response).toMatchObject({ ErrorCondition: 'UnavailableDevice' })
  })

  test('tells a balance, and forgets who asked', async () => {
    desk.obliging()
    const client = till(await desk.open())
    const balance = await client.call('BalanceInquiry', {
      LoyaltyAccountReq: { LoyaltyAccountID: { IdentificationType: 'AccountNumber', LoyaltyID: '100042' } },
    })
    expect(balance.body).toMatchObject({
      LoyaltyAccountStatus: { CurrentBalance: 120_000, Currency: 'IRR', LoyaltyUnit: 'Monetary' },
    })
    expect(desk.lane.asked).toMatchObject([
      { op: 'present', credential: { kind: 'member-number', value: '100042' } },
      { op: 'cancel' },
    ])
  })

  test('closes the day, and tells its totals', async () => {
    desk.lane.answers({
      'close-day': ({ closeid = '' }) => [
        {
          op: 'day-closed',
          closeid,
          businessdate: '2026-11-22',
          totals: { sales: 3, total: 900_000, discount: 45_000, reversed: 1 },
        },
        resultOf(),
      ],
    })
    const client = till(await desk.open())
    const closed = await client.call('Reconciliation', { ReconciliationType: 'SaleReconciliation' })
    expect(closed.body).toMatchObject({
      Response: { Result: 'Success' },
      TransactionTotals: [
        {
          LoyaltyTotals: [
            { TransactionType: 'Award', TransactionCount: 3, TransactionAmount: 900_000 },
            { TransactionType: 'Rebate' },
            { TransactionCount: 1 },
          ],
        },
      ],
    })
    expect(pairsOf(closed).get('businessdate')).toBe('2026-11-22')
    expect((await client.call('Reconciliation', { ReconciliationType: 'AcquirerSynchronisation' })).response).toMatchObject({
      ErrorCondition: 'UnavailableService',
    })
  })

  test('does no payments', async () => {
    const client = till(await desk.open())
    const payment = await client.call('Payment', {})
    expect(payment.response).toMatchObject({ ErrorCondition: 'UnavailableService' })
  })
})
