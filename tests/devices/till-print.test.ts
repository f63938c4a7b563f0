import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { tillPrintDriver } from '#drivers/till-print/driver.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { sampleReceipts } from '#receipts/samples.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { type PaperTill, startPaperTill } from '#simulators/paper-till/paper-till.ts'
import { cutBytes, type ReceiptStyle, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { createTestHost, type TestHost } from './test-host.ts'

let folder: string
let printer: VirtualPrinter
let host: TestHost
let connection: Connection | undefined
const tills: PaperTill[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vafa-till-print-'))
  printer = await startVirtualPrinter()
  host = createTestHost('paper-1')
})
afterEach(async () => {
  for (const till of tills.splice(0)) await till.close('hang-up')
  await connection?.close()
  connection = undefined
  await printer.close()
  await rm(folder, { recursive: true, force: true })
})

async function connect(more: Record<string, unknown> = {}, style: ReceiptStyle = 'windows', rules = ''): Promise<Connection> {
  const rulesFile = join(folder, 'rules.yaml')
  await writeFile(rulesFile, rulesOf[style] + rules)
  const options = tillPrintDriver.options.parse({
    till: { tcp: { port: 0 } },
    printer: { tcp: { host: '127.0.0.1', port: printer.port } },
    rulesFile,
    ...more,
  })
  connection = await tillPrintDriver.connect(options, host.host)
  return connection
}

async function startTill(): Promise<PaperTill> {
  const till = await startPaperTill({ tcp: { port: connection?.address?.port ?? 0 } })
  tills.push(till)
  return till
}

const receipt = (number: string, style: ReceiptStyle = 'windows', extra: string[] = []) =>
  receiptBytes({ number, items: [{ name: 'قهوه', quantity: 2, amount: 900_000 }] }, style, extra)

type Request<Op extends TillRequest['op']> = Extract<TillRequest, { op: Op }>

/** The lane's next request of that kind that nobody has answered yet. */
async function asked<Op extends TillRequest['op']>(op: Op, count = 1): Promise<Request<Op>> {
  const all = () => host.events.flatMap((event) => (event.kind === 'till' && event.request.op === op ? [event.request] : []))
  await host.event('till', () => all().length >= count)
  return all()[count - 1] as Request<Op>
}

const say = (response: TillResponse) => connection?.till?.send(response)

function answer(request: Request<'record'>, member = true): void {
  const { id: re, saleid = '' } = request
  say({ op: 'completed', re, saleid })
  say({
    op: 'result',
    re,
    saleid,
    status: 'accepted',
    balances: [],
    effects: [],
    prompts: [],
    receipt: sampleReceipts.sale,
    ...(member ? { member: { memberid: saleid, number: '100042', visits: 3 } } : {}),
  })
}

const textOf = (job: { text: string[] }) => job.text.length

describe('a till that knows nothing of us', () => {
  test('its receipt is booked as a sale that is paid, and the club’s lines stand before the cut', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    const request = await asked('record')
    expect(request.sale).toEqual({
      tillreceipt: '80712',
      total: 900_000,
      lines: [{ product: 'قهوه', name: 'قهوه', quantity: 2, amount: 900_000 }],
    })
    expect(printer.jobs).toHaveLength(0)
    answer(request)
    const job = await printer.nextJob()
    expect(job.cut).toBe('partial')
    const kinds = job.pieces.map(({ kind }) => kind)
    expect(kinds.lastIndexOf('text')).toBeLessThan(kinds.indexOf('raster'))
  })

  test('a cut that nothing feeds to goes through no line: the paper is fed past the club’s', async () => {
    await connect()
    const till = await startTill()
    await till.print(
      Buffer.concat([receiptBytes({ number: '1', items: [], total: 5 }, 'windows').subarray(0, -3), cutBytes.plain]),
    )
    answer(await asked('record'))
    expect((await printer.nextJob()).pieces.at(-1)).toEqual({ kind: 'blank', dots: 150 })
  })

  test('its bytes reach the printer unchanged; only the club’s are added, in one place', async () => {
    const direct = await startVirtualPrinter()
    const straight = await startPaperTill({ tcp: { port: direct.port } })
    const bytes = Buffer.concat([receipt('80712'), cutBytes.plain])
    await straight.print(bytes)
    const alone = await direct.nextJob()
    await straight.close()
    await direct.close()

    await connect()
    const till = await startTill()
    await till.print(bytes)
    answer(await asked('record'))
    const { pieces } = await printer.nextJob()
    expect(pieces.filter(({ kind }) => kind !== 'raster')).toEqual(alone.pieces)
    expect(pieces.map(({ kind }) => kind).join(' ')).toMatch(/^(text )+(raster )+blank$/)
  })

  test('what it prints below stands as it had set it, though the club’s lines stood at the left between', async () => {
    await connect()
    const till = await startTill()
    const centred = Buffer.concat([
      receipt('1'),
      Buffer.from([0x1b, 0x61, 1]),
      cutBytes.plain,
      Buffer.from('BELOW\n'),
      cutBytes.plain,
    ])
    await till.print(centred)
    answer(await asked('record'))
    await printer.nextJob()
    expect((await printer.nextJob()).pieces).toEqual([{ kind: 'text', text: 'BELOW', align: 'center' }])
  })

  test('a lane that does not answer holds the cut for no longer than was said', async () => {
    await connect({ holdMs: 200 })
    const till = await startTill()
    const started = performance.now()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    const job = await printer.nextJob()
    expect(performance.now() - started).toBeGreaterThanOrEqual(195)
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(job.bands).toHaveLength(0)
    expect(job.complete).toBe(true)
  })

  test('no rule can make a cut wait longer than a second and a half', () => {
    const parsed = tillPrintDriver.options.safeParse({
      till: { tcp: {} },
      printer: { tcp: { host: 'p', port: 9100 } },
      rulesFile: 'r',
      holdMs: 1_501,
    })
    expect(parsed.success).toBe(false)
  })

  test('a lane that refuses lets the cut go at once, and it is told', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    const { id: re } = await asked('record')
    say({
      op: 'error',
      re,
      error: {
        key: 'box.unwritable',
        retryable: true,
        title: { fa: '', en: '' },
        detail: { fa: '', en: '' },
        reason: 'the disk is full',
      },
    })
    expect((await printer.nextJob()).bands).toHaveLength(0)
    await host.event('till-invalid', ({ reason }) => /disk is full/.test(reason))
  })

  test('several receipts on one connection, and a connection for each', async () => {
    await connect()
    const first = await startTill()
    await first.print(Buffer.concat([receipt('1'), cutBytes.plain, receipt('2'), cutBytes.feeding]))
    answer(await asked('record', 1))
    answer(await asked('record', 2))
    await printer.nextJob()
    await printer.nextJob()
    await first.close()
    const second = await startTill()
    await second.print(Buffer.concat([receipt('3'), cutBytes.old]))
    answer(await asked('record', 3))
    expect(textOf(await printer.nextJob())).toBeGreaterThan(5)
    await second.close()
  })

  test('a till that hangs up as soon as it has sent all: it is printed and booked', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('9'), cutBytes.plain]))
    const closing = till.close()
    answer(await asked('record'))
    expect((await printer.nextJob()).complete).toBe(true)
    await closing
  })

  test('half a receipt goes on paper, is not booked, and is told', async () => {
    await connect()
    const till = await startTill()
    await till.print(receipt('80712'))
    await till.close()
    await host.event('till-invalid', ({ reason }) => /middle of a receipt/.test(reason))
    expect((await printer.nextJob()).complete).toBe(false)
    expect(host.events.some(({ kind }) => kind === 'till')).toBe(false)
  })

  test('over a serial line on both sides', async () => {
    const [toTill, toPrinter] = [await openTtyPair(), await openTtyPair()]
    const { linkPrinter } = await import('#simulators/printer/linked-printer.ts')
    const linked = await linkPrinter({ tty: { path: toPrinter.b } })
    await connect(
      {
        till: { serial: { path: toTill.a, baudRate: 115_200 } },
        printer: { serial: { path: toPrinter.a, baudRate: 115_200 } },
      },
      'dos',
    )
    const till = await startPaperTill({ tty: { path: toTill.b } })
    await till.print(Buffer.concat([receipt('5', 'dos'), cutBytes.plain, Buffer.from([0x10, 0x04, 4])]))
    answer(await asked('record'))
    expect((await linked.printer.nextJob()).bands.length).toBeGreaterThan(0)
    expect(await till.hear(1)).toEqual(Buffer.from([0x12]))
    await till.close()
    await connection?.close()
    await linked.close()
    await toTill.close()
    await toPrinter.close()
  })
})

describe('a reprint', () => {
  test('is known by its number: nothing is booked, nothing is added, nothing waits', async () => {
    await connect()
    const till = await startTill()
    const bytes = Buffer.concat([receipt('80712'), cutBytes.plain])
    await till.print(bytes)
    answer(await asked('record'))
    await printer.nextJob()
    await till.print(bytes)
    expect((await printer.nextJob()).bands).toHaveLength(0)
    expect(host.events.filter(({ kind }) => kind === 'till')).toHaveLength(1)
  })

  test('is known after a restart of the box, too', async () => {
    await connect()
    const bytes = Buffer.concat([receipt('80712'), cutBytes.plain])
    await (await startTill()).print(bytes)
    answer(await asked('record'))
    await printer.nextJob()
    await connection?.close()
    host = createTestHost('paper-1', undefined, host.memory)
    await connect()
    await (await startTill()).print(bytes)
    expect((await printer.nextJob()).bands).toHaveLength(0)
    expect(host.events).toEqual([])
  })

  test('of a sale that never reached the disk brings it there', async () => {
    await connect({ holdMs: 50 })
    const till = await startTill()
    const bytes = Buffer.concat([receipt('80712'), cutBytes.plain])
    await till.print(bytes)
    const first = await asked('record', 1)
    await printer.nextJob()
    await till.print(bytes)
    const second = await asked('record', 2)
    expect(second.saleid).toBe(first.saleid)
    answer(second)
    expect((await printer.nextJob()).bands).toHaveLength(0)
  })

  test('the same number with another total is no reprint and no sale: it is told', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    answer(await asked('record'))
    await till.print(Buffer.concat([receiptBytes({ number: '80712', items: [], total: 5_000 }, 'windows'), cutBytes.plain]))
    await host.event('till-invalid', ({ reason }) => /80712 came again with another total/.test(reason))
    expect(host.events.filter(({ kind }) => kind === 'till')).toHaveLength(1)
  })

  test('that says so of itself books nothing, whatever its number', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('7', 'windows', ['رونوشت']), cutBytes.plain]))
    await printer.nextJob()
    expect(host.events).toEqual([])
  })
})

describe('a card that is shown after the receipt', () => {
  const member = { memberid: '01890a5d-ac96-774b-bcce-b302099a0001', number: '100042', visits: 1 }

  test('gets the sale that had no member', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    answer(await asked('record'), false)
    await printer.nextJob()
    say({ op: 'member', member, balances: [], prompts: [] })
    expect((await asked('claim')).reference).toBe('VK7-Q2M9')
  })

  test('while the cut is held: its lines stand on the receipt', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('80712'), cutBytes.plain]))
    const recorded = await asked('record')
    say({ op: 'member', member, balances: [], prompts: [] })
    answer(recorded, false)
    const { id: re } = await asked('claim')
    expect(printer.jobs).toHaveLength(0)
    say({
      op: 'result',
      re,
      status: 'accepted',
      member,
      balances: [],
      effects: [],
      prompts: [],
      receipt: sampleReceipts.provisional,
    })
    expect((await printer.nextJob()).bands.length).toBeGreaterThan(0)
  })

  test('gets nothing of a sale that has a member, of one before, or when it comes too late', async () => {
    await connect({ tapSeconds: 0 })
    const till = await startTill()
    await till.print(Buffer.concat([receipt('1'), cutBytes.plain]))
    answer(await asked('record'), false)
    await printer.nextJob()
    say({ op: 'member', member, balances: [], prompts: [] })
    await connection?.close()
    await connect()
    const next = await startTill()
    await next.print(Buffer.concat([receipt('2'), cutBytes.plain]))
    answer(await asked('record', 2), true)
    await printer.nextJob()
    say({ op: 'member', member, balances: [], prompts: [] })
    expect(host.events.some((event) => event.kind === 'till' && event.request.op === 'claim')).toBe(false)
  })
})

describe('the real printer answers through us', () => {
  test('questions before, within and after a receipt, in their order', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.from([0x10, 0x04, 1]))
    expect(await till.hear(1)).toEqual(Buffer.from([0x12]))
    await till.print(Buffer.concat([receipt('1'), cutBytes.plain, Buffer.from([0x1d, 0x72, 1, 0x1d, 0x61, 0x0f])]))
    answer(await asked('record'))
    expect(await till.hear(5)).toEqual(Buffer.from([0x00, 0x10, 0, 0, 0]))
  })

  test('also while a cut is held: what the printer answers at once is asked at once', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('1'), cutBytes.plain]))
    const request = await asked('record')
    await till.print(Buffer.from([0x10, 0x04, 4, 0x1d, 0x72, 1]))
    expect(await till.hear(1)).toEqual(Buffer.from([0x12]))
    expect(printer.jobs).toHaveLength(0)
    answer(request)
    expect(await till.hear(1)).toEqual(Buffer.from([0x00]))
  })

  test('a printer without paper makes the till wait, and says why', async () => {
    printer.setFaults({ paper: 'end' })
    await connect()
    const till = await startTill()
    await till.print(Buffer.from([0x10, 0x04, 4]))
    expect(await till.hear(1)).toEqual(Buffer.from([0x7e]))
    await till.print(Buffer.concat([receipt('1'), cutBytes.plain]))
    answer(await asked('record'))
    expect(printer.jobs).toHaveLength(0)
    printer.setFaults({})
    expect((await printer.nextJob()).complete).toBe(true)
  })

  test('a printer that hangs up in the middle: so does the till’s line', async () => {
    await connect()
    const till = await startTill()
    printer.setFaults({ hangUpAfter: 100 })
    await till.print(receipt('1'))
    expect(await till.closed).toBe('reset')
  })

  test('a printer that is off: the till finds nobody, and the device says what is missing', async () => {
    await connect()
    await printer.close()
    const till = await startTill()
    await till.print(receipt('1')).catch(() => undefined)
    expect(await till.closed).toBe('reset')
    expect(await connection?.closed).toMatchObject({ key: 'device.absent', permanent: false })
    await expect(startTill()).rejects.toMatchObject({ key: 'printer.unreachable' })
  })
})

describe('what cannot be read', () => {
  test('pictures: they are printed, and the device says that it cannot read and what to do', async () => {
    await connect({}, 'pictures')
    const till = await startTill()
    await till.print(Buffer.concat([receipt('1', 'pictures'), cutBytes.plain]))
    await printer.nextJob()
    await host.healthOf('degraded', /cannot read: the till prints pictures/)
  })

  test('a receipt without a number: printed at once, told, and the next good one makes all well', async () => {
    await connect()
    const till = await startTill()
    await till.print(Buffer.concat([receipt('(none)'), cutBytes.plain]))
    await printer.nextJob()
    await host.healthOf('degraded', /no number found/)
    await till.print(Buffer.concat([receipt('2'), cutBytes.plain]))
    answer(await asked('record'))
    await host.healthOf('ready')
  })

  test('rules that are wrong: the device names the file and the line', async () => {
    await expect(connect({}, 'windows', 'nubmer: x\n')).rejects.toMatchObject({
      key: 'config.invalid',
      message: expect.stringContaining('rules.yaml:7'),
    })
  })

  test('an address that other machines reach must have been meant', async () => {
    const port = await freePort()
    await expect(connect({ till: { tcp: { host: '0.0.0.0', port } } })).rejects.toMatchObject({ key: 'device.insecure' })
  })
})
