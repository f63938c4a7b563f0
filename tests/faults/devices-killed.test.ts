import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { readAnswer } from '#agent/terminal/answers.ts'
import type { Journal } from '#agent/terminal/journal.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { receiptFields } from '#protocol/receipt-fields.ts'
import type { InsertedCard } from '#simulators/card/card-host.ts'
import { cards } from '#simulators/card/cards.ts'
import { readPaper } from '#simulators/printer/read-paper.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { creditAccount, enrolPresented, makeChain, signUp } from '../chain.ts'
import { startTestPcscd } from '../devices/private-pcscd.ts'
import { type MortalProcess, mortalProcess } from './mortal-process.ts'
import type { FromPrinter } from './printer-process.ts'
import { type Shopping, sell, untilBooks } from './sales.ts'
import type { FromTerminal, ToTerminal } from './terminal-process.ts'

const rounds = 20
const budgetMs = 1_500
const calm = ['lane-4', 'lane-5', 'lane-6', 'lane-7', 'lane-8']
const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

test('a reader, a printer and a terminal are each killed and brought back 20 times while 500 sales run on other lanes: each is done within its lane’s budget, and none is lost', async () => {
  const pcscd = await startTestPcscd(['ACS ACR122U PICC Interface'])
  endings.push(() => pcscd.close())
  const [printerPort, terminalPort] = [await freePort(), await freePort()]
  const devices = {
    'lane-1': { device: 'reader', driver: 'pcsc', options: { via: 'pcscd', socket: pcscd.socket } },
    'lane-2': {
      device: 'printer',
      driver: 'printer-escpos',
      options: { connection: { tcp: { host: '127.0.0.1', port: printerPort } }, width: 576 },
    },
    'lane-3': {
      device: 'terminals',
      driver: 'pos-iso8583',
      options: { terminals: [{ terminal: 'T1', lane: 'lane-3', port: terminalPort }] },
    },
  }
  const chain = await makeChain({
    lanes: 8,
    lane: (lane) => ({
      budgetMs,
      receipt: { via: lane === 'lane-2' ? 'own' : lane === 'lane-3' ? 'terminal' : 'till' },
    }),
    devices: (lane) => (lane in devices ? [{ lane, ...devices[lane as keyof typeof devices] }] : []),
  })
  endings.push(() => chain.close())
  await chain.start('club')
  await chain.start('gateway')

  const tills = new Map<string, TillClient>()
  for (let n = 1; n <= 8; n += 1) tills.set(`lane-${n}`, await chain.till(`lane-${n}`))
  const shopping = async (lane: string): Promise<Shopping> => {
    const till = tills.get(lane) as TillClient
    const mobile = `0912000000${lane.at(-1)}`
    return { till, mobile, memberid: await signUp(till, mobile), sold: [] }
  }
  const others = await Promise.all(calm.map(shopping))

  /** What the lane says when a card is laid on the reader: who it is. */
  const tap = async (): Promise<{ said: TillResponse; card: InsertedCard }> => {
    const till = tills.get('lane-1') as TillClient
    const said = new Promise<TillResponse>((resolve) => {
      const stop = till.onMessage((message) => {
        if (message.re !== undefined || (message.op !== 'member' && message.op !== 'error')) return
        stop()
        resolve(message)
      })
    })
    const card = await pcscd.insert(0, cards.sara.card)
    return { said: await said, card }
  }
  const takeAway = async (card: InsertedCard) => void (await card.remove())

  const [atPrinter, atTerminal] = [await shopping('lane-2'), await shopping('lane-3')]
  const first = await tap()
  expect(first.said).toMatchObject({ error: { key: 'credential.unknown' } })
  const memberid = await enrolPresented(tills.get('lane-1') as TillClient)
  await takeAway(first.card)
  const atReader = await shopping('lane-1')
  const cardholder: Shopping = { ...atReader, memberid, sold: [] }

  // The printer, and what has been on its paper over all its lives.
  const onPaper = new Map<number, number>()
  const paperWatchers = new Set<() => void>()
  const printer: MortalProcess<FromPrinter, never> = mortalProcess({
    file: here('./printer-process.ts'),
    args: [String(printerPort)],
    onMessage(message) {
      if (message.kind !== 'printed') return
      const total = readPaper(message.job.bands, { language: 'fa', width: 576, labels }).get('total')?.amount
      if (total !== undefined) onPaper.set(total, (onPaper.get(total) ?? 0) + 1)
      for (const look of paperWatchers) look()
    },
  })
  endings.push(() => printer.kill())
  const printed = (total: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!onPaper.has(total)) return
        paperWatchers.delete(look)
        resolve()
      }
      paperWatchers.add(look)
      look()
    })

  const journalFile = join(chain.folder, 'journal.json')
  const terminal: MortalProcess<FromTerminal, ToTerminal> = mortalProcess({
    file: here('./terminal-process.ts'),
    args: [String(terminalPort), journalFile, atTerminal.mobile],
  })
  endings.push(() => terminal.kill())
  let terminalTotal = 10_000_000
  const nextTotal = () => {
    terminalTotal += 1_000
    return terminalTotal
  }

  await Promise.all([printer.start(), terminal.start()])
  const meanwhile = <T>(work: Promise<T>) => Promise.all([work, ...others.map((one) => sell(one))]).then(([done]) => done)

  let copies = 0
  for (let round = 0; round < rounds; round += 1) {
    // Killed at work: a card being read, a receipt on its way to the paper, a sale on its way to the box.
    const lostReceipt = await meanwhile(
      (async () => {
        const laid = pcscd.insert(0, cards.sara.card)
        const noted = terminal.next('noted')
        terminal.tell({ kind: 'sell', total: nextTotal() })
        const [, , sale] = await Promise.all([
          laid.then(() => pcscd.kill()),
          noted.then(() => terminal.kill()),
          sell(atPrinter).then(async (done) => {
            await printer.kill()
            return done
          }),
        ])
        return sale
      })(),
    )
    // All three are gone; their lanes sell on by mobile.
    const [, unprinted] = await meanwhile(Promise.all([sell(atReader), sell(atPrinter)]))
    await meanwhile(Promise.all([pcscd.restart(), printer.start(), terminal.start()]))
    // Used again. What was killed with a receipt in it printed nothing whole: the cashier asks for a copy.
    await meanwhile(
      Promise.all([
        (async () => {
          const { said, card } = await tap()
          expect(said).toMatchObject({ op: 'member', member: { memberid: cardholder.memberid } })
          await sell(cardholder, 'card-lies-there')
          await takeAway(card)
        })(),
        (async () => {
          await printed(unprinted.total)
          if (onPaper.has(lostReceipt.total)) return
          copies += 1
          const answer = await atPrinter.till.request({ op: 'reprint', saleid: lostReceipt.saleid }, { timeoutMs: 20_000 })
          expect(answer.op).toBe('printed')
          await printed(lostReceipt.total)
        })(),
        (async () => {
          const answered = terminal.next('answered')
          terminal.tell({ kind: 'sell', total: nextTotal() })
          expect((await answered).code).toBe('00')
        })(),
      ]),
    )
    await meanwhile(Promise.resolve())
  }

  const sold = [...others, atReader, atPrinter, cardholder].flatMap((one) => one.sold)
  const elsewhere = others.flatMap((one) => one.sold)
  expect(elsewhere).toHaveLength(500)
  expect(elsewhere.filter(({ ms, status }) => ms > budgetMs || status !== 'accepted')).toEqual([])

  // The terminal's own journal is its record: what it was told went well is booked, what it undid leaves no credit.
  const journal: Journal = JSON.parse(readFileSync(journalFile, 'utf8'))
  expect(journal).toHaveLength(2 * rounds)
  expect(journal.filter(({ state }) => state !== 'done' && state !== 'undone')).toEqual([])
  const done = journal.filter(({ state }) => state === 'done').map(({ answer }) => readAnswer(answer ?? { mti: '', fields: {} }))
  expect(done.length).toBeGreaterThanOrEqual(rounds)
  // They were killed with something in hand, not beside it.
  expect([journal.length > done.length, copies > 0]).toEqual([true, true])
  const byTerminal = new Set(done.map(({ saleid }) => saleid))

  const expected = new Set([...sold.map(({ saleid }) => saleid), ...byTerminal])
  const books = await untilBooks(
    chain,
    ({ received, sales, compensated }) =>
      received.count === received.highest &&
      sales.length >= expected.size &&
      sales.every(({ saleid }) => expected.has(saleid) || compensated.has(saleid)),
  )
  const booked = new Map(books.sales.map((sale) => [sale.saleid, sale]))
  expect(booked.size).toBe(books.sales.length)
  for (const one of [...others, atReader, atPrinter, cardholder])
    for (const { saleid, total, payable } of one.sold)
      expect(booked.get(saleid)).toMatchObject({ total, payable, memberid: one.memberid })
  for (const { saleid } of done) expect(booked.get(saleid ?? '')?.memberid).toBe(atTerminal.memberid)
  expect([...books.compensated].filter((saleid) => expected.has(saleid))).toEqual([])
  // One grant a sale, of what the till was told; each member's balance is their sum.
  const granted = Map.groupBy(books.creditTransfers, ({ saleid }) => saleid)
  for (const { saleid, credit } of sold) expect(granted.get(saleid)?.map(({ amount }) => amount)).toEqual([credit])
  for (const { memberid, sold } of [...others, atPrinter])
    expect(books.accounts.get(creditAccount(memberid))).toBe(sold.reduce((sum, { credit }) => sum + credit, 0))
  expect([...books.accounts.values()].reduce((sum, amount) => sum + amount, 0)).toBe(0)
  expect(atPrinter.sold.filter(({ total }) => !onPaper.has(total))).toEqual([])
})
