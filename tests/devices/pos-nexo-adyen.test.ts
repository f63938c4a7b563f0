import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { posNexoDriver } from '#drivers/pos-nexo/driver.ts'
import { makeTrialCertificate } from '#simulators/network/certificate.ts'
import { laneBehind } from './lane-of-tests.ts'
import { createTestHost } from './test-host.ts'

// The client that payment terminals of this dialect are driven with, written by others and from other papers. Its
// unencrypted form is not among its exports; its modules are CommonJS.
const adyen = createRequire(createRequire(import.meta.url).resolve('@adyen/api-library'))
const { default: Client } = adyen('./client.js')
const { default: Config } = adyen('./config.js')
const { default: HttpClient } = adyen('./httpClient/httpURLConnectionClient.js')
const { default: TerminalLocalAPIUnencrypted } = adyen('./services/terminalLocalAPIUnencrypted.js')
const models = adyen('./typings/terminal/models.js')

const tillKey = 'a key of this till alone, long enough'
type Message = Record<string, Record<string, Record<string, unknown>>>

let folder: string
let connection: Connection
let ask: (category: string, body: object, serviceid: string) => Promise<Message>
let lane: ReturnType<typeof laneBehind>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-adyen-'))
  const { certificate, privateKey } = await makeTrialCertificate('legacy-terminal-certificate.test.terminal.adyen.com')
  for (const [name, text] of Object.entries({ crt: certificate, pem: privateKey, key: tillKey }))
    writeFileSync(join(folder, `box.${name}`), text, { mode: 0o600 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(async () => {
  const host = createTestHost('nexo-1')
  lane = laneBehind(host, () => connection.till)
  const options = {
    port: 0,
    tls: { certFile: join(folder, 'box.crt'), keyFile: join(folder, 'box.pem') },
    tills: [{ saleid: 'POSSystemID12345', poiid: 'V400m-324688042', secretFile: join(folder, 'box.key') }],
  }
  connection = await posNexoDriver.connect(posNexoDriver.options.parse(options), host.host)
  const real = new HttpClient()
  const client = new Client(
    new Config({ apiKey: tillKey, environment: 'TEST', terminalApiLocalEndpoint: 'https://127.0.0.1' }),
    // It knows port 8443 only; the rest of it is as it comes.
    {
      request: (endpoint: string, ...rest: unknown[]) =>
        real.request(endpoint.replace(':8443', `:${connection.address?.port}`), ...rest),
    },
  )
  const api = new TerminalLocalAPIUnencrypted(client)
  ask = async (category, body, serviceid) => {
    const header = new models.MessageHeader()
    Object.assign(header, {
      MessageClass: models.MessageClassType.Service,
      MessageCategory: category,
      MessageType: models.MessageType.Request,
      ProtocolVersion: '3.0',
      ServiceID: serviceid,
      SaleID: 'POSSystemID12345',
      POIID: 'V400m-324688042',
    })
    const request = new models.TerminalApiRequest()
    request.SaleToPOIRequest = { MessageHeader: header, [`${category}Request`]: body }
    return api.request(request)
  }
})
afterEach(() => connection.close())

const sara = { memberid: '01890a5d-ac96-774b-bcce-b302099a0001', number: '100042', visits: 3 }
const balances = [{ unit: 'credit' as const, currency: 'IRR', available: 120_000, pending: 0 }]
const SaleData = { SaleTransactionID: { TransactionID: '27908', TimeStamp: '2026-11-22T09:30:00.000Z' }, OperatorID: 'reza' }
const loyalty = (LoyaltyTransactionType: string) => ({
  SaleData,
  LoyaltyTransaction: {
    LoyaltyTransactionType: models.LoyaltyTransactionType[LoyaltyTransactionType],
    Currency: 'IRR',
    TotalAmount: 450_000,
    SaleItem: [{ ItemID: 0, ProductCode: 'tea', ItemAmount: 450_000, Quantity: 1, UnitPrice: 450_000 }],
  },
})

describe('Adyen’s own client, as a till', () => {
  test('acquires a card, has the rebate, awards, asks again and reverses', async () => {
    lane.answers({
      open: ({ saleid = '' }) => [
        { op: 'opened', saleid },
        {
          op: 'quote',
          saleid,
          total: 450_000,
          discount: 22_500,
          payable: 427_500,
          effects: [{ kind: 'discount', ruleid: 'first', desired: 22_500, granted: 22_500, currency: 'IRR' }],
          prompts: [],
          member: sara,
          balances,
          decidedBy: 'club',
        },
      ],
      complete: ({ saleid }) => [
        { op: 'completed', saleid },
        { op: 'result', saleid, status: 'accepted', member: sara, balances, effects: [], prompts: [] },
      ],
      reverse: ({ saleid }) => [
        { op: 'reversed', saleid },
        { op: 'result', saleid, status: 'accepted', balances: [], effects: [], prompts: [] },
      ],
    })
    lane.says({ op: 'member', member: sara, balances, prompts: [] })
    const acquired = await ask('CardAcquisition', { SaleData, CardAcquisitionTransaction: { TotalAmount: 450_000 } }, '1')
    expect(acquired.SaleToPOIResponse?.CardAcquisitionResponse).toMatchObject({
      Response: { Result: models.ResultType.Success },
      LoyaltyAccount: [
        { LoyaltyAccountID: { LoyaltyID: '100042', IdentificationType: models.IdentificationType.AccountNumber } },
      ],
    })
    const rebate = await ask('Loyalty', loyalty('Rebate'), '2')
    expect(rebate.SaleToPOIResponse?.LoyaltyResponse).toMatchObject({ LoyaltyResult: [{ Rebates: { TotalRebate: 22_500 } }] })
    const award = await ask('Loyalty', loyalty('Award'), '3')
    const { LoyaltyResponse } = award.SaleToPOIResponse ?? {}
    expect(LoyaltyResponse).toMatchObject({ LoyaltyResult: [{ CurrentBalance: 120_000 }], SaleData: { OperatorID: 'reza' } })
    const status = await ask('TransactionStatus', { MessageReference: { ServiceID: '3', SaleID: 'POSSystemID12345' } }, '4')
    expect(status.SaleToPOIResponse?.TransactionStatusResponse).toMatchObject({
      Response: { Result: models.ResultType.Success },
      RepeatedMessageResponse: {
        MessageHeader: { MessageCategory: models.MessageCategoryType.Loyalty, ServiceID: '3' },
        RepeatedResponseMessageBody: { LoyaltyResponse },
      },
    })
    const { POIData } = LoyaltyResponse as { POIData: { POITransactionID: object } }
    const reversal = await ask(
      'Reversal',
      {
        OriginalPOITransaction: { POITransactionID: POIData.POITransactionID },
        ReversalReason: models.ReversalReasonType.MerchantCancel,
      },
      '5',
    )
    expect(reversal.SaleToPOIResponse?.ReversalResponse).toMatchObject({ Response: { Result: models.ResultType.Success } })
    expect(lane.asked.map(({ op }) => op)).toEqual(['open', 'complete', 'reverse'])
  })

  test('aborts a card acquisition: the abort has no answer of its own', async () => {
    const waiting = ask('CardAcquisition', { SaleData, CardAcquisitionTransaction: {} }, '7')
    const status = () => ask('TransactionStatus', { MessageReference: { ServiceID: '7' } }, '8')
    await expect
      .poll(async () => (await status()).SaleToPOIResponse?.TransactionStatusResponse?.Response)
      .toMatchObject({ ErrorCondition: 'InProgress' })
    const aborted = await ask(
      'Abort',
      { AbortReason: 'MerchantAbort', MessageReference: { MessageCategory: 'CardAcquisition', ServiceID: '7' } },
      '9',
    )
    expect(aborted.SaleToPOIResponse).toBeUndefined()
    expect((await waiting).SaleToPOIResponse?.CardAcquisitionResponse).toMatchObject({
      Response: { Result: models.ResultType.Failure, ErrorCondition: 'Aborted' },
    })
  })
})
