import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { tillMqttDriver } from '#drivers/till-mqtt/driver.ts'
import { connectMqttTill, type MqttTill, type MqttTillOptions } from '#simulators/till/mqtt-till.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const saleid = '01890a5d-ac96-774b-bcce-b302099a8057'
const passwords = { 'lane-1': 'one password', 'lane-2': 'another password' }

let folder: string
let host: TestHost
let connection: Connection
let port: number
let tills: MqttTill[]

async function start(to: TestHost = host, more: object = {}) {
  const lanes = Object.keys(passwords).map((lane) => ({ lane, secretFile: join(folder, lane) }))
  connection = await tillMqttDriver.connect(tillMqttDriver.options.parse({ club: 'vafa', port: 0, lanes, ...more }), to.host)
  port = connection.address?.port ?? 0
}

async function till(lane: keyof typeof passwords = 'lane-1', more: Partial<MqttTillOptions> = {}): Promise<MqttTill> {
  const one = await connectMqttTill({ port, club: 'vafa', store: 'store-under-test', lane, password: passwords[lane], ...more })
  tills.push(one)
  return one
}

const lane = (name: keyof typeof passwords = 'lane-1') => {
  const found = connection.tills?.get(name)
  if (!found) throw new Error(`no ${name}`)
  return found
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-till-'))
  for (const [name, password] of Object.entries(passwords)) writeFileSync(join(folder, name), password)
  tills = []
  host = createTestHost('local-broker')
  await start()
})
afterEach(async () => {
  await Promise.all(tills.map((one) => one.vanish()))
  await connection.close()
  rmSync(folder, { recursive: true })
})

describe('a till on the box’s own broker', () => {
  test('asks its lane, and hears the answers under its own number', async () => {
    const one = await till()
    const asked = one.request({ op: 'cancel', saleid })
    const { request, lane: named } = await host.event('till')
    expect({ op: request.op, named }).toEqual({ op: 'cancel', named: 'lane-1' })
    lane().send({ op: 'cancelled', re: request.id, saleid })
    expect(await asked).toEqual({ op: 'cancelled', re: 'lane-1-1', saleid })
  })

  test('meets its own lane only: what it sends elsewhere goes nowhere and ends its connection', async () => {
    const [one, two] = [await till('lane-1'), await till('lane-2')]
    void one.publish({ op: 'ping', id: 'x' }, 'vafa/v1/vafa/stores/store-under-test/lanes/lane-2/input')
    await one.closed
    lane('lane-1').send({ op: 'cancelled' })
    const asked = two.request({ op: 'ping' })
    const { request } = await host.event('till')
    expect(request.op).toBe('ping')
    lane('lane-2').send({ op: 'pong', re: request.id })
    await asked
    expect(host.events).toHaveLength(1)
  })

  test('needs the lane’s password', async () => {
    await expect(till('lane-1', { password: 'another password' })).rejects.toMatchObject({ key: 'till.unreachable' })
  })

  test('that was away gets what its lane has said meanwhile, in order', async () => {
    const before = await till('lane-1', { session: 'kept', suffix: 'a' })
    const asked = before.publish({ op: 'complete', id: 'c-1', saleid, tenders: [] })
    const { request } = await host.event('till')
    await asked
    await before.vanish()
    lane().send({ op: 'completed', re: request.id, saleid })
    lane().send({ op: 'result', re: request.id, status: 'accepted', balances: [], effects: [], prompts: [] })
    const after = await till('lane-1', { session: 'kept', suffix: 'a' })
    expect(await after.waitFor(() => true)).toMatchObject({ op: 'completed', re: 'c-1' })
    expect(await after.waitFor(() => true)).toMatchObject({ op: 'result', re: 'c-1' })
  })

  test('of a till that never comes back so much is kept and no more', async () => {
    await (await till('lane-1', { session: 'kept', suffix: 'a' })).vanish()
    const there = await till('lane-1', { suffix: 'b' })
    for (let count = 0; count < 1_100; count++) lane().send({ op: 'signed-off', operator: String(count) })
    await there.waitFor((message) => message.op === 'signed-off' && message.operator === '1099')
    const back = await till('lane-1', { session: 'kept', suffix: 'a' })
    lane().send({ op: 'cancelled' })
    await back.waitFor(({ op }) => op === 'cancelled')
    await back.waitFor((message) => message.op === 'signed-off' && message.operator === '999')
    await expect(
      back.waitFor((message) => message.op === 'signed-off' && message.operator === '1000', { timeoutMs: 50 }),
    ).rejects.toMatchObject({ key: 'till.late' })
  })

  test('may leave a last word: a sale is cancelled when the till dies', async () => {
    const one = await till('lane-1', { will: { op: 'cancel', id: 'will' } })
    await one.vanish()
    expect((await host.event('till')).request).toMatchObject({ op: 'cancel' })
  })

  test('sees the lane’s screen, also as it was before the till came', async () => {
    connection.screens?.get('lane-1')?.show({ lane: 'lane-1', state: 'presented', mode: 'live', uplink: 'online', prompts: [] })
    const one = await till()
    await expect.poll(() => one.screen?.state).toBe('presented')
  })
})

describe('a message that is sent again with its idempotencykey', () => {
  const complete = { op: 'complete', id: 'c-1', saleid, tenders: [], idempotencykey: 'k-1' }

  test('is answered again and reaches the lane once', async () => {
    const one = await till()
    await one.publish(complete)
    const { request } = await host.event('till')
    await one.publish({ ...complete, id: 'c-2' })
    lane().send({ op: 'result', re: request.id, status: 'accepted', balances: [], effects: [], prompts: [] })
    await one.waitFor(({ op, re }) => op === 'result' && re === 'c-1')
    await one.publish({ ...complete, id: 'c-3' })
    await one.waitFor(({ op, re }) => op === 'result' && re === 'c-3')
    expect(host.events.filter(({ kind }) => kind === 'till')).toHaveLength(1)
  })

  test('is refused where it is another message, also after a restart of the box', async () => {
    await (await till()).publish(complete)
    await host.event('till')
    await connection.close()
    const later = createTestHost('local-broker', host.host.runtime, host.memory)
    await start(later)
    const one = await till()
    await one.publish({ ...complete, id: 'c-2', tenders: [{ kind: 'cash', amount: 1 }] })
    expect(await one.waitFor(({ op }) => op === 'error')).toMatchObject({ re: 'c-2', error: { key: 'event.conflict' } })
    await one.publish({ ...complete, id: 'c-3' })
    expect((await later.event('till')).request).toMatchObject({ op: 'complete', saleid })
  })
})

test('what is no request is told so, and repeats no credential', async () => {
  const one = await till()
  await one.publish({ op: 'present', id: '7', credential: { kind: 'smoke', value: '09123456789' } })
  const told = await one.waitFor(({ op }) => op === 'error')
  expect(told).toMatchObject({ re: '7', error: { key: 'request.invalid' } })
  expect(JSON.stringify([told, host.events])).not.toContain('0912')
})

test('speaks TLS with a certificate, and needs it for another machine’s address', async () => {
  await expect(start(host, { host: '0.0.0.0' })).rejects.toMatchObject({ key: 'device.insecure' })
  await connection.close()
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=box', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  await start(host, { host: '0.0.0.0', tls: { certFile: cert, keyFile: key } })
  const one = await till('lane-1', { ca: readFileSync(cert, 'utf8') })
  const asked = one.request({ op: 'ping' })
  const { request } = await host.event('till')
  lane().send({ op: 'pong', re: request.id })
  await asked
  await expect(till('lane-1')).rejects.toMatchObject({ key: 'till.unreachable' })
})
