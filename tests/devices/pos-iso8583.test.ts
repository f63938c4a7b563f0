import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readAnswer } from '#agent/terminal/answers.ts'
import * as requests from '#agent/terminal/requests.ts'
import type { Connection } from '#drivers/contract.ts'
import { posIso8583Driver } from '#drivers/pos-iso8583/driver.ts'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import type { MacKey } from '#protocol/iso8583/mac.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVirtualTerminal, type TerminalOptions, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { type AnsweringLane, answerAsLane } from './answering-lane.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Box {
  host: TestHost
  connection: Connection
  lane: AnsweringLane
  port: number
  terminal(options?: Partial<TerminalOptions>): Promise<VirtualTerminal>
}

async function startBox(options: Record<string, unknown> = {}, memory = new Map<string, string>()): Promise<Box> {
  const host = createTestHost('terminals', undefined, memory)
  const parsed = posIso8583Options.parse({
    clubPrefixes: ['6037'],
    terminals: [{ terminal: 'T1', lane: 'lane-1', port: 0 }],
    ...options,
  })
  const connection = await posIso8583Driver.connect(parsed, host.host)
  endings.push(() => connection.close())
  const port = connection.address?.port ?? 0
  return {
    host,
    connection,
    port,
    lane: answerAsLane(host, () => connection),
    async terminal(more = {}) {
      const terminal = await startVirtualTerminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port } }, ...more })
      endings.push(() => terminal.close())
      return terminal
    },
  }
}

const sale = { total: 450_000, lines: [{ product: 'tea', quantity: 2, amount: 450_000 }] }
const phone = { kind: 'phone', value: '09123456789' } as const

describe('a terminal', () => {
  test('hears who somebody is, and what they have', async () => {
    const { terminal } = await startBox()
    const t = await terminal()
    expect(await t.ask(requests.whoIsThis(t.begin(), phone))).toMatchObject({
      code: '00',
      member: { lastDigits: '1234', name: 'سارا', visits: 7 },
      balances: [{ unit: 'credit', kind: 'available', amount: 162_750 }],
    })
    expect(await t.ask(requests.whoIsThis(t.begin(), { kind: 'phone', value: '09120000000' }))).toMatchObject({
      code: '14',
      reason: expect.stringContaining('عضو'),
    })
  })

  test('quotes, holds credit and pays under one number; the receipt comes as text', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const transaction = t.begin()
    const quote = await t.ask(requests.quoteOf(transaction, { ...sale, credential: phone }))
    expect(quote).toMatchObject({ code: '00', amount: 405_000, discount: 45_000, decidedBy: 'C' })
    const held = await t.ask(requests.holdOf(transaction, 5_000))
    expect(held).toMatchObject({ code: '00', amount: 400_000, redeemed: 5_000, saleid: quote.saleid })
    const paid = await t.ask(requests.saleOf(transaction, { ...sale, paid: 400_000 }))
    expect(paid).toMatchObject({
      code: '00',
      saleid: quote.saleid,
      status: 'A',
      reference: '7K3M9-QXZ2A',
      effects: [{ kind: 'credit', amount: 40_500, ruleid: 'base' }],
      operatorPrompts: ['خوش آمد بگویید'],
    })
    expect(paid.receipt.join('\n')).toMatch(/رسید باشگاه\n.*مانده اعتبار.*۱۶٬۲۷۵ تومان/)
    expect(lane.requests.map(({ op }) => op)).toEqual(['open', 'redeem', 'complete'])
    expect(lane.requests[2]).toMatchObject({ tenders: [{ kind: 'card', amount: 400_000 }], sale: { total: 450_000 } })
  })

  test('that counts on with each message names the quote by the DE 37 that it was given', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const quote = await t.exchange(requests.quoteOf(t.begin(), sale))
    const later = requests.saleOf(t.begin(), { ...sale, paid: 405_000 })
    const paid = await t.ask({ ...later, fields: { ...later.fields, 37: quote.fields[37] ?? '' } })
    expect(paid.saleid).toBe(readAnswer(quote).saleid)
    expect(lane.requests[1]).toMatchObject({ op: 'complete' })
    await t.undo(later.fields[11] ?? '')
    expect([...lane.undone]).toEqual([paid.saleid])
  })

  test('that sends no quote only earns', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    expect(await t.ask(requests.saleOf(t.begin(), { ...sale, paid: 450_000, credential: phone }))).toMatchObject({ code: '00' })
    expect(lane.requests[0]).toMatchObject({
      op: 'record',
      credential: phone,
      originalid: expect.stringMatching(/^store-under-test\/T1\//),
    })
  })

  test('reports what it gave while nobody answered, and is never refused for a sum that is as it is', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const given = { discounts: [{ amount: 45_000, ruleid: 'first' }], redeemed: 5_000 }
    expect(await t.ask(requests.adviceOf(t.begin(), { ...sale, paid: 399_999, total: 1 }, given))).toMatchObject({ code: '00' })
    expect(lane.requests[0]).toMatchObject({
      op: 'record',
      sale: { total: 449_999, lines: [] },
      tenders: [{ kind: 'card', amount: 399_999 }],
      advice: { applied: [{ kind: 'discount', amount: 45_000, ruleid: 'first' }], redeemed: 5_000 },
    })
  })

  test('brings goods back, looks a sale up, closes its day, signs on and off', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    expect(await t.ask(requests.pastSaleOf(t.begin(), '7K3M9-QXZ2A'))).toMatchObject({ code: '00' })
    expect(await t.ask(requests.returnOf(t.begin(), { reference: '7K3M9-QXZ2A', amount: 100_000 }))).toMatchObject({ code: '00' })
    expect(lane.requests.slice(0, 2)).toMatchObject([
      { op: 'look-up', reference: '7K3M9QXZ2A' },
      { op: 'return', reference: '7K3M9QXZ2A', amount: 100_000 },
    ])
    const agreed = { sales: 3, total: 1_350_000, discount: 45_000, reversed: 1 }
    const closed = await t.exchange(requests.reconciliationOf(t.begin(), '2026-11-22', agreed))
    expect(closed.fields).toMatchObject({ 39: '00', 66: '1', 76: '0000000003', 88: '0000000001350000' })
    const differs = await t.exchange(requests.reconciliationOf(t.begin(), '2026-11-22', { ...agreed, sales: 4 }))
    expect(differs.fields[66]).toBe('2')
    expect(await t.ask(requests.networkOf(t.begin(), '001', { operator: 'زهرا', shift: '2' }))).toMatchObject({ code: '00' })
    expect(await t.ask(requests.networkOf(t.begin(), '002'))).toMatchObject({ code: '00' })
    const echo = await t.exchange(requests.networkOf(t.begin(), '301'))
    expect(echo.fields[48]).toMatch(/^TM024\d{4}-\d\d-\d\dT/)
  })

  test('whose message lacks a field hears which', async () => {
    const { terminal } = await startBox()
    const t = await terminal()
    const { 4: _, ...fields } = requests.saleOf(t.begin(), { ...sale, paid: 1 }).fields
    expect(await t.ask({ mti: '0200', fields })).toMatchObject({ code: '30', detail: 'DE 4 is missing' })
    expect(await t.ask({ mti: '0100', fields: { ...fields, 3: '990000' } })).toMatchObject({ code: '12' })
    expect(await t.ask({ mti: '0100', fields: { ...fields, 3: '310000' } })).toMatchObject({ code: '30' })
  })

  test('hears from a lane that is silent in time, and then the sale may be there: the reversal says what became of it', async () => {
    const { terminal, lane } = await startBox({ answerMs: 200 })
    const t = await terminal()
    const late = lane.holdBack('record')
    expect(await t.ask(requests.saleOf(t.begin(), { ...sale, paid: 450_000 }))).toMatchObject({ code: '68' })
    late.release()
    await t.recover()
    expect(t.journal.map(({ state }) => state)).toEqual(['undone'])
    expect(lane.undone.size).toBe(1)
  })
})

describe('each transaction counts once', () => {
  test('a repeat gets the original answer', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const message = requests.saleOf(t.begin(), { ...sale, paid: 450_000 })
    const first = await t.exchange(message)
    const again = await t.exchange(requests.repeatOf(message))
    expect(again).toEqual({ ...first, mti: '0210' })
    expect(lane.booked.size).toBe(1)
  })

  test('also from a box that was started anew, and from a terminal that restamps DE 7', async () => {
    const before = await startBox()
    const t = await before.terminal()
    const message = requests.saleOf(t.begin(), { ...sale, paid: 450_000 })
    const first = await t.ask(message)
    await before.connection.close()

    const after = await startBox({}, new Map())
    const again = await after.terminal()
    const repeat = requests.repeatOf({ ...message, fields: { ...message.fields, 7: '1231235959' } })
    expect(await again.ask(repeat)).toMatchObject({ code: '00', saleid: first.saleid })
  })

  test('a sale that nobody answered is undone, and nothing is left of it', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    t.fault('answer-lost')
    await expect(t.ask(requests.saleOf(t.begin(), { ...sale, paid: 450_000 }))).rejects.toMatchObject({ key: 'terminal.silence' })
    await t.recover()
    expect(t.journal[0]?.state).toBe('undone')
    expect(lane.undone.size).toBe(1)
    for (const saleid of lane.booked.keys()) expect(lane.undone).toContain(saleid)
  })

  test('the reversal of a sale that never came refuses it when it comes late, by either of its names', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const message = requests.saleOf(t.begin(), { ...sale, paid: 450_000 })
    const reversal = requests.reversalOf(message, '0420')
    // Some terminals put the time of the reversal into DE 12 and 13.
    const restamped = { ...reversal, fields: { ...reversal.fields, 12: '235959', 13: '0101' } }
    expect(await t.ask(restamped)).toMatchObject({ code: '00' })
    expect(await t.ask(message)).toMatchObject({ code: '25' })
    expect(lane.booked.size).toBe(0)
  })

  test('a storm of reversals undoes one sale', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    const message = requests.saleOf(t.begin(), { ...sale, paid: 450_000 })
    await t.ask(message)
    const storm = Array.from({ length: 10 }, (_, n) => requests.reversalOf(message, n % 2 ? '0400' : '0420'))
    for (const reversal of storm) expect((await t.ask(reversal)).code).toBe('00')
    expect(lane.undone.size).toBe(1)
  })

  test('a return that was not answered is sent again, and paid out once', async () => {
    const { terminal, lane } = await startBox()
    const t = await terminal()
    t.fault('answer-lost')
    const back = requests.returnOf(t.begin(), { reference: '7K3M9-QXZ2A', amount: 100_000 })
    await expect(t.ask(back)).rejects.toMatchObject({ key: 'terminal.silence' })
    await t.recover()
    expect(t.journal[0]?.state).toBe('done')
    expect(lane.booked.size).toBe(1)
  })
})

const keyText = '00112233445566778899AABBCCDDEEFF'
const macKey: MacKey = { algorithm: 'aes-cmac', key: Buffer.from(keyText, 'hex') }

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'vafa-iso-'))
  endings.push(() => rmSync(made, { recursive: true }))
  return made
}

function certificate(
  in_: string,
  name: string,
): { certFile: string; keyFile: string; fingerprint: string; cert: string; key: string } {
  const [certFile, keyFile] = [join(in_, `${name}.crt`), join(in_, `${name}.key`)]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...args, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  const cert = readFileSync(certFile, 'utf8')
  const fingerprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')
  return { certFile, keyFile, fingerprint, cert, key: readFileSync(keyFile, 'utf8') }
}

describe('who a terminal is', () => {
  test('comes from its port, whatever the message says', async () => {
    const ports = [await freePort(), await freePort()]
    const { host, terminal } = await startBox({
      terminals: ports.map((port, n) => ({ terminal: `T${n + 1}`, lane: `lane-${n + 1}`, port })),
    })
    const liar = await terminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port: ports[1] ?? 0 } } })
    await liar.ask(requests.saleOf(liar.begin(), { ...sale, paid: 450_000 }))
    expect(await host.event('till')).toMatchObject({ lane: 'lane-2', request: { originalid: expect.stringContaining('/T2/') } })
  })

  test('comes from its key: several terminals share a port, and a wrong MAC is nobody’s', async () => {
    const keyFile = join(folder(), 'key')
    writeFileSync(keyFile, keyText)
    const box = await startBox({
      port: 0,
      terminals: [1, 2].map((n) => ({ terminal: `T${n}`, lane: `lane-${n}`, mac: { keyFile } })),
    })
    const t = await box.terminal({ terminal: 'T2', mac: macKey })
    expect(await t.ask(requests.saleOf(t.begin(), { ...sale, paid: 450_000 }))).toMatchObject({ code: '00' })
    expect(await box.host.event('till')).toMatchObject({ lane: 'lane-2' })

    t.fault('wrong-mac')
    const forged = requests.saleOf(t.begin(), { ...sale, paid: 1 })
    expect(await t.ask(forged)).toMatchObject({ code: '63' })
    const unsigned = await box.terminal({ terminal: 'T1' })
    expect(await unsigned.ask(requests.saleOf(unsigned.begin(), { ...sale, paid: 1 }))).toMatchObject({ code: '63' })
    expect(box.lane.booked.size).toBe(1)
    await box.host.healthOf('degraded', /MAC is wrong/)
  })

  test('is kept apart for 64 at once on one port: each is heard on its own lane and gets its own answer', async () => {
    const keyFile = join(folder(), 'key')
    writeFileSync(keyFile, keyText)
    const numbers = Array.from({ length: 64 }, (_, n) => n + 1)
    const box = await startBox({
      port: 0,
      terminals: numbers.map((n) => ({ terminal: `T${n}`, lane: `lane-${n}`, mac: { keyFile } })),
    })
    const open = await Promise.all(numbers.map((n) => box.terminal({ terminal: `T${n}`, mac: macKey, trace: n })))
    const answers = await Promise.all(
      open.map((t, n) => t.ask(requests.saleOf(t.begin(), { total: 1_000 + n, paid: 1_000 + n }))),
    )
    expect(answers.map(({ code, amount }) => [code, amount])).toEqual(numbers.map((n) => ['00', 999 + n]))
    expect(new Set(answers.map(({ saleid }) => saleid)).size).toBe(64)
    const lanes = box.host.events.flatMap((event) => (event.kind === 'till' ? [event.lane] : []))
    expect(new Set(lanes).size).toBe(64)
  })

  test('keys are exchanged, and the old one still opens the next exchange', async () => {
    const keyFile = join(folder(), 'key')
    writeFileSync(keyFile, keyText)
    const box = await startBox({ port: 0, bitmap: 'hex', terminals: [{ terminal: 'T1', lane: 'lane-1', mac: { keyFile } }] })
    const t = await box.terminal({ mac: macKey, bitmap: 'hex' })
    for (let round = 0; round < 2; round += 1) {
      expect(await t.exchangeKeys()).toMatchObject({ code: '00' })
      expect(await t.ask(requests.networkOf(t.begin(), '301'))).toMatchObject({ code: '00' })
    }
  })

  test('comes from its certificate, and one that is not known here is not served', async () => {
    const made = folder()
    const [own, good, strange] = ['box', 'terminal', 'stranger'].map((name) => certificate(made, name))
    const box = await startBox({
      port: 0,
      tls: { certFile: own?.certFile, keyFile: own?.keyFile },
      terminals: [{ terminal: 'T1', lane: 'lane-1', certificate: good?.fingerprint }],
    })
    const tcp = { host: '127.0.0.1', port: box.port }
    const t = await box.terminal({ to: { tcp, tls: { cert: good?.cert ?? '', key: good?.key ?? '' } } })
    expect(await t.ask(requests.saleOf(t.begin(), { ...sale, paid: 450_000 }))).toMatchObject({ code: '00' })
    const stranger = await box.terminal({ to: { tcp, tls: { cert: strange?.cert ?? '', key: strange?.key ?? '' } } })
    await expect(stranger.ask(requests.networkOf(stranger.begin(), '301'))).rejects.toMatchObject({ key: 'terminal.silence' })
    await box.host.healthOf('degraded', /certificate/)
  })
})

describe('faults on the wire', () => {
  test('half a frame and a cut: the other terminals never notice, and the sale is undone', async () => {
    const ports = [await freePort(), await freePort()]
    const { lane, terminal } = await startBox({
      terminals: ports.map((port, n) => ({ terminal: `T${n + 1}`, lane: `lane-${n + 1}`, port })),
    })
    const [a, b] = await Promise.all(
      ports.map((port, n) => terminal({ terminal: `T${n + 1}`, to: { tcp: { host: '127.0.0.1', port } } })),
    )
    if (!a || !b) throw new Error('no terminals')
    a.fault('half-a-frame')
    await expect(a.ask(requests.saleOf(a.begin(), { ...sale, paid: 450_000 }))).rejects.toMatchObject({ key: 'terminal.silence' })
    expect(await b.ask(requests.saleOf(b.begin(), { ...sale, paid: 450_000 }))).toMatchObject({ code: '00' })
    await a.recover()
    expect(lane.booked.size).toBe(1)
    expect(lane.undone.size).toBe(1)
  })

  test('a bank card is not kept, not logged and not asked about', async () => {
    const { host, terminal } = await startBox()
    const t = await terminal()
    const message = requests.saleOf(t.begin(), { ...sale, paid: 450_000 })
    const answer = await t.exchange({
      ...message,
      fields: { ...message.fields, 2: '4111111111111111', 35: '4111111111111111=2912' },
    })
    expect(answer.fields[39]).toBe('00')
    expect(JSON.stringify([host.events, host.health, [...host.memory], answer])).not.toContain('4111')
  })
})

describe('settings that cannot be meant', () => {
  const fault = (options: Record<string, unknown>) =>
    posIso8583Options.safeParse({ terminals: [{ terminal: 'T1', lane: 'lane-1', port: 5_000 }], ...options }).error?.issues[0]
      ?.message
  test.each([
    [{ host: '0.0.0.0' }, /other machines could read/],
    [{ charset: 'ascii' }, /must be `en`/],
    [{ serial: { path: '/dev/ttyS0' } }, /must be `hex`/],
    [{ terminals: [{ terminal: 'T1', lane: 'lane-1' }] }, /how is it known/],
    [{ terminals: [1, 2].map(() => ({ terminal: 'T1', lane: 'lane-1', port: 0 })) }, /two terminals have the terminal T1/],
    [{ terminals: [{ terminal: 'T1', lane: 'lane-1', port: 1, certificate: 'AA'.repeat(32) }] }, /needs `tls`/],
  ])('%j', (options, message) => expect(fault(options)).toMatch(message))
})
