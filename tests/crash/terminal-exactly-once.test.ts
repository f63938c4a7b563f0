import { afterEach, describe, expect, test } from 'vitest'
import type { TerminalAnswer } from '#agent/terminal/answers.ts'
import * as requests from '#agent/terminal/requests.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVirtualTerminal, type TerminalOptions, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { type Chain, creditAccount, makeChain, signUp } from '../chain.ts'

const mobile = '09123456789'
const phone = { kind: 'phone', value: mobile } as const
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function store(): Promise<{ chain: Chain; port: number; memberid: string }> {
  const port = await freePort()
  const chain = await makeChain({
    lane: { budgetMs: 15_000, receipt: { via: 'terminal' } },
    devices: (lane) => [
      { device: 'terminals', lane, driver: 'pos-iso8583', options: { terminals: [{ terminal: 'T1', lane, port }] } },
    ],
  })
  endings.push(() => chain.close())
  await chain.start('club')
  const first = await chain.start('gateway')
  const memberid = await signUp(await chain.till(), mobile)
  await first.stop()
  return { chain, port, memberid }
}

async function terminalAt(port: number, options: Partial<TerminalOptions> = {}): Promise<VirtualTerminal> {
  const terminal = await startVirtualTerminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port } }, ...options })
  endings.push(() => terminal.close())
  return terminal
}

/** Waits until the books fit; they are written by another process, which gives no event. */
async function untilBooks(chain: Chain, fits: (books: ReturnType<Chain['books']>) => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!fits(chain.books())) {
    if (performance.now() > deadline) throw new Error(`the books never fitted: ${JSON.stringify(chain.books())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks until the club answers: a lane that has just started may have no line yet. */
async function whenKnown(terminal: VirtualTerminal): Promise<TerminalAnswer> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const answer = await terminal.ask(requests.whoIsThis(terminal.begin(), phone))
    if (answer.code === '00' || performance.now() > deadline) return answer
  }
}

describe('a terminal and a box that is killed', () => {
  test('killed after its commit and before its answer: the repeat is answered from the disk, and it is booked once', async () => {
    const { chain, port, memberid } = await store()
    const doomed = await chain.start('gateway', { env: { VAFA_CRASH_AT: 'gateway.after-commit' } })
    const terminal = await terminalAt(port)
    await whenKnown(terminal)
    const transaction = terminal.begin()
    const quote = await terminal.ask(requests.quoteOf(transaction, { total: 1_000_000, credential: phone }))
    const paid = requests.saleOf(transaction, { total: 1_000_000, paid: quote.amount ?? 0 })
    await expect(terminal.exchange(paid)).rejects.toMatchObject({ key: 'terminal.silence' })
    expect(await doomed.ended).toBe('SIGKILL')

    await chain.start('gateway')
    const again = await terminalAt(port)
    const first = await again.ask(requests.repeatOf(paid))
    expect(first).toMatchObject({ code: '00', saleid: quote.saleid })
    await untilBooks(chain, (books) => books.sales.length === 1)
    expect(chain.books().sales[0]).toMatchObject({ saleid: quote.saleid, total: 1_000_000, payable: quote.amount, memberid })

    // And once more: what was said of it then, and nothing new in the books.
    const second = await again.ask(requests.repeatOf(paid))
    expect(second).toMatchObject({ code: '00', saleid: first.saleid, reference: first.reference })
    expect(chain.books().sales).toHaveLength(1)
    expect(chain.books().creditTransfers).toHaveLength(1)
  })

  test('killed after its commit, and the terminal undoes what it heard nothing of: no credit is left', async () => {
    const { chain, port, memberid } = await store()
    const doomed = await chain.start('gateway', { env: { VAFA_CRASH_AT: 'gateway.after-commit' } })
    const terminal = await terminalAt(port)
    await whenKnown(terminal)
    const lost = requests.saleOf(terminal.begin(), { total: 1_000_000, paid: 1_000_000, credential: phone })
    await expect(terminal.ask(lost)).rejects.toMatchObject({ key: 'terminal.silence' })
    expect(await doomed.ended).toBe('SIGKILL')
    await terminal.close()

    await chain.start('gateway')
    // The terminal was switched off too; its journal is all that it has.
    const woken = await terminalAt(port, { journal: terminal.journal, trace: 900 })
    await woken.recover()
    expect(woken.journal.map(({ state }) => state)).toEqual(['undone'])
    await untilBooks(chain, (books) => books.compensated.size === 1)
    expect(chain.books().accounts.get(creditAccount(memberid)) ?? 0).toBe(0)
    expect(chain.books().sales).toHaveLength(1)
  })
})
