import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { tillHttpDriver } from '#drivers/till-http/driver.ts'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { tillProblem } from '#protocol/till-problems.ts'
import { type HttpTill, openHttpTill } from '#simulators/till/http-till.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const saleid = '01890a5d-ac96-774b-bcce-b302099a8057'
const keys = { 'till-1': 'k'.repeat(40), 'till-2': 'm'.repeat(40) }
const complete = { saleid, tenders: [{ kind: 'cash', amount: 1_000 }] }
const result = (re: string): TillResponse => ({ op: 'result', re, status: 'accepted', balances: [], effects: [], prompts: [] })

let folder: string
let host: TestHost
let connection: Connection
let port: number
let tills: HttpTill[]

const options = (more: object = {}) =>
  tillHttpDriver.options.parse({
    port: 0,
    tills: [
      { till: 'till-1', lane: 'lane-1', secretFile: join(folder, 'till-1') },
      { till: 'till-2', lane: 'lane-2', secretFile: join(folder, 'till-2') },
    ],
    ...more,
  })

async function start(to: TestHost = host, more: object = {}) {
  connection = await tillHttpDriver.connect(options(more), to.host)
  port = connection.address?.port ?? 0
}

const till = (name: keyof typeof keys = 'till-1'): HttpTill => {
  const one = openHttpTill({ port, secret: keys[name] })
  tills.push(one)
  return one
}

/** The lane's answers to the next requests of an operation, as the lane would give them. */
function laneAnswers(answer: (request: TillRequest) => TillResponse[], on: TestHost = host) {
  const seen = new Set<unknown>()
  const each = async () => {
    for (;;) {
      const event = await on.event('till', (one) => !seen.has(one)).catch(() => undefined)
      if (!event) return
      seen.add(event)
      for (const response of answer(event.request)) connection.tills?.get(event.lane ?? '')?.send(response)
    }
  }
  void each()
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-till-'))
  for (const [name, secret] of Object.entries(keys)) writeFileSync(join(folder, name), `${secret}\n`)
  tills = []
  host = createTestHost('tills')
  await start()
})
afterEach(async () => {
  await Promise.all(tills.map((one) => one.close()))
  await connection.close()
  rmSync(folder, { recursive: true })
})

describe('a till’s software over HTTP', () => {
  test('asks, and waits for the last answer', async () => {
    laneAnswers(({ id }) => [
      { op: 'opened', re: id, saleid },
      { op: 'quote', re: id, saleid, total: 5, discount: 0, payable: 5, effects: [], prompts: [], decidedBy: 'club' },
    ])
    const answer = await till().request({ op: 'open', sale: { tillreceipt: '1', total: 5, lines: [] } }, { until: 'quote' })
    expect(answer).toMatchObject({ op: 'quote', payable: 5 })
    expect(host.events).toMatchObject([{ kind: 'till', lane: 'lane-1', request: { op: 'open' } }])
  })

  test('is the lane of its key, whatever its message says of itself', async () => {
    laneAnswers(({ id }) => [{ op: 'pong', re: id }])
    await till('till-2').post('/v1/ping', { lane: 'lane-1', op: 'cancel', id: 'x' })
    expect(host.events).toMatchObject([{ lane: 'lane-2', request: { op: 'ping' } }])
  })

  test('that prefers not to wait gets the first answer, and the others as events', async () => {
    const one = till()
    await one.listening
    const asked = one.post('/v1/complete', complete, { 'idempotency-key': 'c-1', prefer: 'respond-async' })
    const { request } = await host.event('till')
    connection.tills?.get('lane-1')?.send({ op: 'completed', re: request.id, saleid })
    const answer = await asked
    expect(answer.status).toBe(202)
    expect(JSON.parse(answer.text)).toEqual({ re: 'c-1', answers: [{ op: 'completed', re: 'c-1', saleid }] })
    connection.tills?.get('lane-1')?.send(result(request.id))
    expect(await one.waitFor(({ op }) => op === 'result')).toMatchObject({ re: 'c-1', status: 'accepted' })
  })

  test('hears what its lane says by itself, and nothing of another lane', async () => {
    const [one, two] = [till('till-1'), till('till-2')]
    await Promise.all([one.listening, two.listening])
    connection.tills?.get('lane-1')?.send({ op: 'member', balances: [], prompts: [] })
    connection.tills?.get('lane-2')?.send({ op: 'cancelled' })
    expect(await one.waitFor(() => true)).toEqual({ op: 'member', balances: [], prompts: [] })
    expect(await two.waitFor(() => true)).toEqual({ op: 'cancelled' })
  })

  test('that comes back to its events gets what it has missed', async () => {
    const send = (response: TillResponse) => connection.tills?.get('lane-1')?.send(response)
    const read = async (lastEventId: string, until: string) => {
      const stop = new AbortController()
      const answer = await fetch(`http://127.0.0.1:${port}/v1/events`, {
        headers: { authorization: `Bearer ${keys['till-1']}`, 'last-event-id': lastEventId },
        signal: stop.signal,
      })
      let text = ''
      for await (const bytes of answer.body ?? []) {
        text += Buffer.from(bytes).toString()
        if (text.includes(until)) break
      }
      stop.abort()
      return text
    }
    send({ op: 'cancelled', saleid })
    send({ op: 'signed-off', operator: 'reza' })
    const all = await read('', 'reza')
    expect(all).toContain('event: cancelled')
    const first = /^id: (\S+)$/m.exec(all)?.[1] ?? ''
    const rest = await read(first, 'reza')
    expect(rest).not.toContain('event: cancelled')
    expect(rest).toContain('event: signed-off')
  })
})

test('a request is the same in whatever pieces it comes', async () => {
  laneAnswers(({ id }) => [{ op: 'cancelled', re: id, saleid }])
  const body = JSON.stringify({ saleid })
  const whole = Buffer.from(
    `POST /v1/cancel HTTP/1.1\r\nhost: box\r\nauthorization: Bearer ${keys['till-1']}\r\nprefer: wait=5\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const edges = [0, ...at.sort((a, b) => a - b), whole.length]
      const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
      const answer = text(socket)
      for (const [index, edge] of edges.slice(1).entries())
        await new Promise<void>((resolve) => socket.write(whole.subarray(edges[index], edge), () => setImmediate(resolve)))
      expect(await answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*"op":"cancelled"/)
    }),
    { numRuns: 40 },
  )
})

describe('what the lane refuses is a problem', () => {
  test('in Persian, and in English where the till asks for it', async () => {
    laneAnswers(({ id }) => [{ op: 'error', re: id, error: describeError('sale.unknown', 'not here') }])
    const fa = await till().post('/v1/cancel', { saleid })
    expect(fa.status).toBe(404)
    expect(fa.headers).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8', 'content-language': 'fa' })
    expect(tillProblem.parse(JSON.parse(fa.text))).toMatchObject({
      type: 'urn:vafa:problem:sale.unknown',
      key: 'sale.unknown',
      title: 'این خرید پیدا نشد',
      reason: 'not here',
    })
    const en = await till().post('/v1/cancel', { saleid }, { 'accept-language': 'de, en;q=0.8, fa;q=0.3' })
    expect(JSON.parse(en.text)).toMatchObject({ title: 'This sale was not found' })
  })

  test.each([
    ['an unknown address', '/v1/dance', {}, 404, 'http.not-found'],
    ['a body that fits no request', '/v1/cancel', { saleid: '871' }, 400, 'request.invalid'],
    ['a list', '/v1/cancel', [1], 400, 'http.malformed'],
    ['a body that is too long', '/v1/cancel', { saleid: 'x'.repeat(300_000) }, 413, 'http.too-large'],
  ])('%s', async (_, path, body, status, key) => {
    const answer = await till().post(path, body)
    expect({ status: answer.status, key: JSON.parse(answer.text).key }).toEqual({ status, key })
  })

  test('a body that is no JSON, or of another kind, is told so without being repeated', async () => {
    const authorization = `Bearer ${keys['till-1']}`
    const post = (body: string, type: string) =>
      fetch(`http://127.0.0.1:${port}/v1/present`, { method: 'POST', body, headers: { authorization, 'content-type': type } })
    const malformed = await post('{"credential":09123456789', 'application/json')
    expect(malformed.status).toBe(400)
    expect(await malformed.text()).not.toContain('0912')
    expect((await post('hello', 'text/plain')).status).toBe(415)
  })

  test('and no value of a request that is refused is repeated', async () => {
    const answer = await till().post('/v1/present', { credential: { kind: 'smoke', value: '09123456789' } })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('0912')
    expect(JSON.stringify(host.events)).not.toContain('0912')
  })
})

describe('a request that is sent again with its Idempotency-Key', () => {
  const headers = { 'idempotency-key': '"a-key of \\"one\\" sale"' }
  const asks = () => host.events.filter(({ kind }) => kind === 'till').length

  test('gets the stored answers; the lane hears it once', async () => {
    laneAnswers(({ id }) => [{ op: 'completed', re: id, saleid }, result(id)])
    const first = await till().post('/v1/complete', complete, headers)
    const again = await till().post('/v1/complete', complete, headers)
    expect(first.status).toBe(200)
    expect(again.text).toBe(first.text)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(asks()).toBe(1)
  })

  test('is refused with 422 where it is another request, and with 409 while the first is under way', async () => {
    const first = till().post('/v1/complete', complete, headers)
    const { request } = await host.event('till')
    expect((await till().post('/v1/complete', complete, headers)).status).toBe(409)
    expect((await till().post('/v1/reverse', { saleid }, headers)).status).toBe(422)
    connection.tills?.get('lane-1')?.send(result(request.id))
    expect((await first).status).toBe(200)
    expect((await till().post('/v1/complete', { ...complete, tenders: [] }, headers)).status).toBe(422)
    expect(asks()).toBe(1)
  })

  test('is another till’s own matter there', async () => {
    laneAnswers(({ id }) => [result(id)])
    await till('till-1').post('/v1/complete', complete, headers)
    expect((await till('till-2').post('/v1/reverse', { saleid }, headers)).status).toBe(200)
  })

  test('is asked again where the first answer was that asking again may help', async () => {
    let tries = 0
    laneAnswers(({ id }) => {
      tries += 1
      return [tries === 1 ? { op: 'error', re: id, error: describeError('box.unwritable') } : result(id)]
    })
    expect((await till().post('/v1/complete', complete, headers)).status).toBe(503)
    expect((await till().post('/v1/complete', complete, headers)).status).toBe(200)
  })

  test('names the same return after a restart of the box, and 422 is known there too', async () => {
    const back = { saleid, lines: [{ line: 0, quantity: 1 }] }
    const asked = till().post('/v1/return', back, headers)
    const { request } = await host.event('till')
    connection.tills?.get('lane-1')?.send(result(request.id))
    await asked
    await connection.close()

    const later = createTestHost('tills', host.host.runtime, host.memory)
    await start(later)
    laneAnswers(({ id }) => [result(id)], later)
    expect((await till().post('/v1/return', { ...back, amount: 5 }, headers)).status).toBe(422)
    expect((await till().post('/v1/return', back, headers)).status).toBe(200)
    const again = await later.event('till')
    expect(again.request).toMatchObject({ op: 'return', returnid: (request as { returnid: string }).returnid })
    expect([...host.memory.values()].join()).not.toContain(saleid)
  })

  test('is needed for whatever is booked', async () => {
    const answer = await till().post('/v1/complete', complete)
    expect({ status: answer.status, key: JSON.parse(answer.text).key }).toEqual({ status: 400, key: 'idempotency.missing' })
    expect((await till().post('/v1/complete', complete, { 'idempotency-key': 'x'.repeat(61) })).status).toBe(400)
    expect(asks()).toBe(0)
  })
})

describe('who may not', () => {
  test('a stranger learns nothing, and soon has to wait', async () => {
    const stranger = openHttpTill({ port, secret: 'z'.repeat(40) })
    tills.push(stranger)
    await stranger.listening.catch(() => {})
    const statuses = []
    for (let times = 0; times < 12; times++) statuses.push((await stranger.post('/v1/ping', {})).status)
    expect(statuses.slice(0, 9)).toEqual(Array(9).fill(401))
    expect(statuses.slice(-2)).toEqual([429, 429])
    expect(host.events).toEqual([])
    laneAnswers(({ id }) => [{ op: 'pong', re: id }])
    expect((await till().post('/v1/ping', {})).status, 'a till behind the same address').toBe(200)
  })

  test('a till that asks without end has to wait', async () => {
    await connection.close()
    await start(host, { requestsPerSecond: 1 })
    laneAnswers(({ id }) => [{ op: 'pong', re: id }])
    const one = till()
    await one.listening
    const statuses = []
    for (let times = 0; times < 3; times++) statuses.push((await one.post('/v1/ping', {})).status)
    expect(statuses).toContain(429)
  })

  test('half a request is ended by the box', async () => {
    await connection.close()
    await start(host, { arriveMs: 500 })
    expect(await till().fault('half a request')).toContain('408')
  })

  test('a till that hangs up while it waits is forgotten; its answer becomes an event', async () => {
    const one = till()
    await one.listening
    await one.fault('hang up')
    const { request } = await host.event('till')
    connection.tills?.get('lane-1')?.send({ op: 'pong', re: request.id })
    expect(await one.waitFor(({ op }) => op === 'pong')).toBeTruthy()
  })

  test('another machine’s address needs TLS or a word that it is meant', async () => {
    await expect(tillHttpDriver.connect(options({ host: '0.0.0.0' }), host.host)).rejects.toMatchObject({
      key: 'device.insecure',
    })
  })

  test('over TLS the box shows its certificate, and asks for the till’s where an authority is named', async () => {
    await connection.close()
    const made = (name: string) => {
      const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)]
      const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      const about = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
      execFileSync('openssl', [...words, ...about], { stdio: 'ignore' })
      return { cert, key, pem: readFileSync(cert, 'utf8'), keyPem: readFileSync(key, 'utf8') }
    }
    const [box, own] = [made('box'), made('till')]
    await start(host, { host: '0.0.0.0', tls: { certFile: box.cert, keyFile: box.key, clientCaFile: own.cert } })
    laneAnswers(({ id }) => [{ op: 'pong', re: id }])
    const over = (tls?: { ca: string; cert?: string; key?: string }) => {
      const one = openHttpTill({ port, secret: keys['till-1'], ...(tls ? { tls } : {}) })
      tills.push(one)
      return one
    }
    expect((await over({ ca: box.pem, cert: own.pem, key: own.keyPem }).post('/v1/ping', {})).status).toBe(200)
    await expect(over({ ca: box.pem }).post('/v1/ping', {})).rejects.toMatchObject({ key: 'till.unreachable' })
    await expect(over({ ca: own.pem, cert: own.pem, key: own.keyPem }).post('/v1/ping', {})).rejects.toMatchObject({
      key: 'till.unreachable',
    })
    await expect(over().post('/v1/ping', {})).rejects.toMatchObject({ key: 'till.unreachable' })
  })

  test('two tills with one key are refused, and a short key', async () => {
    writeFileSync(join(folder, 'till-2'), keys['till-1'])
    await expect(tillHttpDriver.connect(options(), host.host)).rejects.toMatchObject({ key: 'secret.shared' })
    writeFileSync(join(folder, 'till-2'), 'short')
    await expect(tillHttpDriver.connect(options(), host.host)).rejects.toMatchObject({ key: 'secret.short' })
  })
})

test('the box describes itself: OpenAPI and a page', async () => {
  const document = await till().get('/openapi.json')
  expect(JSON.parse(document.text)).toMatchObject({ openapi: '3.1.0', paths: { '/v1/complete': {}, '/v1/events': {} } })
  const page = await till().get('/')
  expect(page.headers['content-type']).toContain('text/html')
  expect(page.text).toContain('POST /v1/close-day')
})
