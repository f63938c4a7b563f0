import { appendFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as requests from '#agent/terminal/requests.ts'
import { tokenise } from '#protocol/credentials.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { startCardHost } from '#simulators/card/card-host.ts'
import { cards } from '#simulators/card/cards.ts'
import { startVirtualSensor } from '#simulators/fingerprint/virtual-sensor.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { WatchedProcess } from '#simulators/process/watched-process.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { startVirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { openHttpTill } from '#simulators/till/http-till.ts'
import { connectMqttTill } from '#simulators/till/mqtt-till.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain, openSale, whenClubAnswers } from './chain.ts'
import { filesUnder, tracesIn, tracesOf } from './traces.ts'

// A day in a store with real processes; then everything that was written, sent and logged is searched for what its
// customers showed and said, in every way in which that can be written down.

const name = 'سارا احمدی‌نژاد'
const secondName = 'Reza Kaviani'
const mobile = '9123456789'
const secondMobile = '9357778899'
const scannedCard = '9046113387205'
const bankCard = '6037991234567893'
const birthday = '1371-05-23'
const area = 'سعادت‌آباد'
const email = 'sara.ahmadi@mail.example'

const shown = new Map(
  Object.entries({
    'card UID': cards.sara.card.uid,
    'second card UID': cards.mina.card.uid,
    mobile,
    'second mobile': secondMobile,
    'scanned card': scannedCard,
    'bank card': bankCard,
    'bank card, last digits and expiry': '4567893=2912',
  }).map(([what, value]) => [what, tracesOf(value)]),
)
const personal = new Map(
  Object.entries({ name, 'second name': secondName, birthday, area, email }).map(([what, value]) => [what, tracesOf(value)]),
)
const everything = new Map([...shown, ...personal])

interface Line {
  club: Buffer[]
  store: Buffer[]
}

let chain: Chain
let club: WatchedProcess
let gateway: WatchedProcess
const lines = new Map<number, Line>()
const ports = { club: 0, gateway: 0, reader: 0, scanner: 0, terminal: 0, finger: 0, http: 0, broker: 0 }
let metrics: string[] = []
let retained: string[] = []
let secrets: ReadonlyMap<string, ReturnType<typeof tracesOf>>
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  for (const port of Object.keys(ports) as (keyof typeof ports)[]) ports[port] = await freePort()
  chain = await makeChain({
    lane: { receipt: { via: 'till' }, budgetMs: 15_000, secretFile: 'secrets/lane-1' },
    devices: (lane) => [
      { device: 'reader', lane, driver: 'pcsc', options: { via: 'vpcd', port: ports.reader } },
      { device: 'scanner', lane, driver: 'scanner-tcp', options: { connection: { listen: { port: ports.scanner } }, rules: [] } },
      {
        device: 'terminals',
        lane,
        driver: 'pos-iso8583',
        options: { clubPrefixes: ['9000'], terminals: [{ terminal: 'T1', lane, port: ports.terminal }] },
      },
      {
        device: 'finger',
        lane,
        driver: 'fingerprint-r30x',
        options: { connection: { tcp: { host: '127.0.0.1', port: ports.finger } } },
      },
      {
        device: 'web-till',
        lane,
        driver: 'till-http',
        options: { port: ports.http, tills: [{ till: 'web', lane, secretFile: 'secrets/lane-1' }] },
      },
    ],
    onBytes({ connection, to, bytes }) {
      const line = lines.get(connection) ?? { club: [], store: [] }
      lines.set(connection, line)
      line[to].push(bytes)
    },
  })
  ends.push(() => chain.close())
  appendFileSync(chain.clubConfig, `watch: { port: ${ports.club} }\n`)
  appendFileSync(chain.gatewayConfig, `watch: { port: ${ports.gateway} }\nlocalBroker: { port: ${ports.broker} }\n`)
  secrets = secretsOf(chain)
  const env = { VAFA_LOG: 'trace' }
  club = await chain.start('club', { env })
  const sensor = await startVirtualSensor({ tcp: { port: ports.finger } })
  ends.push(() => sensor.close())
  gateway = await chain.start('gateway', { env })
  await aDayInTheStore(sensor)
  metrics = await Promise.all(
    [ports.club, ports.gateway].flatMap((port) =>
      ['metrics', 'readyz'].map(async (path) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()),
    ),
  )
}, 40_000)

afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const passwordOf = (file: string) => String(filesUnder(dirname(file)).get(basename(file))).trim()

/** Everything in the folders `secrets`, as one value a line or a private part. */
function secretsOf({ folder }: Chain) {
  const texts = [...filesUnder(folder)].flatMap(([file, bytes]): [string, string][] => {
    if (!file.includes('secrets/')) return []
    const text = bytes.toString('utf8').trim()
    if (!file.endsWith('.json')) return [[file, text]]
    return Object.entries(JSON.parse(text) as Record<string, string>).filter(([part]) => /private|secret/i.test(part))
  })
  return new Map(texts.map(([file, text]) => [file, tracesOf(text)]))
}

const isResult = (answer: TillResponse) => {
  if (answer.op !== 'result') throw new Error(JSON.stringify(answer))
  return answer
}

async function sell(till: Pick<TillClient, 'request'>, total: number, tillreceipt: string, redeem = 0) {
  const { saleid, payable } = await openSale(till, total, tillreceipt)
  const quote = redeem > 0 ? await till.request({ op: 'redeem', saleid, amount: redeem }) : { op: 'quote', payable }
  if (quote.op !== 'quote') throw new Error(JSON.stringify(quote))
  const tenders = [{ kind: 'cash' as const, amount: quote.payable as number }]
  return isResult(await till.request({ op: 'complete', saleid, tenders }, { until: 'result' }))
}

async function aDayInTheStore(sensor: Awaited<ReturnType<typeof startVirtualSensor>>): Promise<void> {
  const till = await chain.till()
  const member = () => till.waitFor((answer) => answer.op === 'member')
  const stranger = () => till.waitFor((answer) => answer.op === 'error' && answer.re === undefined)
  await whenClubAnswers(till)
  await till.request({ op: 'cancel' })

  // A new customer: her card, then her name and mobile, in the digits that she writes.
  const host = await startCardHost()
  ends.push(() => host.close())
  const unknown = stranger()
  const card = await host.insert(ports.reader, cards.sara.card)
  await unknown
  const known = member()
  const profile = { displayName: name, mobile: `+98${mobile}`, birthday, area, email, sex: 'female' as const }
  isResult(await till.request({ op: 'enrol', profile, consents: [{ purpose: 'club', given: true }] }, { until: 'result' }))
  await known
  await card.remove()
  const first = await sell(till, 2_000_000, 'R-1')

  // Her mobile, her finger, her old card.
  await till.request({
    op: 'present',
    credential: { kind: 'phone', value: `۰${mobile.replace(/\d/g, (d) => '۰۱۲۳۴۵۶۷۸۹'[Number(d)] ?? d)}` },
  })
  const stop = till.onMessage((message) => {
    if (message.op !== 'finger') return
    if (message.step === 'place' || message.step === 'again') sensor.press('thumb')
    else sensor.lift()
  })
  const enrolled = await till.request({ op: 'enrol-finger', consent: true, operator: 'zahra' }, { timeoutMs: 20_000 })
  stop()
  sensor.lift()
  if (enrolled.op === 'error') throw new Error(JSON.stringify(enrolled))
  await sell(till, 400_000, 'R-2', 50_000)
  const touched = member()
  sensor.press('thumb')
  await touched
  sensor.lift()
  isResult(
    await till.request(
      { op: 'return', reference: first.receipt?.reference ?? '', lines: [], amount: 500_000 },
      { until: 'result' },
    ),
  )
  await till.request({ op: 'cancel' })
  const strange = stranger()
  const old = await host.insert(ports.reader, cards.mina.card)
  await strange
  await old.remove()
  await till.request({ op: 'cancel' })

  // Another one at the kiosk: a card of paper and a mobile with blanks.
  const scanner = await startVirtualScanner({ calls: { port: ports.scanner } })
  ends.push(() => scanner.close())
  const nobody = stranger()
  await scanner.scan(scannedCard)
  await nobody
  const password = passwordOf(join(dirname(chain.gatewayConfig), 'secrets/lane-1'))
  const kiosk = await connectMqttTill({ port: ports.broker, club: 'test', store: 's1', lane: 'lane-1', password })
  ends.push(() => kiosk.close())
  const [a, b, c] = [secondMobile.slice(0, 3), secondMobile.slice(3, 6), secondMobile.slice(6)]
  const signUp = {
    profile: { displayName: secondName, mobile: `+98${secondMobile}` },
    consents: [{ purpose: 'club' as const, given: true }],
  }
  isResult(await kiosk.request({ op: 'enrol', ...signUp }, { until: 'result' }))
  await kiosk.request({ op: 'present', credential: { kind: 'phone', value: `0${a} ${b} ${c}` } })
  const web = openHttpTill({ port: ports.http, secret: password })
  ends.push(() => web.close())
  await web.listening
  await sell(web, 300_000, 'R-3')
  await web.request({ op: 'present', credential: { kind: 'phone', value: `0098${secondMobile}` } })
  await web.request({ op: 'present', credential: { kind: 'phone', value: `${secondMobile}0` } })

  // The bank's terminal: with a card of the club's, with a bank's, and with a bank's where a member's number belongs.
  const terminal = await startVirtualTerminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port: ports.terminal } } })
  ends.push(() => terminal.close())
  const phone = { kind: 'phone', value: `0${mobile}` } as const
  const paid = requests.saleOf(terminal.begin(), { total: 100_000, paid: 100_000, credential: phone })
  await terminal.ask({ ...paid, fields: { ...paid.fields, 2: bankCard, 35: `${bankCard}=29121010000012300000` } })
  await terminal.ask(requests.whoIsThis(terminal.begin(), { kind: 'member-number', value: bankCard }))
  await terminal.ask(requests.whoIsThis(terminal.begin(), { kind: 'phone', value: bankCard }))
  await till.request({ op: 'present', credential: { kind: 'magstripe', value: `${bankCard}=2912` } })
  till.sendLine(`{"op":"present","id":"x","credential":{"kind":"phone","value":"0${mobile}"},"0${mobile}":"${name}"}`)
  till.sendLine(`{"op":"present","id":"0${mobile}`)
  till.sendLine(`{"op":"0${mobile}","id":"y","credential":{"kind":"0${mobile}","value":5}}`)
  await terminal.send(Buffer.from(`\x00\x20${bankCard}${bankCard}`))
  await till.request({ op: 'totals' })

  await aBrokenBox()
  retained = (await retainedAtTheBox(password)).map(({ topic, payload }) => `${topic} ${payload}`)
}

/** What a broken box could send in clear text: the club sets it aside, sealed. */
async function aBrokenBox(): Promise<void> {
  const password = passwordOf(join(dirname(chain.gatewayConfig), 'secrets/club'))
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${chain.clubPort}`, {
    clientId: 's1/broken',
    username: 's1',
    password,
  })
  ends.push(() => client.endAsync(true))
  const [topic, replies] = ['vafa/v1/test/stores/s1/facts/00', 'vafa/v1/test/stores/s1/replies']
  const id = systemRuntime.uuid()
  const answered = new Promise<void>((resolve) => {
    client.on('message', (_, payload) => {
      if (payload.includes(id)) resolve()
    })
  })
  await client.subscribeAsync(replies, { qos: 1 })
  const data = { credentials: [{ kind: 'phone', value: `0${mobile}` }], profile: { displayName: name, mobile: `0${mobile}` } }
  const type = 'vafa.member.enrolled.v1'
  await client.publishAsync(topic, `{"profile":"0${mobile} ${name}`, { qos: 1 })
  await client.publishAsync(topic, JSON.stringify({ id, type, [`0${mobile}`]: name, data }), { qos: 1 })
  await answered
}

/** What the box's own broker still has for who comes next to the lane. */
async function retainedAtTheBox(password: string): Promise<{ topic: string; payload: string }[]> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${ports.broker}`, {
    clientId: 'lane-1/next',
    username: 'lane-1',
    password,
  })
  const found: { topic: string; payload: string }[] = []
  const came = new Promise<void>((resolve) => {
    client.on('message', (topic, payload, { retain }) => {
      // Who stands at the lane is told beside it, and kept by nobody.
      if (!retain) return
      found.push({ topic, payload: payload.toString('utf8') })
      resolve()
    })
  })
  await client.subscribeAsync('vafa/v1/test/stores/s1/lanes/lane-1/screen')
  await came
  await client.endAsync(true)
  return found
}

/** Behind the CONNECT, which has the store's password: off the loopback TLS is around it. */
function behindConnect(bytes: Buffer): Buffer {
  const digits = [1, 2, 3, 4].findIndex((at) => ((bytes[at] ?? 0) & 0x80) === 0)
  const length = [...bytes.subarray(1, digits + 2)].reduce((sum, byte, at) => sum + (byte & 0x7f) * 128 ** at, 0)
  return bytes.subarray(2 + digits + length)
}

describe('what a day in a store leaves behind', () => {
  it('is there at all: the search finds what may be found', () => {
    const log = Buffer.from(club.output() + gateway.output())
    expect(tracesIn(log, new Map([['', tracesOf('lane-1')]]))).not.toEqual([])
    const named = new Map([['receipt', tracesOf('R-3')]])
    const files = [...filesUnder(chain.folder)].filter(([, bytes]) => tracesIn(bytes, named).length > 0).map(([file]) => file)
    expect(files.join(' ')).toMatch(/club\.sqlite/)
    const encoded = Buffer.from(`+98${mobile}`).toString('base64')
    expect(tracesIn(Buffer.from(`{"to":"${encoded}"}`), shown)).toContain('mobile (as it is, base64 0) at 11')
    expect(chain.books().sales.map(({ total }) => total)).toEqual([2_000_000, 400_000, 300_000, 100_000])
    expect(chain.books().members).toHaveLength(2)
    expect(gateway.output()).toContain('what is no request')
    expect(club.output().match(/could not be taken/g)).toHaveLength(2)
  })

  it('no file but those in `secrets` holds a card, a mobile, a name, a bank card or a secret', () => {
    const found = [...filesUnder(chain.folder)]
      .filter(([file]) => !file.includes('secrets/'))
      .flatMap(([file, bytes]) => tracesIn(bytes, new Map([...everything, ...secrets])).map((trace) => `${file}: ${trace}`))
    expect(found).toEqual([])
  })

  it('the box’s database, its log included, holds no token, no basket and no answer that can be read without its key', () => {
    const box = [...filesUnder(dirname(chain.gatewayConfig))].filter(([file]) => file.startsWith('data/'))
    const bytes = Buffer.concat(box.filter(([file]) => !file.endsWith('.key')).map(([, one]) => one))
    const rows = new Map([['type', tracesOf('vafa.sale.completed.v1')]])
    expect(tracesIn(bytes, rows)).not.toEqual([])
    const secret = passwordOf(join(dirname(chain.gatewayConfig), 'secrets/token-key'))
    const raws = [
      { kind: 'phone', value: mobile },
      { kind: 'phone', value: secondMobile },
      { kind: 'nfc-uid', value: cards.sara.card.uid },
      { kind: 'barcode', value: scannedCard },
    ] as const
    const tokens = raws.map((raw) => tokenise(raw, { keyid: 'token-1', secret: Buffer.from(secret) }).token)
    const said = ['R-1', 'R-2', 'R-3', '"payable"', '"tenders"', '"inReplyTo"', '"memberid"', 'zahra']
    const values = new Map([...tokens, ...said].map((one) => [one, tracesOf(one)]))
    expect(tracesIn(bytes, values)).toEqual([])
    const key =
      box
        .find(([file]) => file.endsWith('.key'))?.[1]
        .toString('utf8')
        .trim() ?? ''
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    const others = [...filesUnder(chain.folder)].filter(([file]) => !file.endsWith('gateway.sqlite.key'))
    expect(others.flatMap(([file, one]) => tracesIn(one, new Map([[file, tracesOf(key)]])))).toEqual([])
  })

  it('no log does, however much it tells', () => {
    const log = Buffer.from(club.output() + gateway.output())
    expect(tracesIn(log, new Map([...everything, ...secrets]))).toEqual([])
  })

  it('no metric does', () => {
    const text = Buffer.from(metrics.join('\n'))
    expect(text.length).toBeGreaterThan(1_000)
    expect(tracesIn(text, new Map([...everything, ...secrets]))).toEqual([])
  })

  it('nothing that passed between store and club does, but a name as the club tells it to the lane', () => {
    const sent = [...lines.values()].map((line) => behindConnect(Buffer.concat(line.club)))
    expect(Buffer.concat(sent).length).toBeGreaterThan(10_000)
    expect(tracesIn(Buffer.concat(sent), new Map([...everything, ...secrets]))).toEqual([])
    const heard = Buffer.concat([...lines.values()].flatMap((line) => line.store)).toString('latin1')
    const told = heard.replace(/"displayName":"[^"]*"/g, '')
    expect(told.length).toBeLessThan(heard.length)
    expect(tracesIn(Buffer.from(told, 'latin1'), new Map([...everything, ...secrets]))).toEqual([])
  })

  it('the box’s own broker keeps nothing of the last customer', () => {
    expect(retained.length).toBeGreaterThan(0)
    expect(tracesIn(Buffer.from(retained.join('\n')), new Map([...everything, ...secrets]))).toEqual([])
  })
})
