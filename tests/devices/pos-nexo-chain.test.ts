import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startCardHost } from '#simulators/card/card-host.ts'
import { cards } from '#simulators/card/cards.ts'
import { makeTrialCertificate } from '#simulators/network/certificate.ts'
import type { NexoSale } from '#simulators/nexo-till/messages.ts'
import { createNexoTill, type NexoAnswer, transactionOf } from '#simulators/nexo-till/nexo-till.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { creditAccount, enrolPresented, makeChain, signUp, whenClubAnswers } from '../chain.ts'

const tillKey = 'a key of this till alone, long enough'
const endings: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A club and a store whose till speaks nexo over HTTPS with a key of its own; its reader takes virtual cards. */
async function nexoStore() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-nexo-'))
  endings.push(() => rmSync(folder, { recursive: true, force: true }))
  const { certificate, privateKey } = await makeTrialCertificate()
  writeFileSync(join(folder, 'box.crt'), certificate)
  writeFileSync(join(folder, 'box.key'), privateKey, { mode: 0o600 })
  writeFileSync(join(folder, 'till.key'), tillKey, { mode: 0o600 })
  const printer = await startVirtualPrinter({ width: 576 })
  endings.push(() => printer.close())
  const [nexoPort, readerPort] = [await freePort(), await freePort()]
  const chain = await makeChain({
    devices: (lane) => [
      { device: 'reader', lane, driver: 'pcsc', options: { via: 'vpcd', port: readerPort } },
      {
        device: 'nexo',
        lane,
        driver: 'pos-nexo',
        options: {
          port: nexoPort,
          tls: { certFile: join(folder, 'box.crt'), keyFile: join(folder, 'box.key') },
          tills: [{ saleid: 'Till-1', poiid: 'VAFA-1', secretFile: join(folder, 'till.key') }],
        },
      },
      {
        device: 'printer',
        lane,
        driver: 'printer-escpos',
        options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576 },
      },
    ],
  })
  endings.push(() => chain.close())
  await chain.start('club')
  const gateway = await chain.start('gateway')
  const cardHost = await startCardHost()
  endings.push(() => cardHost.close())
  const nexo = createNexoTill({
    port: nexoPort,
    saleid: 'Till-1',
    poiid: 'VAFA-1',
    trust: { ca: certificate },
    key: tillKey,
  })
  return { chain, gateway, printer, nexo, insert: () => cardHost.insert(readerPort, cards.sara.card) }
}

const sale: NexoSale = {
  transaction: { TransactionID: '000871', TimeStamp: '2026-11-22T09:30:00+03:30' },
  items: [
    { product: 'tea', amount: 450_000 },
    { product: 'cake', amount: 800_000, quantity: 2 },
  ],
}

const pairsOf = ({ response }: NexoAnswer) => new URLSearchParams(response?.AdditionalResponse ?? '')

describe('a till that speaks nexo', () => {
  test('waits for a tap, has the rebate, awards, the receipt comes, and a reversal takes it all back', async () => {
    const { chain, printer, nexo, insert } = await nexoStore()
    const till = await chain.till()
    await whenClubAnswers(till)
    const waiting = nexo.acquire(sale, { seconds: 20 })
    const first = await insert()
    const unknown = await waiting
    expect(unknown.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'InvalidCard' })
    expect(pairsOf(unknown).get('key')).toBe('credential.unknown')
    const memberid = await enrolPresented(till)
    await first.remove()

    const again = nexo.acquire(sale, { seconds: 20 })
    const second = await insert()
    const acquired = await again
    await second.remove()
    expect(acquired.response?.Result).toBe('Success')
    const number = chain.books().members.find((member) => member.memberid === memberid)?.number
    expect(acquired.body).toMatchObject({ LoyaltyAccount: [{ LoyaltyAccountID: { LoyaltyID: number } }] })

    const rebate = await nexo.loyalty({ type: 'Rebate', sale, acquisition: transactionOf(acquired) })
    expect(rebate.response?.Result).toBe('Success')
    expect(rebate.body).toMatchObject({ LoyaltyResult: [{ Rebates: { TotalRebate: 62_500 } }] })
    expect(pairsOf(rebate).get('payable')).toBe('1187500')

    const award = await nexo.loyalty({ type: 'Award', sale })
    expect(award.response?.Result).toBe('Success')
    expect(pairsOf(award).get('status')).toBe('accepted')
    const job = await printer.nextJob()
    expect(job.complete).toBe(true)
    const books = chain.books()
    expect(books.sales).toMatchObject([{ saleid: transactionOf(award), total: 1_250_000, discount: 62_500, memberid }])
    const earned = books.creditTransfers.reduce((sum, { amount }) => sum + amount, 0)
    expect(earned).toBeGreaterThan(0)
    expect(award.body).toMatchObject({
      LoyaltyResult: [{ LoyaltyAmount: { Value: earned, LoyaltyUnit: 'Monetary' }, CurrentBalance: earned }],
    })

    const reversal = await nexo.reverse(transactionOf(award))
    expect(reversal.response?.Result).toBe('Success')
    await printer.nextJob()
    const after = chain.books()
    expect(after.compensated).toEqual(new Set([transactionOf(award)]))
    expect(after.accounts.get(creditAccount(memberid))).toBe(0)
    expect([...after.accounts.values()].reduce((a, b) => a + b, 0)).toBe(0)
  })

  test('finds out after the box was killed what became of its award, and sends it again: it is booked once', async () => {
    const { chain, gateway, nexo } = await nexoStore()
    const till = await chain.till()
    const memberid = await signUp(till, '09120000001')
    const account = { IdentificationType: 'PhoneNumber', LoyaltyID: '09120000001' }
    const award = await nexo.loyalty({ type: 'Award', sale, account }, { serviceid: 'A1' })
    expect(award.response?.Result).toBe('Success')
    gateway.signal('SIGKILL')
    expect(await gateway.ended).toBe('SIGKILL')
    await chain.start('gateway')
    const status = await whenItListens(() => nexo.statusOf('A1'))
    expect(status.body).toMatchObject({
      Response: { Result: 'Success' },
      RepeatedMessageResponse: {
        RepeatedResponseMessageBody: {
          LoyaltyResponse: {
            Response: { Result: 'Success' },
            POIData: { POITransactionID: { TransactionID: transactionOf(award) } },
            LoyaltyResult: [{ LoyaltyAmount: { Value: 125_000 } }],
          },
        },
      },
    })
    const again = await nexo.loyalty({ type: 'Award', sale, account }, { serviceid: 'A1' })
    expect(again.response?.Result).toBe('Success')
    expect((await nexo.statusOf('A2')).response).toMatchObject({ ErrorCondition: 'NotFound' })
    const books = chain.books()
    expect(books.sales).toMatchObject([{ saleid: transactionOf(award), memberid }])
    expect(books.creditTransfers).toHaveLength(1)
  })

  test('pays a part from credit, brings a line back, prints a paper of its own and closes the day', async () => {
    const { chain, printer, nexo } = await nexoStore()
    const till = await chain.till()
    const memberid = await signUp(till, '09120000001')
    const account = { IdentificationType: 'PhoneNumber', LoyaltyID: '09120000001' }
    const earned = await nexo.loyalty({ type: 'Award', sale, account })
    expect(earned.response?.Result).toBe('Success')
    await printer.nextJob()

    const second = { ...sale, transaction: { ...sale.transaction, TransactionID: '000872' } }
    const rebate = await nexo.loyalty({ type: 'Rebate', sale: second, account })
    expect(rebate.response?.Result).toBe('Success')
    const redemption = await nexo.loyalty({ type: 'Redemption', sale: second, redeem: 50_000 })
    expect(redemption.body).toMatchObject({
      Response: { Result: 'Success' },
      LoyaltyResult: [{ LoyaltyAmount: { Value: 50_000 } }],
    })
    const award = await nexo.loyalty({ type: 'Award', sale: second })
    expect(award.response?.Result).toBe('Success')
    await printer.nextJob()
    expect(chain.books().sales.at(-1)).toMatchObject({
      saleid: transactionOf(award),
      payable: Number(pairsOf(redemption).get('payable')),
    })

    const back = { ...sale, transaction: { ...sale.transaction, TransactionID: '000873' }, items: sale.items.slice(0, 1) }
    const refund = await nexo.loyalty({ type: 'AwardRefund', sale: back, original: transactionOf(award) })
    expect(refund.response?.Result).toBe('Success')
    expect(pairsOf(refund).get('status')).toBe('accepted')
    const restored = await nexo.loyalty({ type: 'RedemptionRefund', sale: back, original: transactionOf(award) })
    expect(restored.response?.Result).toBe('Success')
    const books = chain.books()
    expect(books.compensated).toEqual(new Set([transactionOf(award)]))
    expect([...books.accounts.values()].reduce((a, b) => a + b, 0)).toBe(0)
    expect(books.accounts.get(creditAccount(memberid))).toBe(
      (restored.body as { LoyaltyResult: { CurrentBalance: number }[] }).LoyaltyResult[0]?.CurrentBalance,
    )

    const paper = await nexo.call('Print', {
      PrintOutput: {
        DocumentQualifier: 'Document',
        ResponseMode: 'PrintEnd',
        OutputContent: {
          OutputFormat: 'Text',
          OutputText: [
            { Text: 'برگهٔ صندوق', CharacterStyle: 'Bold' },
            { Text: 'شیفت ۲', Alignment: 'Centred' },
          ],
        },
      },
    })
    expect(paper.response?.Result).toBe('Success')
    expect(
      (
        await nexo.call('Display', {
          DisplayOutput: [{ Device: 'CustomerDisplay', InfoQualify: 'Display', OutputContent: { OutputFormat: 'Text' } }],
        })
      ).response,
    ).toMatchObject({ ErrorCondition: 'UnavailableDevice' })

    const closed = await nexo.call('Reconciliation', { ReconciliationType: 'SaleReconciliation' })
    expect(closed.body).toMatchObject({
      Response: { Result: 'Success' },
      TransactionTotals: [
        { LoyaltyTotals: [{ TransactionType: 'Award', TransactionCount: 2, TransactionAmount: 2_500_000 }, {}, {}] },
      ],
    })
  })
})

/** A box that starts again is ready a moment before its devices are. */
async function whenItListens(ask: () => Promise<NexoAnswer>): Promise<NexoAnswer> {
  const deadline = performance.now() + 15_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
