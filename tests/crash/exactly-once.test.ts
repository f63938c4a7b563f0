import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { receiptFields } from '#protocol/receipt-fields.ts'
import { readPaper } from '#simulators/printer/read-paper.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { type Chain, creditAccount, makeChain, openSale, presentMember, signUp } from '../chain.ts'

const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))
const mobile = '09123456789'
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function chainWithPrinter(budgetMs: number): Promise<{ chain: Chain; printer: VirtualPrinter }> {
  const printer = await startVirtualPrinter({ width: 576 })
  endings.push(() => printer.close())
  const chain = await makeChain({
    lane: { budgetMs },
    devices: (lane) => [
      {
        device: 'printer',
        lane,
        driver: 'printer-escpos',
        options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576 },
      },
    ],
  })
  endings.push(() => chain.close())
  return { chain, printer }
}

/** Waits until the books fit; they are written by another process, which gives no event. */
async function untilBooks(chain: Chain, fits: (books: ReturnType<Chain['books']>) => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!fits(chain.books())) {
    if (performance.now() > deadline) throw new Error(`the books never fitted: ${JSON.stringify(chain.books())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('killed between commit and reply', () => {
  test('a gateway killed after its commit and before its answer: credited once, and the receipt comes', async () => {
    const { chain, printer } = await chainWithPrinter(15_000)
    await chain.start('club')
    const before = await chain.start('gateway')
    const memberid = await signUp(await chain.till(), mobile)
    await before.stop()

    const doomed = await chain.start('gateway', { env: { VAFA_CRASH_AT: 'gateway.after-commit' } })
    const till = await chain.till()
    await presentMember(till, mobile)
    const quote = await openSale(till, 1_000_000)
    const heard: string[] = []
    till.onMessage((message) => heard.push(message.op))
    till.sendLine(
      JSON.stringify({ op: 'complete', id: 'c-1', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] }),
    )
    expect(await doomed.ended).toBe('SIGKILL')
    expect(heard).not.toContain('completed')
    expect(chain.books().sales).toHaveLength(0)

    await chain.start('gateway')
    const job = await printer.nextJob()
    await untilBooks(chain, (books) => books.sales.length === 1)
    const books = chain.books()
    expect(books.creditTransfers).toEqual([{ saleid: quote.saleid, amount: 95_000 }])
    expect(books.accounts.get(creditAccount(memberid))).toBe(95_000)
    const paper = readPaper(job.bands, { language: 'fa', width: 576, labels })
    expect(paper.get('credit-earned')?.amount).toBe(95_000)
    expect(paper.get('balance')?.amount).toBe(95_000)

    // The till never heard of it, so it asks again: it is told of the same sale, and nothing more is booked or printed.
    const patient = await chain.till()
    const repeated = await patient.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'completed' },
    )
    expect(repeated).toMatchObject({ op: 'completed', saleid: quote.saleid })
    expect(chain.books().creditTransfers).toHaveLength(1)
    expect(printer.jobs).toHaveLength(1)
  })

  test('a club killed after its commit and before its reply: credited once, and the receipt comes', async () => {
    const { chain, printer } = await chainWithPrinter(15_000)
    const calm = await chain.start('club')
    await chain.start('gateway')
    const till = await chain.till()
    const memberid = await signUp(till, mobile)
    await calm.stop()
    const before = chain.books().received.count

    const doomed = await chain.start('club', { env: { VAFA_CRASH_AT: 'club.after-commit' } })
    await presentMember(till, mobile)
    const quote = await openSale(till, 1_000_000)
    const completing = till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result', timeoutMs: 20_000 },
    )
    expect(await doomed.ended).toBe('SIGKILL')
    expect(chain.books().received.count).toBe(before + 1)

    await chain.start('club')
    expect(await completing).toMatchObject({ op: 'result', status: 'accepted' })
    const job = await printer.nextJob()
    const paper = readPaper(job.bands, { language: 'fa', width: 576, labels })
    expect(paper.get('balance')?.amount).toBe(95_000)
    expect(chain.books().creditTransfers).toEqual([{ saleid: quote.saleid, amount: 95_000 }])
    expect(chain.books().accounts.get(creditAccount(memberid))).toBe(95_000)
    expect(printer.jobs).toHaveLength(1)
  })

  test('a club that is away longer than the customer waits: a provisional slip at once, no second one, credited once', async () => {
    const { chain, printer } = await chainWithPrinter(1_500)
    const club = await chain.start('club')
    await chain.start('gateway')
    const till = await chain.till()
    const memberid = await signUp(till, mobile)
    await presentMember(till, mobile)
    const quote = await openSale(till, 1_000_000)
    await club.stop()

    const result = await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
    expect(result).toMatchObject({ op: 'result', status: 'provisional', receipt: { provisional: true } })
    const job = await printer.nextJob()
    const paper = readPaper(job.bands, { language: 'fa', width: 576, labels })
    expect(paper.get('credit-expected')?.amount).toBe(95_000)

    await chain.start('club')
    await untilBooks(chain, (books) => books.sales.length === 1)
    expect(chain.books().creditTransfers).toEqual([{ saleid: quote.saleid, amount: 95_000 }])
    expect(chain.books().accounts.get(creditAccount(memberid))).toBe(95_000)
    expect(chain.books().accounts.get('house:offline-differences') ?? 0).toBe(0)
    // A further sale goes through the same printer: had a second slip been printed, it would lie before this one.
    await presentMember(till, mobile)
    const next = await openSale(till, 500_000, 'R-2')
    await till.request(
      { op: 'complete', saleid: next.saleid, tenders: [{ kind: 'cash', amount: next.payable }] },
      { until: 'result' },
    )
    const after = readPaper((await printer.nextJob()).bands, { language: 'fa', width: 576, labels })
    expect(after.get('total')?.amount).toBe(500_000)
  })
})

/** A file's text once it ends so; another process is still writing it. */
async function textEnding(file: string, end: RegExp): Promise<string> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const text = readFileSync(file, 'utf8')
    if (end.test(text)) return text
    if (performance.now() > deadline) throw new Error(`${file} does not end as expected: ${text.slice(-300)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('a sign of success', () => {
  test('the kernel has synced the fact to disk before the till is told that the sale is completed', async () => {
    const chain = await makeChain({ lane: { receipt: { via: 'till' } } })
    endings.push(() => chain.close())
    await chain.start('club')
    const calm = await chain.start('gateway')
    await signUp(await chain.till(), mobile)
    await calm.stop()

    const trace = join(chain.folder, 'strace.txt')
    const traced = await chain.start('gateway', {
      under: ['strace', '-D', '-f', '-y', '-s', '4000', '-o', trace, '-e', 'trace=fsync,fdatasync,pwrite64,write,writev,sendto'],
    })
    const till = await chain.till()
    await presentMember(till, mobile)
    const quote = await openSale(till, 1_000_000)
    await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'completed' },
    )
    await till.close()
    await traced.stop()

    // `-D` makes strace the tracer beside, so that the gateway gets our signals; it writes its last lines after it.
    const calls = (await textEnding(trace, /\+\+\+ exited with \d+ \+\+\+\n$/)).split('\n')
    const told = calls.findIndex((call) => /\b(write|writev|sendto)\(/.test(call) && call.includes('\\"op\\":\\"completed\\"'))
    expect(told).toBeGreaterThan(0)
    const written = calls.findLastIndex(
      (call, at) => at < told && call.includes('pwrite64(') && call.includes('gateway.sqlite-wal'),
    )
    expect(written).toBeGreaterThan(0)
    const synced = calls.findIndex(
      (call, at) => at > written && at < told && /\bf(data)?sync\(\d+<[^>]*gateway\.sqlite-wal>\)\s+= 0/.test(call),
    )
    expect(synced, calls.slice(written, told + 1).join('\n')).toBeGreaterThan(written)
  })
})
