import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { receiptFields } from '#protocol/receipt-fields.ts'
import { cards, demoCardKeys } from '#simulators/card/cards.ts'
import type { VirtualCard } from '#simulators/card/virtual-card.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import type { PrintedJob } from '#simulators/printer/paper.ts'
import { paperPng } from '#simulators/printer/paper-png.ts'
import { readPaper } from '#simulators/printer/read-paper.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, creditAccount, enrolPresented, makeChain, openSale, whenClubAnswers } from '../chain.ts'
import { startTestPcscd } from './private-pcscd.ts'

const labels = Object.entries(receiptFields).map(([field, label]) => ({ field, label }))
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** What the lane says by itself (not in answer to the till) next. */
const nextWord = (till: TillClient) =>
  new Promise<string>((resolve) => {
    const stop = till.onMessage((message) => {
      if (message.re !== undefined) return
      stop()
      resolve(message.op === 'error' ? message.error.key : message.op)
    })
  })

async function startedChain(
  options: Parameters<typeof makeChain>[0],
  prepare?: (chain: Chain) => Promise<void>,
): Promise<{ chain: Chain; till: TillClient }> {
  const chain = await makeChain(options)
  endings.push(() => chain.close())
  await prepare?.(chain)
  await chain.start('club')
  await chain.start('gateway')
  return { chain, till: await chain.till() }
}

/** The paper against the ledger, field by field; both were made by processes that this test only watches. */
function expectPaperLikeBooks(options: {
  job: PrintedJob
  chain: Chain
  memberid: string
  language: 'fa' | 'en'
  width: number
}): void {
  const { job, chain, memberid, language, width } = options
  const books = chain.books()
  const sale = books.sales.at(-1)
  const member = books.members.find((m) => m.memberid === memberid)
  expect(sale?.memberid).toBe(memberid)
  expect(books.creditTransfers).toHaveLength(1)
  const paper = readPaper(job.bands, { language, width, labels })
  expect(paper.get('total')?.amount).toBe(sale?.total)
  expect(paper.get('discount')?.amount).toBe(sale?.discount)
  expect(paper.get('payable')?.amount).toBe(sale?.payable)
  expect(paper.get('credit-earned')?.amount).toBe(books.creditTransfers[0]?.amount)
  expect(paper.get('balance')?.amount).toBe(books.accounts.get(creditAccount(memberid)))
  expect(paper.get('visits')?.number).toBe(1)
  expect(paper.get('reference')?.text).toBe(sale?.reference)
  expect(paper.get('member')?.text).toContain(member?.number.slice(-4))
  expect([...books.accounts.values()].reduce((a, b) => a + b, 0)).toBe(0)

  const png = join(chain.folder, 'receipt.png')
  writeFileSync(png, paperPng(job, { width }))
  const qr = execFileSync('zbarimg', ['--quiet', '--raw', png], { encoding: 'utf8' }).trim()
  expect(qr).toBe(`vafa:test:${sale?.reference}`)
}

/** The club gets the keys of the virtual cards. */
async function importBatch({ folder, clubConfig }: Chain): Promise<void> {
  const [keys, list] = [join(folder, 'keys.json'), join(folder, 'cards.csv')]
  writeFileSync(keys, JSON.stringify(demoCardKeys))
  writeFileSync(list, 'uid\n04DE5F1EACC040\n')
  const taken = startVafa(['club', 'cards', 'import', list, '--keys', keys, '-c', clubConfig])
  expect([await taken.ended, taken.output()]).toEqual([0, expect.stringContaining('which prove themselves')])
}

describe('from tap to receipt', () => {
  test('a card through the real pcscd earns credit in the club, and the Persian receipt says what the ledger says', async () => {
    const pcscd = await startTestPcscd()
    endings.push(() => pcscd.close())
    const printer = await startVirtualPrinter({ width: 576 })
    endings.push(() => printer.close())
    const { chain, till } = await startedChain({
      devices: (lane) => [
        { device: 'reader', lane, driver: 'pcsc', options: { via: 'pcscd', socket: pcscd.socket } },
        {
          device: 'printer',
          lane,
          driver: 'printer-escpos',
          options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576, drawer: {} },
        },
      ],
    })

    await whenClubAnswers(till)
    const unknown = nextWord(till)
    const card = await pcscd.insert(0, cards.sara.card)
    expect(await unknown).toBe('credential.unknown')
    const memberid = await enrolPresented(till)
    await card.remove()

    const known = nextWord(till)
    const again = await pcscd.insert(0, cards.sara.card)
    expect(await known).toBe('member')
    await again.remove()

    const quote = await openSale(till, 1_250_000)
    expect(quote.discount).toBe(62_500)
    const result = await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
    expect(result).toMatchObject({ op: 'result', status: 'accepted' })

    // It was paid in cash: the drawer opens, before the receipt is there.
    expect(await printer.nextJob()).toMatchObject({ pieces: [], drawerPulses: 1 })
    const job = await printer.nextJob()
    expectPaperLikeBooks({ job, chain, memberid, language: 'fa', width: 576 })
  })

  test('a card that proves itself at each tap is verified by the club alone; its copy is nobody, and the alarm names the member', async () => {
    // Each tap has a reader of its own: pcscd does not see a card that takes another's place within 400 ms.
    const readers = ['HID OMNIKEY A', 'HID OMNIKEY B', 'HID OMNIKEY C', 'ACS ACR122U PICC Interface']
    const pcscd = await startTestPcscd(readers)
    let taps = 0
    endings.push(() => pcscd.close())
    const printer = await startVirtualPrinter({ width: 576 })
    endings.push(() => printer.close())
    const { chain, till } = await startedChain(
      {
        devices: (lane) => [
          {
            device: 'reader',
            lane,
            driver: 'pcsc',
            options: { via: 'pcscd', socket: pcscd.socket, ndef: { sun: { url: 'https://vafa.example/' } } },
          },
          {
            device: 'printer',
            lane,
            driver: 'printer-escpos',
            options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576 },
          },
        ],
      },
      (chain) => importBatch(chain),
    )
    await whenClubAnswers(till)
    const tap = async (card: VirtualCard) => {
      const word = nextWord(till)
      const laid = await pcscd.insert(taps++, card)
      return { heard: await word, laid }
    }
    const passing = async (card: VirtualCard) => {
      const { heard, laid } = await tap(card)
      await laid.remove()
      return heard
    }
    const read = (counter: number): VirtualCard => ({
      ...cards.sima.card,
      sun: { ...demoCardKeys, counter },
    })

    expect(await passing(read(1))).toBe('credential.unknown')
    const askedAgain = nextWord(till)
    const memberid = await enrolPresented(till)
    expect(await askedAgain).toBe('member')
    const quote = await openSale(till, 1_250_000)
    await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
    expectPaperLikeBooks({ job: await printer.nextJob(), chain, memberid, language: 'fa', width: 576 })

    expect(await passing(cards.forged.card)).toBe('credential.unproven')
    expect(await passing(read(1))).toBe('credential.unproven')
    const alerts = startVafa(['club', 'alerts', '-c', chain.clubConfig])
    await alerts.ended
    expect(alerts.output().match(/card-copied/g)).toHaveLength(1)
    const { heard, laid } = await tap(read(2))
    expect(heard).toBe('member')
    // The reader's light says what the lane made of it.
    await laid.heard('FF0040A00401010101')
    await laid.remove()
  })

  test('a barcode scanned on a tty earns credit too, and the English receipt on narrow paper says what the ledger says', async () => {
    const tty = await openTtyPair()
    endings.push(() => tty.close())
    const scanner = await startVirtualScanner({ tty: { path: tty.b } })
    endings.push(() => scanner.close())
    const printer = await startVirtualPrinter({ width: 384 })
    endings.push(() => printer.close())
    const { chain, till } = await startedChain({
      language: 'en',
      devices: (lane) => [
        {
          device: 'scanner',
          lane,
          driver: 'scanner-serial',
          options: { connection: { serial: { path: tty.a, baudRate: 9600 } } },
        },
        {
          device: 'printer',
          lane,
          driver: 'printer-escpos',
          options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 384 },
        },
      ],
    })

    await whenClubAnswers(till)
    const unknown = nextWord(till)
    await scanner.scan('6260000000017')
    expect(await unknown).toBe('credential.unknown')
    const memberid = await enrolPresented(till)
    const known = nextWord(till)
    await scanner.scan('6260000000017')
    expect(await known).toBe('member')

    const quote = await openSale(till, 3_333_330)
    await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'card', amount: quote.payable }] },
      { until: 'result' },
    )
    const job = await printer.nextJob()
    expectPaperLikeBooks({ job, chain, memberid, language: 'en', width: 384 })
  })
})
