import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Connection } from '#drivers/contract.ts'
import { posNexoDriver } from '#drivers/pos-nexo/driver.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { type Certificate, makeTrialCertificate } from '#simulators/network/certificate.ts'
import type { NexoSale } from '#simulators/nexo-till/messages.ts'
import {
  answerFrom,
  createNexoTill,
  type NexoAnswer,
  type NexoTillOptions,
  transactionOf,
} from '#simulators/nexo-till/nexo-till.ts'
import { laneBehind } from './lane-of-tests.ts'
import { createTestHost, hastyRuntime, type TestHost } from './test-host.ts'

const keys = {
  one: 'a key of the first till alone, long',
  two: 'a key of the second till alone, long',
  stranger: 'a key that nobody has been given',
}
const party = { saleid: 'Till-1', poiid: 'VAFA-1' }
const sale: NexoSale = {
  transaction: { TransactionID: '000871', TimeStamp: '2026-11-22T09:30:00Z' },
  items: [{ product: 'tea', amount: 450_000 }],
}
const memberid = '01890a5d-ac96-774b-bcce-b302099a0001'
const sara: Extract<TillResponse, { op: 'member' }> = {
  op: 'member',
  member: { memberid, number: '100042', visits: 3 },
  balances: [{ unit: 'credit', currency: 'IRR', available: 120_000, pending: 0 }],
  prompts: [],
}
const quoteOf = (saleid: string, discount = 22_500): TillResponse => ({
  op: 'quote',
  saleid,
  total: 450_000,
  discount,
  payable: 450_000 - discount,
  effects: [{ kind: 'discount', ruleid: 'first', desired: discount, granted: discount, currency: 'IRR' }],
  prompts: [],
  decidedBy: 'club',
})
const resultOf = (saleid?: string): TillResponse => ({
  op: 'result',
  ...(saleid === undefined ? {} : { saleid }),
  status: 'accepted',
  member: sara.member,
  balances: sara.balances,
  effects: [{ kind: 'credit', ruleid: 'base', desired: 42_750, granted: 42_750, currency: 'IRR' }],
  prompts: [],
})

let folder: string
let box: Certificate
let host: TestHost
let lane: ReturnType<typeof laneBehind>
let connection: Connection | undefined
const sockets: WebSocket[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-nexo-'))
  box = await makeTrialCertificate()
  for (const [name, text] of Object.entries({
    'box.crt': box.certificate,
    'box.key': box.privateKey,
    one: keys.one,
    two: keys.two,
  }))
    writeFileSync(join(folder, name), text, { mode: 0o600 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  host = createTestHost('nexo-1')
  lane = laneBehind(host, () => connection?.till)
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await connection?.close()
  connection = undefined
})

async function open(options: object = {}): Promise<number> {
  connection = await posNexoDriver.connect(posNexoDriver.options.parse({ port: 0, tills: [party], ...options }), host.host)
  return connection.address?.port ?? 0
}
const till = (port: number, more: Partial<NexoTillOptions> = {}) => createNexoTill({ ...party, port, trust: 'none', ...more })
const tls = () => ({ certFile: join(folder, 'box.crt'), keyFile: join(folder, 'box.key') })
const saleOf = (answer: NexoAnswer) => transactionOf(answer)
const asked = (op: string) => lane.asked.filter((request) => request.op === op)
const pairsOf = ({ response }: NexoAnswer) => new URLSearchParams(response?.AdditionalResponse ?? '')

/** The lane quotes, completes and undoes whatever it is asked. */
function obligingLane() {
  lane.answers({
    open: ({ saleid = '' }) => [{ op: 'opened', saleid }, quoteOf(saleid)],
    complete: ({ saleid, tenders }) =>
      tenders[0]?.amount === 427_500
        ? [{ op: 'completed', saleid }, resultOf(saleid)]
        : [{ op: 'error', error: describeError('request.invalid', 'not what was due') }],
    record: ({ saleid = '' }) => [{ op: 'completed', saleid }, resultOf(saleid)],
    reverse: ({ saleid }) => [{ op: 'reversed', saleid }, resultOf(saleid)],
    cancel: () => [{ op: 'cancelled' }],
    present: () => [sara],
    ping: () => [{ op: 'pong', uplink: 'online' }],
  })
}

describe('a card acquisition', () => {
  test('waits for a tap and names the member; whose rebate needs no second tap', async () => {
    obligingLane()
    const client = till(await open())
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    lane.says(sara)
    const acquired = await waiting
    expect(acquired.response?.Result).toBe('Success')
    expect(acquired.body).toMatchObject({ LoyaltyAccount: [{ LoyaltyAccountID: { LoyaltyID: '100042' }, LoyaltyBrand: 'Vafa' }] })
    await client.loyalty({ type: 'Rebate', sale, acquisition: transactionOf(acquired) })
    expect(asked('open')).toMatchObject([{ sale: { tillreceipt: '000871', total: 450_000 } }])
    expect(asked('open')[0]).not.toHaveProperty('credential')
  })

  test('takes somebody who has tapped already', async () => {
    const client = till(await open())
    lane.says(sara)
    expect((await client.acquire(sale)).response?.Result).toBe('Success')
  })

  test('never names somebody whom another till of the lane has served meanwhile', async () => {
    host = createTestHost('nexo-1', hastyRuntime)
    const client = till(await open())
    lane.says(sara)
    lane.says({ op: 'completed', re: 'another-till-7', saleid: memberid })
    expect((await client.acquire(sale, { seconds: 1 })).response).toMatchObject({ ErrorCondition: 'Cancel' })
  })

  test('says why a card is nobody’s, in the words of the catalogue', async () => {
    obligingLane()
    const client = till(await open())
    await client.call('Login', { OperatorLanguage: 'en' })
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    lane.says({ op: 'error', error: describeError('credential.random') })
    const refused = await waiting
    expect(refused.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'InvalidCard' })
    expect(pairsOf(refused).get('hint')).toBe('Ask for the club card or the mobile number.')
  })

  test('without the club is a card all the same: it earns later', async () => {
    obligingLane()
    const client = till(await open())
    const waiting = client.acquire(sale)
    await client.call('Diagnosis', {})
    lane.says({ op: 'error', error: describeError('club.unavailable') })
    expect((await waiting).response?.Result).toBe('Partial')
  })

  test('ends when its time is over', async () => {
    host = createTestHost('nexo-1', hastyRuntime)
    const client = till(await open())
    const late = await client.acquire(sale, { seconds: 1 })
    expect(late.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Cancel' })
  })

  test('is ended by an abort that names it, and by no other', async () => {
    obligingLane()
    const client = till(await open())
    const waiting = client.acquire(sale, { serviceid: 'acq-1' })
    await client.call('Diagnosis', {})
    expect((await client.abort('another')).text).toBe('')
    expect((await client.statusOf('acq-1')).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'InProgress' })
    expect((await client.abort('acq-1')).text).toBe('')
    expect((await waiting).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Aborted' })
  })

  test('is ended by a till that lets the transaction go, and so is what somebody tapped before', async () => {
    obligingLane()
    const client = till(await open())
    const waiting = client.acquire(sale)
    expect((await client.call('EnableService', { TransactionAction: 'StartTransaction' })).response?.Result).toBe('Success')
    expect((await client.call('EnableService', { TransactionAction: 'AbortTransaction' })).response?.Result).toBe('Success')
    expect((await waiting).response).toMatchObject({ Result: 'Failure', ErrorCondition: 'Aborted' })

    lane.says(sara)
    await client.call('EnableService', { TransactionAction: 'AbortTransaction' })
    expect(asked('cancel')).toHaveLength(1)
    // Who tapped before it would be named at once; it waits for somebody else.
    const next = client.acquire(sale)
    await client.call('Diagnosis', {})
    lane.says({ ...sara, member: { memberid: 'm-43', number: '100043', visits: 1 } })
    expect((await next).body).toMatchObject({ LoyaltyAccount: [{ LoyaltyAccountID: { LoyaltyID: '100043' } }] })
  })

  test('keeps others out while it waits; one whose till has hung up makes way', async () => {
    obligingLane()
    const client = till(await open())
    const hangUp = new AbortController()
    const waiting = client.acquire(sale, { signal: hangUp.signal })
    await client.call('Diagnosis', {})
    expect((await client.loyalty({ type: 'Rebate', sale })).response).toMatchObject({ ErrorCondition: 'Busy' })
    hangUp.abort()
    await expect(waiting).rejects.toMatchObject({ key: 'till.ended' })
    await expect.poll(async () => (await client.loyalty({ type: 'Rebate', sale })).response?.Result).toBe('Success')
  })
})

describe('a sale over nexo', () => {
  test('is quoted by Rebate and completed by Award, as one sale', async () => {
    obligingLane()
    const client = till(await open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    expect(rebate.body).toMatchObject({ LoyaltyResult: [{ Rebates: { TotalRebate: 22_500, RebateLabel: 'first' } }] })
    expect(pairsOf(rebate).get('payable')).toBe('427500')
    const award = await client.loyalty({ type: 'Award', sale })
    expect(award.body).toMatchObject({
      SaleData: { SaleTransactionID: sale.transaction },
      LoyaltyResult: [{ CurrentBalance: 120_000, LoyaltyAmount: { Value: 42_750, Currency: 'IRR', LoyaltyUnit: 'Monetary' } }],
    })
    expect(saleOf(award)).toBe(saleOf(rebate))
    expect(asked('complete')).toMatchObject([{ saleid: saleOf(award), tenders: [{ kind: 'other', amount: 427_500 }] }])
  })

  test('that was not quoted is recorded as paid, for whom the till names', async () => {
    obligingLane()
    const client = till(await open())
    const award = await client.loyalty({
      type: 'Award',
      sale,
      account: { IdentificationType: 'PhoneNumber', LoyaltyID: '09120000001' },
    })
    expect(award.response?.Result).toBe('Success')
    expect(lane.asked.map(({ op }) => op)).toEqual(['present', 'record'])
    expect(asked('record')[0]).not.toHaveProperty('credential')
    expect(JSON.stringify([...host.memory.values()])).not.toContain('09120000001')
  })

  test('for another sum than was quoted is not booked', async () => {
    obligingLane()
    const client = till(await open())
    await client.loyalty({ type: 'Rebate', sale })
    const other = { ...sale, items: [{ product: 'tea', amount: 460_000 }] }
    expect((await client.loyalty({ type: 'Award', sale: other })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
    expect(asked('complete')).toEqual([])
  })

  test('whose price a tap has changed meanwhile is not booked at a price that nobody was told', async () => {
    obligingLane()
    const client = till(await open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    lane.says(quoteOf(saleOf(rebate), 100_000))
    const award = await client.loyalty({ type: 'Award', sale })
    expect(award.response).toMatchObject({ ErrorCondition: 'NotAllowed' })
    expect(pairsOf(award).get('payable')).toBe('350000')
  })

  test('takes some of the credit, and gives it back', async () => {
    obligingLane()
    lane.answers({
      redeem: ({ saleid, amount }) => [{ ...quoteOf(saleid), payable: 427_500 - amount, redeemed: amount } as TillResponse],
    })
    const client = till(await open())
    const redemption = await client.loyalty({ type: 'Redemption', sale, redeem: 100_000 })
    expect(redemption.body).toMatchObject({ LoyaltyResult: [{ LoyaltyAmount: { Value: 100_000 } }] })
    expect(pairsOf(redemption).get('payable')).toBe('327500')
    const back = await client.loyalty({ type: 'RedemptionRefund', sale, original: saleOf(redemption) })
    expect(back.response?.Result).toBe('Success')
    expect(asked('redeem')).toMatchObject([{ amount: 100_000 }, { amount: 0 }])
    expect((await client.loyalty({ type: 'Award', sale })).response?.Result).toBe('Success')
  })

  test('that is paid is reversed; one that is not is cancelled', async () => {
    obligingLane()
    const client = till(await open())
    const rebate = await client.loyalty({ type: 'Rebate', sale })
    expect((await client.reverse(saleOf(rebate))).response?.Result).toBe('Success')
    expect(asked('cancel')).toMatchObject([{ saleid: saleOf(rebate) }])
    await client.loyalty({ type: 'Rebate', sale })
    await client.loyalty({ type: 'Award', sale })
    expect((await client.reverse(saleOf(rebate))).response?.Result).toBe('Success')
    expect(asked('reverse')).toMatchObject([{ saleid: saleOf(rebate), reason: 'operator' }])
  })

  test('comes back in part: the three refunds of one transaction are one return', async () => {
    obligingLane()
    lane.answers({ return: ({ returnid = '', saleid }) => [{ op: 'returned', returnid }, resultOf(saleid)] })
    const client = till(await open())
    const award = await client.loyalty({ type: 'Award', sale })
    const back = { ...sale, transaction: { ...sale.transaction, TransactionID: '000872' } }
    for (const type of ['AwardRefund', 'RebateRefund', 'RedemptionRefund'] as const)
      expect((await client.loyalty({ type, sale: back, original: saleOf(award) })).response?.Result).toBe('Success')
    const returns = asked('return') as { returnid?: string }[]
    expect(returns).toMatchObject([{ lines: [{ line: 0, quantity: 1 }], saleid: saleOf(award) }, {}, {}])
    expect(new Set(returns.map(({ returnid }) => returnid)).size).toBe(1)
  })

  test('of another box is not found; a reversal of a part is refused', async () => {
    obligingLane()
    const client = till(await open())
    expect((await client.reverse('0815')).response).toMatchObject({ ErrorCondition: 'NotFound' })
    const award = await client.loyalty({ type: 'Award', sale })
    const part = await client.call('Reversal', {
      OriginalPOITransaction: { POITransactionID: { TransactionID: saleOf(award), TimeStamp: 'now' } },
      ReversalReason: 'CustCancel',
      ReversedAmount: 1,
    })
    expect(part.response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })
})

describe('a request sent again', () => {
  test('gets the response of the first, and reaches the lane once', async () => {
    obligingLane()
    const client = till(await open())
    const first = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    client.fault('repeat')
    const again = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    expect(again.text).toBe(first.text)
    expect(asked('record')).toHaveLength(1)
    const status = await client.statusOf('77')
    expect(status.body).toMatchObject({
      RepeatedMessageResponse: {
        MessageHeader: { MessageCategory: 'Loyalty', ServiceID: '77' },
        RepeatedResponseMessageBody: { LoyaltyResponse: first.body },
      },
    })
  })

  test('while the first is worked on waits for the same response', async () => {
    obligingLane()
    const client = till(await open())
    client.fault('repeat')
    expect((await client.loyalty({ type: 'Award', sale })).response?.Result).toBe('Success')
    expect(asked('record')).toHaveLength(1)
  })

  test('with the number of another request is refused', async () => {
    obligingLane()
    const client = till(await open())
    await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    const other = await client.loyalty({ type: 'Rebate', sale }, { serviceid: '77' })
    expect(other.response).toMatchObject({ Result: 'Failure', ErrorCondition: 'NotAllowed' })
  })

  test('after the box has restarted: its status comes from the lane’s disk, by asking and not by booking', async () => {
    obligingLane()
    const client = till(await open())
    const award = await client.loyalty({ type: 'Award', sale }, { serviceid: '77' })
    const reversal = await client.reverse(saleOf(award), { serviceid: '78' })
    expect(reversal.response?.Result).toBe('Success')
    await connection?.close()
    const port = await open()
    lane.answers({ complete: ({ saleid }) => [{ op: 'completed', saleid }, resultOf(saleid)] })
    const after = till(port)
    const status = await after.statusOf('77')
    expect(status.body).toMatchObject({
      Response: { Result: 'Success' },
      RepeatedMessageResponse: {
        RepeatedResponseMessageBody: {
          LoyaltyResponse: { Response: { Result: 'Success' }, POIData: { POITransactionID: { TransactionID: saleOf(award) } } },
        },
      },
    })
    expect(asked('complete')).toMatchObject([{ saleid: saleOf(award), tenders: [{ amount: Number.MAX_SAFE_INTEGER }] }])
    expect(asked('record')).toHaveLength(1)
    expect((await after.statusOf('78')).body).toMatchObject({
      RepeatedMessageResponse: { RepeatedResponseMessageBody: { ReversalResponse: { Response: { Result: 'Success' } } } },
    })
    expect((await after.statusOf('79')).response).toMatchObject({ ErrorCondition: 'NotFound' })
  })

  test('between rebate and award the box restarts: the award is for what was quoted', async () => {
    obligingLane()
    await till(await open()).loyalty({ type: 'Rebate', sale })
    await connection?.close()
    const award = await till(await open()).loyalty({ type: 'Award', sale })
    expect(award.response?.Result).toBe('Success')
    expect(asked('complete')).toMatchObject([{ tenders: [{ amount: 427_500 }] }])
  })
})

describe('who may speak', () => {
  const two = () => ({
    tls: tls(),
    tills: [
      { ...party, lane: 'lane-1', secretFile: join(folder, 'one') },
      { saleid: 'Till-2', poiid: 'VAFA-2', lane: 'lane-2', secretFile: join(folder, 'two') },
    ],
  })
  const trust = () => ({ ca: box.certificate })

  test('is known by the key, and stands at its own lane', async () => {
    const port = await open(two())
    const one = till(port, { trust: trust(), key: keys.one })
    const second = till(port, { saleid: 'Till-2', poiid: 'VAFA-2', trust: trust(), key: keys.two })
    void second.loyalty({ type: 'Rebate', sale }).catch(() => {})
    expect(await host.event('till')).toMatchObject({ lane: 'lane-2', request: { op: 'open' } })
    expect([...(connection?.tills?.keys() ?? [])]).toEqual(['lane-1', 'lane-2'])
    const stranger = await till(port, { trust: trust(), key: keys.stranger }).call('Diagnosis', {})
    expect(stranger.status).toBe(401)
    expect((await till(port, { trust: trust() }).call('Diagnosis', {})).status).toBe(401)
    one.fault('wrong header')
    expect((await one.loyalty({ type: 'Award', sale })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })

  test('is known by a certificate that the store’s own authority signed', async () => {
    const client = await makeTrialCertificate('till')
    writeFileSync(join(folder, 'clients.crt'), client.certificate)
    const { X509Certificate } = await import('node:crypto')
    const certificate = new X509Certificate(client.certificate).fingerprint256
    const port = await open({
      tls: { ...tls(), clientCaFile: join(folder, 'clients.crt') },
      tills: [{ ...party, certificate }],
    })
    obligingLane()
    const known = await till(port, { trust: trust(), certificate: client }).call('Diagnosis', {})
    expect(known.response?.Result).toBe('Success')
    const other = await makeTrialCertificate('till')
    expect((await till(port, { trust: trust(), certificate: other }).call('Diagnosis', {})).status).toBe(401)
    expect((await till(port, { trust: trust() }).call('Diagnosis', {})).status).toBe(401)
  })

  test('is no web page that somebody has open at the till’s machine', async () => {
    const port = await open()
    const page = await fetch(`http://127.0.0.1:${port}/nexo`, {
      method: 'POST',
      body: '{}',
      headers: { origin: 'https://evil.test' },
    })
    expect(page.status).toBe(403)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nexo`, { headers: { origin: 'https://evil.test' } })
    await expect(new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))).rejects.toThrow('403')
  })

  test('cannot come from another machine without TLS and a key, unless somebody means it', async () => {
    const connect = (options: object) =>
      posNexoDriver.connect(posNexoDriver.options.parse({ host: '0.0.0.0', port: 0, tills: [party], ...options }), host.host)
    for (const options of [{}, { tls: tls() }, { tills: [{ ...party, secretFile: join(folder, 'one') }] }])
      await expect(connect(options)).rejects.toMatchObject({ key: 'device.insecure', permanent: true })
    for (const options of [{ insecure: true }, { tls: tls(), tills: [{ ...party, secretFile: join(folder, 'one') }] }])
      await (await connect(options)).close()
  })

  test('has logged in, where the box wants that', async () => {
    obligingLane()
    lane.answers({ 'sign-on': ({ operator }) => [{ op: 'signed-on', operator }], 'sign-off': () => [{ op: 'signed-off' }] })
    const client = till(await open({ login: 'required' }))
    expect((await client.loyalty({ type: 'Rebate', sale })).response).toMatchObject({ ErrorCondition: 'LoggedOut' })
    const login = await client.call('Login', { OperatorID: 'reza', ShiftNumber: '2', OperatorLanguage: 'en' })
    expect(login.body).toMatchObject({ POISystemData: { POISoftware: { ApplicationName: 'Vafa' } } })
    expect(asked('sign-on')).toMatchObject([{ operator: 'reza', shift: '2' }])
    expect((await client.loyalty({ type: 'Rebate', sale })).response?.Result).toBe('Success')
    await client.call('Logout', {})
    expect((await client.loyalty({ type: 'Award', sale })).response).toMatchObject({ ErrorCondition: 'LoggedOut' })
    expect((await client.call('Login', { TrainingModeFlag: true })).response).toMatchObject({ ErrorCondition: 'NotAllowed' })
  })
})

describe('a till that misbehaves', () => {
  test('with half a request, too much, or no nexo at all, harms nobody else', async () => {
    obligingLane()
    const port = await open()
    const bad = till(port)
    const half = new AbortController()
    bad.fault('half a request')
    const stuck = bad.call('Diagnosis', {}, { signal: half.signal })
    bad.fault('oversized')
    expect((await bad.call('Diagnosis', {}).catch(() => ({ status: 413 }))).status).toBe(413)
    bad.fault('garbage')
    expect((await bad.call('Diagnosis', {})).body).toMatchObject({ EventToNotify: 'Reject' })
    expect((await bad.call('Loyalty', { LoyaltyTransaction: {} })).response).toMatchObject({ ErrorCondition: 'MessageFormat' })
    expect((await till(port).call('Diagnosis', {})).response?.Result).toBe('Success')
    half.abort()
    await expect(stuck).rejects.toBeTruthy()
  })

  test('and hangs up before its award is answered finds out by its status', async () => {
    obligingLane()
    const client = till(await open())
    client.fault('hang up')
    await expect(client.loyalty({ type: 'Award', sale }, { serviceid: '77' })).rejects.toMatchObject({ key: 'till.ended' })
    await host.event('till', ({ request }) => request.op === 'record')
    await expect.poll(async () => (await client.statusOf('77')).response?.Result).toBe('Success')
  })
})

describe('a WebSocket', () => {
  const connect = async (port: number) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nexo`)
    sockets.push(socket)
    const heard: NexoAnswer[] = []
    socket.on('message', (data: Buffer) => heard.push(answerFrom(200, data.toString('utf8'))))
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    return { socket, heard }
  }

  test('carries requests and responses, and what the box says by itself', async () => {
    obligingLane()
    const { socket, heard } = await connect(await open())
    const events = () => heard.flatMap(({ body }) => (body?.EventToNotify ? [body.EventToNotify] : []))
    connection?.till?.notice?.({ kind: 'uplink', state: 'online' })
    connection?.till?.notice?.({ kind: 'presented', via: 'nfc-uid' })
    lane.says(sara)
    connection?.till?.notice?.({ kind: 'removed' })
    lane.says({ op: 'scanned', is: 'product', code: '6260100110011' })
    connection?.till?.notice?.({ kind: 'uplink', state: 'offline' })
    connection?.till?.notice?.({ kind: 'uplink', state: 'online' })
    connection?.till?.notice?.({ kind: 'printer', status: { online: true, cover: 'closed', paper: 'end', cutter: 'ok' } })
    await expect
      .poll(events)
      .toEqual([
        'CardInserted',
        'SaleWakeUp',
        'CardRemoved',
        'ScanBarcodeResult',
        'NetworkDisconnected',
        'NetworkConnected',
        'OutOfOrder',
      ])
    expect(heard.map(({ text }) => text).join()).not.toContain('100042')
    socket.send(
      JSON.stringify({
        SaleToPOIRequest: {
          MessageHeader: {
            MessageClass: 'Service',
            MessageCategory: 'Diagnosis',
            MessageType: 'Request',
            ServiceID: '5',
            SaleID: 'Till-1',
            POIID: 'VAFA-1',
          },
          DiagnosisRequest: { HostDiagnosisFlag: true },
        },
      }),
    )
    await expect
      .poll(() => heard.find(({ header }) => header?.ServiceID === '5')?.body)
      .toMatchObject({
        POIStatus: { GlobalStatus: 'OK', CommunicationOKFlag: true, PrinterStatus: 'NoPaper' },
        HostStatus: [{ AcquirerID: 'Vafa', IsReachableFlag: true }],
      })
  })
})

describe('what the box is to do besides', () => {
  const line = { OutputFormat: 'Text', OutputText: [{ Text: 'سلام' }] }
  test('prints on the lane’s printer, shows on its display, and says what the lane does not have', async () => {
    lane.answers({
      print: () => [{ op: 'printed' }],
      show: () => [{ op: 'error', error: describeError('device.unavailable', 'no customer display') }],
    })
    const client = till(await open())
    const printed = await client.call('Print', {
      PrintOutput: { DocumentQualifier: 'Document', ResponseMode: 'PrintEnd', OutputContent: line },
    })
    expect(printed).toMatchObject({ response: { Result: 'Success' }, body: { DocumentQualifier: 'Document' } })
    expect(asked('print')).toMatchObject([{ blocks: [{ kind: 'text', text: { fa: 'سلام' } }] }])
    const output = (Device: string) => ({ Device, InfoQualify: 'Display', OutputContent: line })
    const shown = await client.call('Display', { DisplayOutput: [output('CustomerDisplay'), output('CashierDisplay')] })
    expect(shown.body).toMatchObject({
      OutputResult: [
        { Device: 'CustomerDisplay', Response: { ErrorCondition: 'UnavailableDevice' } },
        { Device: 'CashierDisplay', Response: { ErrorCondition: 'UnavailableDevice' } },
      ],
    })
    const typed = await client.call('Input', {
      InputData: { Device: 'CustomerInput', InfoQualify: 'Input', InputCommand: 'DigitString' },
    })
    expect(typed.response).toMatchObject({ ErrorCondition: 'UnavailableDevice' })
  })

  test('tells a balance, and forgets who asked', async () => {
    obligingLane()
    const client = till(await open())
    const balance = await client.call('BalanceInquiry', {
      LoyaltyAccountReq: { LoyaltyAccountID: { IdentificationType: 'AccountNumber', LoyaltyID: '100042' } },
    })
    expect(balance.body).toMatchObject({
      LoyaltyAccountStatus: { CurrentBalance: 120_000, Currency: 'IRR', LoyaltyUnit: 'Monetary' },
    })
    expect(lane.asked).toMatchObject([
      { op: 'present', credential: { kind: 'member-number', value: '100042' } },
      { op: 'cancel' },
    ])
  })

  test('closes the day, and tells its totals', async () => {
    lane.answers({
      'close-day': ({ closeid = '' }) => [
        {
          op: 'day-closed',
          closeid,
          businessdate: '2026-11-22',
          totals: { sales: 3, total: 900_000, discount: 45_000, reversed: 1 },
        },
        resultOf(),
      ],
    })
    const client = till(await open())
    const closed = await client.call('Reconciliation', { ReconciliationType: 'SaleReconciliation' })
    expect(closed.body).toMatchObject({
      Response: { Result: 'Success' },
      TransactionTotals: [
        {
          LoyaltyTotals: [
            { TransactionType: 'Award', TransactionCount: 3, TransactionAmount: 900_000 },
            { TransactionType: 'Rebate' },
            { TransactionCount: 1 },
          ],
        },
      ],
    })
    expect(pairsOf(closed).get('businessdate')).toBe('2026-11-22')
    expect((await client.call('Reconciliation', { ReconciliationType: 'AcquirerSynchronisation' })).response).toMatchObject({
      ErrorCondition: 'UnavailableService',
    })
  })

  test('does no payments', async () => {
    const client = till(await open())
    const payment = await client.call('Payment', {})
    expect(payment.response).toMatchObject({ ErrorCondition: 'UnavailableService' })
  })
})
