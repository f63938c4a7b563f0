import { request } from 'node:http'
import mqtt from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { tillMqttDriver } from '#drivers/till-mqtt/driver.ts'
import type { LaneCustomer, LaneScreen } from '#protocol/lane.ts'
import type { LaneAccess } from '#protocol/lane-page.ts'
import { createTestHost, type TestHost } from './test-host.ts'

let host: TestHost
let connection: Connection
let ends: (() => Promise<void>)[]

const shown = {
  title: { fa: 'فروشگاه', en: 'Store' },
  language: 'fa',
  moneyShown: 'toman',
  currency: 'IRR',
  timeZone: 'Asia/Tehran',
}
const pages = {
  port: 0,
  shown: { ...shown, staff: false },
  lanes: [
    { lane: 'kiosk-1', kind: 'kiosk', page: 'loopback' },
    { lane: 'lane-1', kind: 'checkout', page: 'paired' },
  ],
}

async function start(to: TestHost = host) {
  connection = await tillMqttDriver.connect(tillMqttDriver.options.parse({ club: 'vafa', lanes: [], pages }), to.host)
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: unknown
}

/** As a browser asks: `Host` and `Origin` are what the page's address was. */
function ask(path: string, { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {}): Promise<Answer> {
  const { port } = connection.pages ?? { port: 0 }
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        ...{ host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET' },
        headers: { host: `127.0.0.1:${port}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      },
      async (response) => {
        const text = Buffer.concat(await response.toArray()).toString()
        const json = /json/.test(response.headers['content-type'] ?? '')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json ? JSON.parse(text) : text })
      },
    )
    asking.on('error', reject)
    asking.end(body ? JSON.stringify(body) : undefined)
  })
}

const ticketFor = async (lane: string, headers: Record<string, string> = {}) => {
  const answer = await ask('/ticket', { body: { page: 'kiosk', lane }, headers })
  return { ...answer, access: answer.body as LaneAccess }
}

async function connect({ path, clientid, username, password }: LaneAccess) {
  const url = `ws://127.0.0.1:${connection.pages?.port}${path}`
  const page = await mqtt.connectAsync(url, { clientId: clientid, username, password, reconnectPeriod: 0 })
  ends.push(async () => void page.end(true))
  return page
}

beforeEach(async () => {
  ends = []
  host = createTestHost('local-broker')
  await start()
})
afterEach(async () => {
  for (const end of ends) await end()
  await connection.close()
})

describe('the page of a lane', () => {
  test('gets a ticket on the box itself, sees what its lane shows, and is heard as that lane', async () => {
    connection.screens?.get('kiosk-1')?.show({ lane: 'kiosk-1', state: 'idle', mode: 'live', uplink: 'online', prompts: [] })
    const { status, access } = await ticketFor('kiosk-1')
    expect({ status, ...access }).toMatchObject({ status: 200, lane: 'kiosk-1', kind: 'kiosk', title: shown.title })
    const page = await connect(access)
    const first = new Promise<string>((resolve) => page.once('message', (_, payload) => resolve(String(payload))))
    await page.subscribeAsync([access.topics.screen, access.topics.replies], { qos: 1 })
    expect(JSON.parse(await first)).toMatchObject({ lane: 'kiosk-1', state: 'idle' })
    const reply = new Promise<string>((resolve) => page.once('message', (_, payload) => resolve(String(payload))))
    await page.publishAsync(access.topics.input, JSON.stringify({ op: 'ping', id: 'p-1' }), { qos: 1 })
    const { lane, request } = await host.event('till')
    expect(lane).toBe('kiosk-1')
    connection.tills?.get('kiosk-1')?.send({ op: 'pong', re: request.id })
    expect(JSON.parse(await reply)).toEqual({ op: 'pong', re: 'p-1' })
  })

  test('is told on coming who stands there, by a name that the broker does not keep; not who has gone', async () => {
    const screen: LaneScreen = { lane: 'kiosk-1', state: 'presented', mode: 'live', uplink: 'online', prompts: [] }
    const customer: LaneCustomer = { via: 'nfc-uid', name: 'سارا', number: '1234', balances: [], decidedBy: 'club' }
    const show = connection.screens?.get('kiosk-1')?.show
    /** What a page hears first: with or without the name, and whether the broker had kept it. */
    const heardOnComing = async (messages: number) => {
      const { access } = await ticketFor('kiosk-1')
      const page = await connect(access)
      const heard: { name: unknown; retained: boolean }[] = []
      const all = new Promise<void>((resolve) => {
        page.on('message', (_, payload, { retain }) => {
          heard.push({ name: JSON.parse(String(payload)).customer?.name, retained: retain })
          if (heard.length === messages) resolve()
        })
      })
      await page.subscribeAsync(access.topics.screen, { qos: 1 })
      await all
      await page.publishAsync(access.topics.input, JSON.stringify({ op: 'ping', id: `p-${messages}` }), { qos: 1 })
      await host.event('till')
      return heard
    }
    show?.({ ...screen, customer })
    expect(await heardOnComing(2)).toEqual(
      expect.arrayContaining([
        { name: undefined, retained: true },
        { name: 'سارا', retained: false },
      ]),
    )
    show?.({ ...screen, customer, state: 'completed' })
    expect(await heardOnComing(1)).toEqual([{ name: undefined, retained: true }])
  })

  test('acts for no other lane: whatever it sends or reads there ends its line or is refused', async () => {
    const { access } = await ticketFor('kiosk-1')
    const page = await connect(access)
    const other = access.topics.input.replace('kiosk-1', 'lane-1')
    await expect(page.subscribeAsync(other.replace('input', 'screen'))).rejects.toThrow()
    await expect(page.subscribeAsync(access.topics.input)).rejects.toThrow()
    const closed = new Promise<void>((resolve) => page.once('close', () => resolve()))
    page.publish(other, JSON.stringify({ op: 'ping', id: 'x' }), { qos: 1 })
    await closed
    expect(host.events).toHaveLength(0)
  })

  test('uses a ticket once, and under the client id that it was given with', async () => {
    const { access } = await ticketFor('kiosk-1')
    await connect(access)
    await expect(connect(access)).rejects.toThrow('Bad username or password')
    const { access: another } = await ticketFor('kiosk-1')
    await expect(connect({ ...another, clientid: 'kiosk-1/page-0' })).rejects.toThrow('Bad username or password')
  })

  test('gets no ticket for another site’s page, by a name that leads here, or through a proxy', async () => {
    const refused = [
      { origin: 'https://example.org' },
      { 'sec-fetch-site': 'cross-site' },
      { host: 'kiosk.example.org' },
      { 'x-forwarded-for': '10.0.0.9' },
    ]
    for (const headers of refused) expect((await ticketFor('kiosk-1', headers as never)).status).toBe(403)
    expect((await ticketFor('lane-1')).body).toMatchObject({ pairing: true })
    expect((await ticketFor('lane-9')).status).toBe(404)
  })

  test('on a tablet is paired with a code once, stays so over a restart of the box, and can be sent away', async () => {
    const { code } = connection.pages?.offer('lane-1') ?? { code: '' }
    const wrong = code === '00000000' ? '00000001' : '00000000'
    expect((await ask('/pair', { body: { lane: 'lane-1', code: wrong } })).status).toBe(403)
    const paired = await ask('/pair', { body: { lane: 'lane-1', code } })
    expect(paired.status).toBe(200)
    const [cookie = ''] = (paired.headers['set-cookie'] as string[]) ?? []
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    expect((await ticketFor('lane-1', headers)).status).toBe(200)
    expect((await ask('/pair', { body: { lane: 'lane-1', code } })).status).toBe(403)
    await connection.close()
    await start(createTestHost('local-broker', host.host.runtime, host.memory))
    expect((await ticketFor('lane-1', headers)).status).toBe(200)
    connection.pages?.forget('lane-1')
    expect((await ticketFor('lane-1', headers)).status).toBe(403)
    for (let guess = 0; guess < 10; guess++) await ask('/pair', { body: { lane: 'lane-1', code: '12345678' } })
    expect((await ask('/pair', { body: { lane: 'lane-1', code: '12345678' } })).status).toBe(429)
  })

  test('comes under a policy that lets in its own files only, and says honestly when it was not built', async () => {
    const page = await ask('/kiosk')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect([200, 503]).toContain(page.status)
    expect(String(page.body)).toMatch(/id="page"|npm run build:web/)
    expect((await ask('/kiosk-files/../../package.json')).status).toBe(404)
    expect((await ask('/kiosk-files/%2e%2e/%2e%2e/package.json')).status).toBe(404)
  })
})
