import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Connection, DeviceEvent, DeviceHost, Driver, PrintJob } from '#drivers/contract.ts'
import { tillMqttDriver } from '#drivers/till-mqtt/driver.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { Message } from '#protocol/messages.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import { makeSealingKey, unseal } from '#protocol/sealing.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import { VafaError } from '#runtime/errors.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { gatewayConfig } from './config.ts'
import { goodClub, startFakeClub } from './fake-club.ts'
import { startGateway } from './gateway.ts'

const receipt: ReceiptDocument = {
  version: 1,
  reference: 'ABCDE-FGHJK',
  provisional: false,
  blocks: [{ kind: 'heading', text: { fa: 'رسید باشگاه', en: 'Club receipt' } }],
}
const rules = {
  id: 'first',
  version: 7,
  currency: 'IRR',
  rules: [{ id: 'everyone-10', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }],
}
const { privateKey, ...programmeKey } = makeSigningKey('programme-1')
const signed = (document: object) => signDocument(JSON.stringify(document), { ...programmeKey, privateKey })
const uid = '04A1B2C3D4E5F6'

/** A store in a folder of its own, with devices whose far ends are in this test. */
function storeOf(options: { port: number; config?: object; devices?: object[] }) {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-gateway-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'password'), 'the store’s password\n')
  writeFileSync(join(folder, 'token-key'), 'k'.repeat(43))
  writeFileSync(join(folder, 'lane-password'), 'the lane’s password')
  const config = gatewayConfig.parse({
    store: 's1',
    club: { name: 'vafa', url: `mqtt://127.0.0.1:${options.port}`, secretFile: 'password' },
    tokenKey: { keyid: 'k1', secretFile: 'token-key' },
    programmeKeys: [programmeKey],
    database: 'gateway.sqlite',
    lanes: [{ lane: 'lane-1', budgetMs: 300, receipt: { via: 'till' } }],
    devices: [{ device: 'till-1', lane: 'lane-1', driver: 'fake', options: { is: 'till' } }, ...(options.devices ?? [])],
    ...options.config,
  })

  const hosts = new Map<string, DeviceHost>()
  const told: TillResponse[] = []
  const jobs: PrintJob[] = []
  const watchers = new Set<() => void>()
  const paper = { there: true, missed: 0 }
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const driver: Driver = {
    kind: 'fake',
    options: z.object({ is: z.enum(['till', 'printer', 'slow-printer']) }),
    async connect(given, host): Promise<Connection> {
      const { is } = given as { is: string }
      const closed = Promise.withResolvers<undefined>()
      hosts.set(host.device, host)
      changed()
      const send = (response: TillResponse) => {
        told.push(response)
        changed()
      }
      const print = async (job: PrintJob) => {
        if (!paper.there) {
          paper.missed += 1
          changed()
          throw new VafaError({ key: 'printer.paper', message: 'no paper', permanent: false })
        }
        jobs.push(job)
        changed()
        if (is === 'slow-printer')
          throw (await closed.promise) ?? new VafaError({ key: 'printer.gone', message: 'let go', permanent: false })
        return { outcome: 'confirmed' as const }
      }
      return {
        closed: closed.promise,
        close: async () => closed.resolve(undefined),
        ...(is === 'till' ? { till: { send } } : {}),
        ...(is.endsWith('printer') ? { printer: { width: 384, print } } : {}),
      }
    },
  }

  const start = async () => {
    const gateway = await startGateway({
      config,
      configFile: join(folder, 'gateway.yaml'),
      runtime: systemRuntime,
      log: silentLogger,
      drivers: new Map<string, Driver>([
        ['fake', driver],
        [tillMqttDriver.kind, tillMqttDriver],
      ]),
    })
    onTestFinished(() => gateway.close())
    return gateway
  }
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  const happens = async (device: string, event: DeviceEvent) => {
    await until(() => hosts.has(device))
    hosts.get(device)?.event(event)
  }
  const till = (request: TillRequest) => happens('till-1', { kind: 'till', at: 0, request })
  const answer = async <Op extends TillResponse['op']>(op: Op, re?: string) => {
    const is = (r: TillResponse): r is Extract<TillResponse, { op: Op }> => r.op === op && (re === undefined || r.re === re)
    await until(() => told.some(is))
    return told.find(is) as Extract<TillResponse, { op: Op }>
  }
  /** Rings a sale up and pays what the quote says. */
  const sell = async (name = 'r1') => {
    await till({ op: 'open', id: `open-${name}`, sale: { tillreceipt: name, total: 100_000, lines: [] } })
    const quote = await answer('quote', `open-${name}`)
    await till({ op: 'complete', id: `pay-${name}`, saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] })
    return quote
  }
  const tap = () => till({ op: 'present', id: 'tap', credential: { kind: 'nfc-uid', value: uid } })
  return { folder, start, until, till, tap, happens, answer, sell, told, jobs, paper, hosts }
}

/** A store whose lane prints its receipts itself. */
const printingStore = (port: number) =>
  storeOf({
    port,
    config: { lanes: [{ lane: 'lane-1', receipt: { via: 'own' } }] },
    devices: [{ device: 'printer-1', lane: 'lane-1', driver: 'fake', options: { is: 'printer' } }],
  })

/** Asks until the copy is printed, as a till may: while the receipt itself is on its way there is none. */
const reprinted = async (store: ReturnType<typeof storeOf>, saleid: string) => {
  for (let attempt = 1; ; attempt += 1) {
    const id = `again-${attempt}`
    await store.till({ op: 'reprint', id, saleid })
    await store.until(() => store.told.some(({ re }) => re === id))
    const answer = store.told.find(({ re }) => re === id)
    if (answer?.op === 'printed') return answer
    expect(answer).toMatchObject({ error: { key: 'receipt.not-printed', retryable: true } })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const clubOf = async (answer: (message: Message) => Partial<Reply> | undefined = answerWell, port?: number) => {
  const club = await startFakeClub({ answer, ...(port === undefined ? {} : { port }) })
  onTestFinished(() => club.close())
  return club
}
const answerWell = (message: Message): Partial<Reply> => {
  if (message.type === 'vafa.sale.quoted.v1')
    return {
      quote: {
        quoteid: message.data.saleid,
        validuntil: '2030-01-01T00:00:00.000Z',
        total: 100_000,
        discount: 5_000,
        payable: 95_000,
      },
      effects: [{ kind: 'discount', ruleid: 'first-purchase', desired: 5_000, granted: 5_000, currency: 'IRR' }],
    }
  return message.type === 'vafa.sale.completed.v1' ? { receipt } : goodClub(message)
}
const online = async (club: Awaited<ReturnType<typeof clubOf>>, gateway: { readonly online: boolean }) => {
  await club.until(() => club.messages.some(({ type }) => type === 'vafa.box.heartbeat.v1'))
  while (!gateway.online) await new Promise((resolve) => setImmediate(resolve))
}
/** A port at which nothing listens. */
const nobody = async () => {
  const club = await startFakeClub()
  await club.close()
  return club.port
}

describe('a store’s gateway', () => {
  it('is ready within a second, with neither club nor devices', async () => {
    const store = storeOf({ port: await nobody() })
    const began = performance.now()
    await store.start()
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  it('leaves out a device that is configured wrongly, says where, and the rest works', async () => {
    const devices = [
      { device: 'odd-1', lane: 'lane-1', driver: 'fake', options: { is: 'toaster' } },
      { device: 'odd-2', lane: 'lane-1', driver: 'toaster' },
      { device: 'odd-3', lane: 'lane-9', driver: 'fake', options: { is: 'till' } },
    ]
    const club = await clubOf()
    const store = storeOf({ port: club.port, devices })
    const gateway = await store.start()
    await store.till({ op: 'ping', id: 'p1' })
    await store.answer('pong', 'p1')
    const reasons = Object.fromEntries(gateway.health().map(({ device, status, reason }) => [device, `${status} ${reason}`]))
    expect(reasons['odd-1']).toMatch(/^absent .*gateway\.yaml: devices\.1\.options\.is: /)
    expect(reasons['odd-2']).toMatch(/devices\.2\.driver: there is no driver “toaster”/)
    expect(reasons['odd-3']).toMatch(/devices\.3\.lane: there is no lane “lane-9”/)
    await club.until(() => club.last(club.topics.device('odd-1'))?.status === 'absent')
    await club.until(() => club.last(club.topics.device('till-1'))?.status === 'ready')
  })

  it('takes a card to a quote, a sale and its receipt; the raw number stays in the box’s memory', async () => {
    const club = await clubOf()
    const store = storeOf({ port: club.port })
    const gateway = await store.start()
    await online(club, gateway)
    await store.tap()
    await store.answer('member', 'tap')
    const quote = await store.sell()
    expect(quote).toMatchObject({ discount: 5_000, payable: 95_000, decidedBy: 'club' })
    expect(await store.answer('result', 'pay-r1')).toMatchObject({ status: 'accepted', saleid: quote.saleid, receipt })
    const order = store.told.map(({ op }) => op)
    expect(order.indexOf('completed')).toBeLessThan(order.indexOf('result'))
    expect(club.facts()).toMatchObject([
      {
        type: 'vafa.sale.completed.v1',
        sequence: '000000000000001',
        data: { payable: 95_000, member: { keyid: 'k1', token: expect.any(String) } },
      },
    ])
    await gateway.close()
    const everything = [
      JSON.stringify(club.messages),
      ...readdirSync(store.folder).map((name) => readFileSync(join(store.folder, name), 'latin1')),
    ]
    for (const text of everything) expect(text.toUpperCase()).not.toContain(uid)
  })

  it('takes no phone for a credential that is no mobile: nobody signs up with a typo, and the club never hears of it', async () => {
    const club = await clubOf()
    const store = storeOf({ port: club.port })
    const gateway = await store.start()
    await online(club, gateway)
    await store.till({ op: 'present', id: 'typo', credential: { kind: 'phone', value: '0912 777' } })
    const { error } = await store.answer('error', 'typo')
    expect(error).toMatchObject({ key: 'request.invalid', reason: expect.stringContaining('09123456789') })
    expect(JSON.stringify(error)).not.toContain('777')
    await store.till({ op: 'enrol', id: 'e1', profile: {}, consents: [] })
    expect(await store.answer('error', 'e1')).toMatchObject({ error: { key: 'request.invalid' } })
    expect(club.messages.some(({ type }) => type === 'vafa.credential.presented.v1')).toBe(false)
  })

  it('prints the receipt on the lane’s own printer, and tells the club what was handed over', async () => {
    const club = await clubOf()
    const store = printingStore(club.port)
    const gateway = await store.start()
    await online(club, gateway)
    const { saleid } = await store.sell()
    await club.until(() => club.facts().some(({ type }) => type === 'vafa.receipt.printed.v1'))
    expect(store.jobs).toHaveLength(1)
    expect(store.jobs[0]?.bands.every(({ width }) => width === 384)).toBe(true)
    expect(club.facts().at(-1)).toMatchObject({
      source: '/stores/s1/devices/printer-1',
      data: { saleid, reference: receipt.reference, via: 'own', provisional: false, confirmed: true },
    })
  })

  it('gives the till its result also when the printer has no paper, and a copy of the receipt when there is some', async () => {
    const club = await clubOf()
    const store = printingStore(club.port)
    const gateway = await store.start()
    await online(club, gateway)
    store.paper.there = false
    const { saleid } = await store.sell()
    expect(await store.answer('result', 'pay-r1')).toMatchObject({ status: 'accepted' })
    await store.until(() => store.paper.missed === 1)
    await store.till({ op: 'reprint', id: 'copy-1', saleid })
    expect(await store.answer('error', 'copy-1')).toMatchObject({ error: { key: 'receipt.not-printed' } })

    store.paper.there = true
    expect(await reprinted(store, saleid)).toMatchObject({ op: 'printed', saleid })
    expect(store.jobs).toHaveLength(1)
    await club.until(() => club.facts().some(({ type }) => type === 'vafa.receipt.printed.v1'))
    expect(club.facts().at(-1)).toMatchObject({ data: { saleid, reference: receipt.reference } })

    await store.sell('r2')
    await store.until(() => store.jobs.length === 2)
    const [copy, original] = store.jobs.map(({ bands }) => bands.reduce((sum, { height }) => sum + height, 0))
    expect(copy).toBeGreaterThan(original ?? 0)
  })

  it('cut off from the club prints the provisional receipt again, and knows no sale of another store', async () => {
    const store = printingStore(await nobody())
    await store.start()
    const { saleid } = await store.sell()
    await store.answer('result', 'pay-r1')
    await store.until(() => store.jobs.length === 1)
    await store.till({ op: 'complete', id: 'later', saleid, tenders: [{ kind: 'cash', amount: 100_000 }] })
    await store.answer('result', 'later')
    await reprinted(store, saleid)
    expect(store.jobs).toHaveLength(2)
    await store.till({ op: 'reprint', id: 'unknown', saleid: systemRuntime.uuid() })
    expect(await store.answer('error', 'unknown')).toMatchObject({ error: { key: 'sale.unknown' } })
  })

  it('on a lane whose till prints has nothing to print again', async () => {
    const store = storeOf({ port: await nobody() })
    await store.start()
    const { saleid } = await store.sell()
    await store.till({ op: 'reprint', id: 'copy', saleid })
    expect(await store.answer('error', 'copy')).toMatchObject({ error: { key: 'request.invalid' } })
  })

  it('that goes down in the middle of printing prints the receipt after the restart', async () => {
    const club = await clubOf()
    const store = storeOf({
      port: club.port,
      config: { lanes: [{ lane: 'lane-1', receipt: { via: 'own' } }] },
      devices: [{ device: 'printer-1', lane: 'lane-1', driver: 'fake', options: { is: 'slow-printer' } }],
    })
    const before = await store.start()
    await online(club, before)
    await store.sell()
    await store.until(() => store.jobs.length === 1)
    await before.close()
    await store.start()
    await store.until(() => store.jobs.length === 2)
    expect(club.facts().map(({ type }) => type)).toEqual(['vafa.sale.completed.v1'])
  })

  it('cut off from the club sells on, with a provisional receipt, and the club books it by the original later', async () => {
    const port = await nobody()
    const first = await clubOf(undefined, port)
    const store = storeOf({ port })
    const gateway = await store.start()
    await first.send(first.topics.down('programme'), { current: signed(rules) }, true)
    await online(first, gateway)
    await first.close()
    await store.tap()
    const { saleid, payable } = await store.sell()
    expect(payable).toBe(100_000)
    const result = await store.answer('result', 'pay-r1')
    expect(result).toMatchObject({
      status: 'provisional',
      receipt: { provisional: true },
      effects: [{ kind: 'credit', ruleid: 'everyone-10', granted: 10_000 }],
    })

    const club = await clubOf(undefined, port)
    await club.until(() => club.facts().length === 2)
    const [sale, advice] = club.facts()
    expect(sale).toMatchObject({ type: 'vafa.sale.completed.v1', data: { saleid } })
    expect(advice).toMatchObject({
      type: 'vafa.decision.advised.v1',
      orderkey: sale?.orderkey,
      data: { original: sale, programmeVersion: 7 },
    })
    await online(club, gateway)
    expect(store.told.filter(({ op }) => op === 'result')).toHaveLength(1)
  })

  it('waits for the club no longer than the lane’s budget, and not at all for the next customer', async () => {
    const club = await clubOf()
    const store = storeOf({ port: club.port })
    const gateway = await store.start()
    await online(club, gateway)
    club.answerWith((message) => (message.type === 'vafa.sale.quoted.v1' ? answerWell(message) : undefined))
    await store.sell('r1')
    expect(await store.answer('result', 'pay-r1')).toMatchObject({ status: 'provisional', effects: [] })
    const began = performance.now()
    await store.sell('r2')
    await store.answer('result', 'pay-r2')
    expect(performance.now() - began).toBeLessThan(250)
  })

  it('that restarts between disk and reply sends the sale again and hands the receipt over once', async () => {
    const club = await clubOf((message) => (message.type === 'vafa.sale.completed.v1' ? undefined : answerWell(message)))
    const store = storeOf({
      port: club.port,
      config: { lanes: [{ lane: 'lane-1', budgetMs: 30_000, receipt: { via: 'till' } }] },
    })
    const before = await store.start()
    await online(club, before)
    const { saleid } = await store.sell()
    await store.answer('completed')
    await club.until(() => club.facts().length === 1)
    await before.close()

    club.answerWith(answerWell)
    store.hosts.clear()
    const after = await store.start()
    expect(await store.answer('result')).toMatchObject({ saleid, status: 'accepted', receipt })
    expect(club.facts()).toHaveLength(2)
    expect(club.facts()[1]).toEqual(club.facts()[0])

    await store.till({ op: 'complete', id: 'again', saleid, tenders: [{ kind: 'cash', amount: 95_000 }] })
    expect(await store.answer('result', 'again')).toMatchObject({ saleid, receipt })
    await after.close()
    store.hosts.clear()
    store.told.length = 0
    await store.start()
    await store.till({ op: 'ping', id: 'p' })
    await store.answer('pong')
    expect(store.told.some(({ op }) => op === 'result')).toBe(false)
  })

  it('that restarts before the club has answered prints the slip of a return when it has, once', async () => {
    const club = await clubOf((message) => (message.type === 'vafa.sale.returned.v1' ? undefined : answerWell(message)))
    const store = printingStore(club.port)
    const before = await store.start()
    await online(club, before)
    const { saleid } = await store.sell()
    await store.until(() => store.jobs.length === 1)
    await store.till({ op: 'return', id: 'b', saleid, lines: [], amount: 10_000 })
    await store.answer('returned', 'b')
    await club.until(() => club.facts().some(({ type }) => type === 'vafa.sale.returned.v1'))
    await before.close()

    club.answerWith((message) => (message.type === 'vafa.sale.returned.v1' ? { receipt } : answerWell(message)))
    store.hosts.clear()
    const after = await store.start()
    await store.until(() => store.jobs.length === 2)
    await after.close()
    store.hosts.clear()
    await store.start()
    await store.till({ op: 'ping', id: 'p' })
    await store.answer('pong')
    expect(store.jobs).toHaveLength(2)
  })

  it('brings back what its own till sold a moment ago, by the till’s number, behind that sale', async () => {
    const club = await clubOf((message) => (message.type === 'vafa.sale.completed.v1' ? undefined : answerWell(message)))
    const store = storeOf({ port: club.port })
    await online(club, await store.start())
    await store.sell('0871')
    await store.answer('completed')
    await store.till({ op: 'return', id: 'b', reference: '0871', lines: [], amount: 10_000 })
    await store.answer('returned', 'b')
    await club.until(() => club.facts().length === 1)
    const [sale] = club.facts()
    expect(sale?.type).toBe('vafa.sale.completed.v1')
    await club.reply(sale?.id ?? '')
    await club.until(() => club.facts().length === 2)
    expect(club.facts()[1]).toMatchObject({ type: 'vafa.sale.returned.v1', orderkey: sale?.orderkey })
  })

  it('in training sends neither name nor consent of whoever is signed up, and touches nobody’s finger', async () => {
    const club = await clubOf()
    const store = storeOf({
      port: club.port,
      config: { lanes: [{ lane: 'lane-1', mode: 'training', receipt: { via: 'till' } }] },
    })
    await online(club, await store.start())
    const profile = { displayName: 'Sara', mobile: '+989121234567' }
    await store.till({ op: 'enrol', id: 'e', profile, consents: [{ purpose: 'promotion', given: true }] })
    await store.answer('enrolled', 'e')
    await club.until(() => club.facts().length === 1)
    expect(club.facts()).toMatchObject([{ type: 'vafa.member.enrolled.v1', data: { mode: 'training', consents: [] } }])
    expect(club.facts()[0]?.data).not.toHaveProperty('profile')
    await store.till({ op: 'forget-finger', id: 'f' })
    expect(await store.answer('error', 'f')).toMatchObject({ error: { key: 'sale.training' } })
  })

  it('that restarts between quote and payment still knows member and discount', async () => {
    const club = await clubOf()
    const store = storeOf({ port: club.port })
    const before = await store.start()
    await online(club, before)
    await store.tap()
    await store.till({ op: 'open', id: 'o', sale: { tillreceipt: 'r1', total: 100_000, lines: [] } })
    const { saleid } = await store.answer('quote', 'o')
    await before.close()
    store.hosts.clear()
    await store.start()
    await store.till({ op: 'complete', id: 'c', saleid, tenders: [{ kind: 'cash', amount: 95_000 }] })
    await store.answer('completed', 'c')
    await club.until(() => club.facts().length === 1)
    expect(club.facts()[0]).toMatchObject({ data: { member: { keyid: 'k1' }, applied: [{ amount: 5_000 }], payable: 95_000 } })
  })

  it('signs a customer up with the profile sealed to the club, and not without its key', async () => {
    const key = makeSealingKey('seal-1')
    const club = await clubOf((message) =>
      message.type === 'vafa.credential.presented.v1'
        ? { status: 'declined', error: describeError('credential.unknown') }
        : answerWell(message),
    )
    const store = storeOf({ port: club.port })
    const gateway = await store.start()
    await online(club, gateway)
    await store.tap()
    expect(await store.answer('error', 'tap')).toMatchObject({ error: { key: 'credential.unknown' } })
    const enrol = (id: string) =>
      store.till({ op: 'enrol', id, profile: { displayName: 'Sara', mobile: '+989121234567' }, consents: [] })
    await enrol('e1')
    expect(await store.answer('error', 'e1')).toMatchObject({ error: { key: 'club.unavailable' } })

    await club.send(club.topics.down('keys'), { sealing: { keyid: key.keyid, publicKey: key.publicKey } }, true)
    await club.send(club.topics.command('ping'), command())
    await club.until(() => club.last(club.topics.result('ping'))?.status === 'ok')
    await enrol('e2')
    const { memberid } = await store.answer('enrolled', 'e2')
    await club.until(() => club.facts().length === 1)
    const [fact] = club.facts()
    expect(JSON.stringify(fact)).not.toContain('9121234567')
    if (fact?.type !== 'vafa.member.enrolled.v1' || !fact.data.profile) throw new Error('no profile')
    expect(fact.data.memberid).toBe(memberid)
    expect(unseal(fact.data.profile, key)).toEqual({ displayName: 'Sara', mobile: '+989121234567' })
  })

  it('passes a product that its scanner read on to the till, and nothing of it to the club', async () => {
    const club = await clubOf(answerWell)
    const store = storeOf({ port: club.port })
    await online(club, await store.start())
    await store.happens('till-1', { kind: 'scan', at: 0, scan: { is: 'product', code: '96385074', gtin: '00000096385074' } })
    expect(await store.answer('scanned')).toEqual({ op: 'scanned', is: 'product', code: '96385074', gtin: '00000096385074' })
    await store.tap()
    await store.answer('member')
    expect(JSON.stringify(club.messages)).not.toContain('96385074')
  })

  it('keeps the last good programme when the club sends one that is none', async () => {
    const port = await nobody()
    const club = await clubOf(undefined, port)
    const store = storeOf({ port })
    const before = await store.start()
    await online(club, before)
    await club.send(club.topics.down('programme'), { current: signed(rules) })
    await club.send(club.topics.down('programme'), { current: signed({ ...rules, version: 'eight' }) })
    await club.send(club.topics.down('programme'), 'garbage')
    await club.send(club.topics.command('status'), command())
    await club.until(() => club.last(club.topics.result('status'))?.status === 'ok')
    await before.close()
    await club.close()
    store.hosts.clear()
    await store.start()
    await store.tap()
    await store.sell()
    expect(await store.answer('result')).toMatchObject({ status: 'provisional', effects: [{ granted: 10_000 }] })
  })
})

const command = () => ({ requestid: systemRuntime.uuid(), actor: 'test', expiresat: new Date(Date.now() + 60_000).toISOString() })

describe('the box’s own broker', () => {
  it('lets a kiosk present a card at its lane, read its screen and its answers, and nothing of another lane', async () => {
    const club = await clubOf()
    const store = storeOf({
      port: club.port,
      config: {
        localBroker: { port: 0 },
        lanes: [
          { lane: 'kiosk-1', receipt: { via: 'till' }, secretFile: 'lane-password' },
          { lane: 'lane-1', receipt: { via: 'till' } },
        ],
      },
    })
    const gateway = await store.start()
    await online(club, gateway)
    const base = 'vafa/v1/vafa/stores/s1/lanes'
    await expect.poll(() => gateway.ports.devices.get('local-broker')?.port).toBeDefined()
    const kiosk = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.ports.devices.get('local-broker')?.port}`, {
      clientId: 'kiosk-1',
      username: 'kiosk-1',
      password: 'the lane’s password',
      protocolVersion: 4,
    })
    onTestFinished(() => kiosk.endAsync(true))
    const heard: { topic: string; body: Record<string, unknown> }[] = []
    const member = new Promise<void>((resolve) => {
      kiosk.on('message', (topic, payload) => {
        heard.push({ topic, body: JSON.parse(String(payload)) })
        if (heard.some(({ body }) => body.op === 'member') && heard.some(({ body }) => body.state === 'presented')) resolve()
      })
    })
    await expect(kiosk.subscribeAsync(`${base}/lane-1/input`, { qos: 1 })).rejects.toThrow()
    await expect(kiosk.subscribeAsync(`${base}/+/replies`, { qos: 1 })).rejects.toThrow()
    await kiosk.subscribeAsync([`${base}/kiosk-1/screen`, `${base}/kiosk-1/replies`], { qos: 1 })
    await kiosk.publishAsync(
      `${base}/kiosk-1/input`,
      JSON.stringify({ op: 'present', id: 'k1', credential: { kind: 'phone', value: '09121234567' } }),
      { qos: 1 },
    )
    await member
    expect(heard).toContainEqual({ topic: `${base}/kiosk-1/replies`, body: expect.objectContaining({ op: 'member', re: 'k1' }) })
    expect(JSON.stringify([heard, club.messages])).not.toContain('9121234567')
  })
})
