import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { networkOf } from '#agent/terminal/requests.ts'
import { initTrust } from '#club/authority/files.ts'
import { lengthFrame } from '#protocol/iso8583/frames.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { type Heap, inspected, openHeap } from '#simulators/process/heap.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { startVirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain, openSale, presentMember, signUp } from '../chain.ts'
import { malformedFrom, malformedJson } from './malformed.ts'
import { clubMessages, httpRequests, isoMessages, laneRequests, mqttPackets, nexoRequests } from './samples.ts'
import { httpStatus, inTurns, sendPieces } from './strangers.ts'

// A club and a box as processes, and whoever can reach their ports: lane 1 is theirs, and a store at the club; lane 2 sells on meanwhile.

const budgetMs = 1_500
const mobile = '09123456789'
const key = 'k'.repeat(40)
const ports = { clubWatch: 0, boxWatch: 0, clubTls: 0, enrolment: 0, terminal: 0, http: 0, nexo: 0, broker: 0 }
let chain: Chain
let club: WatchedProcess
let gateway: WatchedProcess
let till: TillClient
let heaps: { club: Heap; gateway: Heap } | undefined

beforeAll(async () => {
  for (const port of Object.keys(ports) as (keyof typeof ports)[]) ports[port] = await freePort()
  chain = await makeChain({
    lanes: 2,
    lane: { receipt: { via: 'till' }, budgetMs },
    devices: (lane) =>
      lane === 'lane-2'
        ? []
        : [
            {
              device: 'iso',
              lane,
              driver: 'pos-iso8583',
              options: { terminals: [{ terminal: 'T1', lane, port: ports.terminal }] },
            },
            {
              device: 'web',
              lane,
              driver: 'till-http',
              options: { port: ports.http, requestsPerSecond: 10_000, tills: [{ till: 'web', lane, secretFile: 'secrets/web' }] },
            },
            {
              device: 'nexo',
              lane,
              driver: 'pos-nexo',
              options: { port: ports.nexo, tills: [{ saleid: 'Till-1', poiid: 'VAFA-1', secretFile: 'secrets/web' }] },
            },
          ],
  })
  const installation = dirname(chain.clubConfig)
  writeFileSync(join(dirname(chain.gatewayConfig), 'secrets/web'), key)
  const config = readFileSync(chain.gatewayConfig, 'utf8')
  writeFileSync(chain.gatewayConfig, config.replace('- lane: lane-1\n', '- lane: lane-1\n    secretFile: secrets/web\n'))
  // Another store, which is theirs.
  writeFileSync(join(installation, 'secrets/s2'), key)
  await initTrust(join(installation, 'trust'), { club: 'test', now: Date.now() })
  appendFileSync(
    chain.clubConfig,
    `  - store: s2\n    secretFile: secrets/s2\nwatch: { port: ${ports.clubWatch} }\ntrust: { names: [localhost], listen: { port: ${ports.clubTls} }, enrolment: { port: ${ports.enrolment} } }\n`,
  )
  appendFileSync(chain.gatewayConfig, `watch: { port: ${ports.boxWatch} }\nlocalBroker: { port: ${ports.broker} }\n`)
  club = await chain.start('club', { env: inspected })
  gateway = await chain.start('gateway', { env: inspected })
  heaps = { club: await openHeap(club), gateway: await openHeap(gateway) }
  till = await chain.till('lane-2')
  await signUp(till, mobile)
}, 40_000)

afterAll(async () => {
  heaps?.club.close()
  heaps?.gateway.close()
  await chain.close()
})

/** One round: `count` inputs in all, other ones for each seed. */
async function attack(count: number, seed: number): Promise<number> {
  const part = (share: number) => ({ count: Math.round(count * share), seed })
  const own = { each: 'own' } as const
  const shared = { each: 'shared' } as const
  const laneLines = [
    ...malformedJson(laneRequests, part(0.05)).map((text) => Buffer.from(`${text}\n`)),
    ...malformedFrom(
      laneRequests.map((one) => Buffer.from(`${JSON.stringify(one)}\n`)),
      part(0.03),
    ),
  ]
  const iso = malformedFrom(isoMessages, part(0.12)).map((bytes) => lengthFrame(bytes))
  const isoFrames = malformedFrom(isoMessages.map(lengthFrame), part(0.03))
  const packets = malformedFrom(mqttPackets, part(0.04))
  const clubTexts = [
    ...malformedJson(clubMessages, part(0.12)),
    ...malformedFrom(
      clubMessages.map((one) => Buffer.from(JSON.stringify(one))),
      part(0.05),
    ),
  ]
  const laneTexts = malformedJson(laneRequests, part(0.09))
  const httpBytes = malformedFrom(httpRequests, part(0.04))
  const web = malformedJson(laneRequests, part(0.16)).map((body, at) =>
    post(ports.http, `/v1/${laneRequests[at % laneRequests.length]?.op}`, body),
  )
  const nexo = [
    ...malformedJson(nexoRequests, part(0.12)),
    ...malformedFrom(
      nexoRequests.map((one) => Buffer.from(JSON.stringify(one))),
      part(0.04),
    ),
  ].map((body) => post(ports.nexo, '/nexo', body))
  const enrolment = malformedJson([{ secret: '0123456789', csr: 'MIIB' }], part(0.01)).map((body) => ({
    ...post(ports.enrolment, '/v1/enrolment', body),
    tls: true,
  }))
  const watch = malformedFrom([Buffer.from('/metrics'), Buffer.from('/readyz?x=1')], part(0.04)).map((bytes, at) => ({
    ...post(at % 2 === 0 ? ports.clubWatch : ports.boxWatch, `/${encodeURI(bytes.toString('latin1').replace(/\0/g, ''))}`, ''),
    method: 'GET',
  }))
  // It reads a till’s lines as fast as it lets a till ask, and no faster.
  const lines = sendPieces(chain.tillPort('lane-1'), laneLines, shared)
  // One after another: what is tried here is what they are, not how many come at once.
  for (const work of [
    () => sendPieces(ports.terminal, iso, shared),
    () => sendPieces(ports.terminal, isoFrames, shared),
    () => inTurns([chain.clubPort, ports.broker, ports.enrolment], 3, (port) => sendPieces(port, packets, own)),
    () => publish({ ...atClub(), password: key, texts: clubTexts }),
    () => publish({ ...atBox(), texts: laneTexts }),
    () => inTurns([ports.http, ports.nexo, ports.clubWatch], 3, (port) => sendPieces(port, httpBytes, own)),
    () => inTurns(web, 4, httpStatus),
    () => inTurns(nexo, 4, httpStatus),
    () => inTurns(enrolment, 2, httpStatus),
    () => inTurns(watch, 4, httpStatus),
  ])
    await work()
  await lines
  const single = [laneLines, iso, isoFrames, clubTexts, laneTexts, web, nexo, enrolment, watch]
  return single.reduce((sum, { length }) => sum + length, 0) + 3 * packets.length + 3 * httpBytes.length
}

const post = (port: number, path: string, body: string | Uint8Array) => ({
  port,
  method: 'POST',
  path,
  body,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': `"${Math.random()}"` },
})

const atClub = () => ({ port: chain.clubPort, store: 's2', name: 's2', id: 's2', topics: ['facts/07', 'requests/07', 'state'] })
const atBox = () => ({
  port: ports.broker,
  store: 's1',
  name: 'lane-1',
  id: 'lane-1',
  password: key,
  topics: ['lanes/lane-1/input'],
})

interface Publisher {
  store: string
  port: number
  name: string
  id: string
  password: string
  topics: readonly string[]
  texts: readonly (string | Buffer)[]
}

async function publish({ port, store, name, id, password, topics, texts }: Publisher): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: id,
    username: name,
    password,
    reconnectPeriod: 0,
  })
  const all = [...texts.entries()].map(([at, text]) => ({
    topic: `vafa/v1/test/stores/${store}/${topics[at % topics.length]}`,
    text,
  }))
  await inTurns(all, 8, ({ topic, text }) => client.publishAsync(topic, text, { qos: 1 }))
  await client.endAsync()
}

/** Sells on lane 2 until it is told to stop; milliseconds of each wait of a till. */
function sellOn(): { stop(): Promise<number[]> } {
  const waits: number[] = []
  let going = true
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const began = performance.now()
    const answer = await work
    waits.push(performance.now() - began)
    return answer
  }
  const work = async () => {
    for (let n = 0; going; n += 1) {
      await timed(presentMember(till, mobile))
      const quote = await timed(openSale(till, 100_000, `R-${n}`))
      const tenders = [{ kind: 'cash' as const, amount: quote.payable }]
      const done = await timed(till.request({ op: 'complete', saleid: quote.saleid, tenders }, { until: 'result' }))
      if (done.op !== 'result' || done.status !== 'accepted') throw new Error(JSON.stringify(done))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const over = work()
  over.catch(() => undefined)
  return {
    async stop() {
      going = false
      await over
      return waits
    },
  }
}

describe('malformed inputs', () => {
  it('10,000 of them end no process and leave nothing in its memory, and another lane sells on within its budget', async () => {
    const used = async () => ({ club: (await heaps?.club.used()) ?? 0, gateway: (await heaps?.gateway.used()) ?? 0 })
    await attack(2_000, 1)
    const before = await used()
    const sales = sellOn()
    const sent = await attack(10_000, 2)
    const waits = await sales.stop()
    const after = await used()
    expect(sent).toBeGreaterThanOrEqual(10_000)
    expect(waits.length).toBeGreaterThan(100)
    expect(Math.max(...waits)).toBeLessThan(budgetMs)
    expect(after.club / before.club).toBeLessThan(1.1)
    expect(after.gateway / before.gateway).toBeLessThan(1.1)
  })

  it('were heard: each device tells of its own', () => {
    const told = (device: string) => gateway.output().match(new RegExp(`"device":"${device}".*no request`, 'g'))?.length ?? 0
    for (const device of ['till-lane-1', 'web', 'nexo', 'local-broker'])
      expect([device, told(device) > 300]).toEqual([device, true])
    expect(club.output().match(/could not be taken/g)?.length).toBeGreaterThan(1_000)
  })

  it('and every port then answers what is right', async () => {
    expect(await httpStatus(post(ports.http, '/v1/ping', '{}'))).toBe(200)
    const login = nexoRequests.find((one) => JSON.stringify(one).includes('LoginRequest'))
    expect(await httpStatus(post(ports.nexo, '/nexo', JSON.stringify(login)))).toBe(200)
    const get = (port: number, path: string) => ({ ...post(port, path, ''), method: 'GET' })
    expect(await httpStatus({ ...get(ports.enrolment, '/v1/authority'), tls: true })).toBe(200)
    for (const port of [ports.clubWatch, ports.boxWatch]) expect(await httpStatus(get(port, '/readyz'))).toBe(200)
    const terminal = await startVirtualTerminal({ terminal: 'T1', to: { tcp: { host: '127.0.0.1', port: ports.terminal } } })
    expect(await terminal.ask(networkOf(terminal.begin(), '301'))).toMatchObject({ code: '00' })
    await terminal.close()
    const first = await chain.till('lane-1')
    expect(await first.request({ op: 'ping' })).toMatchObject({ op: 'pong' })
    await publish({ ...atBox(), texts: ['{"op":"ping","id":"p"}'] })
    const audit = startVafa(['club', 'audit', '-c', chain.clubConfig])
    expect([await audit.ended, audit.output()]).toEqual([0, expect.stringContaining('ok: the chain is whole')])
  })
})
