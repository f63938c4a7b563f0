import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { receiptFields } from '#protocol/receipt-fields.ts'
import { startPaperTill } from '#simulators/paper-till/paper-till.ts'
import { cutBytes, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import { readPaper } from '#simulators/printer/read-paper.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { creditAccount, enrolPresented, makeChain, whenClubAnswers } from '../chain.ts'

const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))
const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const paper = (number: string, amount: number) =>
  Buffer.concat([receiptBytes({ number, items: [{ name: 'قهوه', quantity: 1, amount }] }, 'dos'), cutBytes.plain])

/** A club and a store whose till knows nothing of either, with its printer behind the box. */
async function store() {
  const printer = await startVirtualPrinter()
  endings.push(() => printer.close())
  const port = await freePort()
  const chain = await makeChain({
    lane: { earnOnly: true, receipt: { via: 'till' } },
    devices: (lane) => [
      {
        device: 'paper-1',
        lane,
        driver: 'till-print',
        options: {
          till: { tcp: { port } },
          printer: { tcp: { host: '127.0.0.1', port: printer.port } },
          rulesFile: 'till-rules.yaml',
        },
      },
    ],
  })
  endings.push(() => chain.close())
  writeFileSync(join(chain.gatewayConfig, '..', 'till-rules.yaml'), rulesOf.dos)
  await chain.start('club')
  await chain.start('gateway')
  const lane = await chain.till()
  await whenClubAnswers(lane)
  await lane.request({ op: 'present', credential: { kind: 'phone', value: '09121234567' } })
  const memberid = await enrolPresented(lane)
  await lane.request({ op: 'cancel' })
  const till = await startPaperTill({ tcp: { port } })
  endings.push(() => till.close('hang-up'))
  const tap = () => lane.request({ op: 'present', credential: { kind: 'phone', value: '09121234567' } })
  return { printer, chain, lane, till, tap, memberid }
}

const bands = (job: { bands: Parameters<typeof readPaper>[0] }) => readPaper(job.bands, { language: 'fa', width: 576, labels })

describe('a till that nobody has integrated', () => {
  test('whoever tapped before the receipt earns, and the paper says what the ledger says; a reprint earns nothing', async () => {
    const { printer, chain, till, tap, memberid } = await store()
    // The first one may come without the club's lines: the process that draws them starts with it.
    await tap()
    await till.print(paper('80711', 100_000))
    await printer.nextJob()
    await tap()
    await till.print(paper('80712', 1_250_000))
    const job = await printer.nextJob()
    const sale = chain.books().sales[1]
    expect(sale).toMatchObject({ total: 1_250_000, discount: 0, payable: 1_250_000, memberid })
    const credit = chain.books().accounts.get(creditAccount(memberid))
    expect(credit).toBeGreaterThan(0)
    const read = bands(job)
    expect(read.get('balance')?.amount).toBe(credit)
    expect(read.get('reference')?.text).toBe(sale?.reference)
    expect(read.has('total')).toBe(false)

    await till.print(paper('80712', 1_250_000))
    expect((await printer.nextJob()).bands).toHaveLength(0)
    expect(chain.books().sales).toHaveLength(2)
    expect(chain.books().accounts.get(creditAccount(memberid))).toBe(credit)
  })

  test('whoever taps after the receipt gets the sale, and the next one is nobody’s again', async () => {
    const { printer, chain, lane, till, tap, memberid } = await store()
    await till.print(paper('1', 1_000_000))
    const job = await printer.nextJob()
    expect(bands(job).has('balance')).toBe(false)
    expect(chain.books().sales).toMatchObject([{ memberid: null }])

    const cancelled = lane.waitFor(({ op }) => op === 'cancelled')
    await tap()
    await cancelled
    await expect.poll(() => chain.books().sales[0]?.memberid, { timeout: 5_000 }).toBe(memberid)
    expect(chain.books().accounts.get(creditAccount(memberid))).toBeGreaterThan(0)

    await till.print(paper('2', 2_000_000))
    await printer.nextJob()
    expect(chain.books().sales[1]).toMatchObject({ total: 2_000_000, memberid: null })
  })

  test('with the line to the club cut the receipt waits no longer than a second and a half, and the sale arrives later', async () => {
    const { printer, chain, till, tap } = await store()
    await tap()
    chain.line.cut()
    const started = performance.now()
    await till.print(paper('9', 500_000))
    const job = await printer.nextJob()
    expect(performance.now() - started).toBeLessThan(1_900)
    expect(job.complete).toBe(true)
    chain.line.restore()
    await expect.poll(() => chain.books().sales.length, { timeout: 20_000 }).toBe(1)
  })
})
