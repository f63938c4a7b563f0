import { type EventEmitter, once as onceEmitted } from 'node:events'
import { connect as connectTcp } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, type BrokerMessage, startBroker } from './broker.ts'
import { silentLogger } from './log.ts'
import { sameSecret } from './secret-check.ts'

const secrets = new Map([
  ['s1', 'secret one'],
  ['s2', 'secret two'],
])
const own = (identity: { store: string }, topic: string) => topic.startsWith(`stores/${identity.store}/`)

const once = (emitter: unknown, event: string) => onceEmitted(emitter as EventEmitter, event)

let broker: Broker
let heard: string[] = []
let warnings: string[] = []
let clients: MqttClient[] = []

beforeEach(async () => {
  heard = []
  warnings = []
  broker = await startBroker<{ store: string }>({
    listen: [{ host: '127.0.0.1', port: 0 }],
    authenticate: (username, password) => (sameSecret(password, secrets.get(username) ?? '') ? { store: username } : undefined),
    mayPublish: own,
    maySubscribe: own,
    isOurs: (topic) => topic.endsWith('/facts'),
    onClient: ({ kind, identity }) => heard.push(`${identity.store} ${kind}`),
    log: pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
    drainTimeoutMs: 1_500,
    maxPacketBytes: 10_000,
  })
})
afterEach(async () => {
  for (const client of clients) client.end(true)
  clients = []
  await broker.close()
})

function open(options: IClientOptions): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${broker.ports[0]}`, { reconnectPeriod: 0, protocolVersion: 4, ...options })
  clients.push(client)
  client.on('error', () => {})
  return client
}

async function login(store: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = open({ clientId: store, username: store, password: secrets.get(store) ?? '', ...options })
  await once(client, 'connect')
  return client
}

async function refusalOf(options: IClientOptions): Promise<string> {
  const [error] = await once(open(options), 'error')
  return String(error.message)
}

const nextMessage = (filter: string): Promise<BrokerMessage> =>
  new Promise((resolve) => {
    const end = broker.subscribe(filter, (message) => {
      end()
      resolve(message)
    })
  })

describe('an embedded broker', () => {
  it('refuses anonymous clients and wrong passwords', async () => {
    expect(await refusalOf({ clientId: 's1' })).toContain('Connection refused')
    expect(await refusalOf({ clientId: 's1', username: 's1', password: 'secret two' })).toContain('Bad username or password')
    expect(await refusalOf({ clientId: 's9', username: 's9', password: 'x' })).toContain('Bad username or password')
  })

  it('warns of a refused login with the name and the way out, and never with a password', async () => {
    await refusalOf({ clientId: 's1', username: 's1', password: 'secret two' })
    expect(warnings).toHaveLength(1)
    expect(JSON.parse(warnings[0] ?? '')).toMatchObject({
      msg: 'login refused',
      username: 's1',
      reason: expect.stringContaining('compare the secret files'),
    })
    expect(warnings[0]).not.toContain('secret two')
  })

  it("refuses a client id that is another's, so that nobody can take over a session", async () => {
    const victim = await login('s1')
    expect(await refusalOf({ clientId: 's1', username: 's2', password: 'secret two' })).toContain('Identifier rejected')
    expect(await refusalOf({ clientId: '', clean: true, username: 's2', password: 'secret two' })).toContain(
      'Identifier rejected',
    )
    expect(victim.connected).toBe(true)
    await login('s2', { clientId: 's2/second' })
  })

  it('carries messages from clients to this process and back, in order', async () => {
    const client = await login('s1')
    const seen: string[] = []
    const done = new Promise<void>((resolve) => {
      broker.subscribe('stores/+/facts/+', ({ topic, payload, from }) => {
        seen.push(`${from} ${topic} ${payload}`)
        if (seen.length === 50) resolve()
      })
    })
    for (let n = 0; n < 50; n++) client.publish('stores/s1/facts/00', String(n), { qos: 1 })
    await done
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => `s1 stores/s1/facts/00 ${n}`))

    await client.subscribeAsync('stores/s1/replies', { qos: 1 })
    const answer = once(client, 'message')
    await broker.publish({ topic: 'stores/s1/replies', payload: 'yes', qos: 1 })
    expect(String((await answer)[1])).toBe('yes')
  })

  it.each([
    ['#', ['a', 'a/b', 'a/b/c']],
    ['a/#', ['a', 'a/b', 'a/b/c']],
    ['a/+', ['a/b']],
    ['+/b/+', ['a/b/c']],
    ['a', ['a']],
  ])('hands what fits %s to this process, its own messages too', async (filter, expected) => {
    const seen: string[] = []
    const end = broker.subscribe(filter, ({ topic, from }) => seen.push(`${topic} ${from}`))
    for (const topic of ['a', 'a/b', 'a/b/c', '$SYS/a']) await broker.publish({ topic, payload: '', qos: 1 })
    end()
    await broker.publish({ topic: 'a/b', payload: '', qos: 1 })
    expect(seen).toEqual(expected.map((topic) => `${topic} undefined`))
  })

  it.each([0, 1, 2] as const)('hands a message of QoS %i to this process once', async (qos) => {
    const seen: string[] = []
    broker.subscribe('stores/s1/facts/+', ({ payload }) => seen.push(String(payload)))
    const client = await login('s1')
    await client.publishAsync('stores/s1/facts/00', 'once', { qos })
    const last = nextMessage('stores/s1/facts/01')
    await client.publishAsync('stores/s1/facts/01', 'last', { qos: 1 })
    await last
    expect(seen).toEqual(['once', 'last'])
  })

  it('acknowledges what is said to this process alone, and passes it on to nobody', async () => {
    const seen: string[] = []
    broker.subscribe('stores/#', ({ topic, payload }) => seen.push(`${topic} ${payload}`))
    const s1 = await login('s1')
    const got: string[] = []
    s1.on('message', (_, payload) => got.push(String(payload)))
    await s1.subscribeAsync('stores/s1/#', { qos: 1 })
    await s1.publishAsync('stores/s1/facts', 'paid', { qos: 1 })
    await s1.publishAsync('stores/s1/facts', 'asked', { qos: 0 })
    await s1.publishAsync('stores/s1/state', 'online', { qos: 1 })
    while (!got.includes('online')) await once(s1, 'message')
    expect({ seen, got }).toEqual({
      seen: ['stores/s1/facts paid', 'stores/s1/facts asked', 'stores/s1/state online'],
      got: ['online'],
    })
  })

  it('keeps retained messages for who comes later', async () => {
    await broker.publish({ topic: 'stores/s1/down/keys', payload: 'key', qos: 1, retain: true })
    const client = await login('s1')
    const message = once(client, 'message')
    await client.subscribeAsync('stores/s1/down/+', { qos: 1 })
    expect(String((await message)[1])).toBe('key')
  })

  it('drops a forbidden publish and ends the connection', async () => {
    const forwarded: string[] = []
    broker.subscribe('#', ({ topic }) => forwarded.push(topic))
    const client = await login('s2')
    const closed = once(client, 'close')
    client.publish('stores/s1/facts/00', 'forged', { qos: 1 })
    await closed
    const reserved = await login('s2')
    const closedToo = once(reserved, 'close')
    reserved.publish('$SYS/x', 'forged')
    await closedToo
    expect(forwarded).toEqual([])
  })

  it.each(['stores/s1/replies', 'stores/+/replies', '#', '$SYS/#'])(
    'refuses the subscription %s to another store',
    async (filter) => {
      const client = await login('s2')
      await expect(client.subscribeAsync(filter, { qos: 1 })).rejects.toThrow('Unspecified error')
      expect(client.connected).toBe(true)
    },
  )

  it('delivers nothing of a refused filter to a persistent session, also when it comes beside an allowed one', async () => {
    const first = await login('s2', { clean: false })
    await new Promise((resolve) => first.subscribe(['stores/s2/replies', 'stores/s1/replies'], { qos: 1 }, resolve))
    await first.endAsync()
    await broker.publish({ topic: 'stores/s1/replies', payload: 'for s1', qos: 1 })
    await broker.publish({ topic: 'stores/s2/replies', payload: 'for s2', qos: 1 })
    const again = open({ clientId: 's2', username: 's2', password: 'secret two', clean: false })
    const got: string[] = []
    again.on('message', (_, payload) => got.push(String(payload)))
    await once(again, 'message')
    await broker.publish({ topic: 'stores/s1/replies', payload: 'for s1', qos: 1 })
    await broker.publish({ topic: 'stores/s2/replies', payload: 'last', qos: 1 })
    while (!got.includes('last')) await once(again, 'message')
    expect(got).toEqual(['for s2', 'last'])
  })

  it('publishes a will only where its owner may publish', async () => {
    const seen: string[] = []
    broker.subscribe('stores/#', ({ topic, payload }) => seen.push(`${topic} ${payload}`))
    const forger = await login('s2', { will: { topic: 'stores/s1/state', payload: Buffer.from('offline'), qos: 1 } })
    const honest = await login('s1', { will: { topic: 'stores/s1/state', payload: Buffer.from('gone'), qos: 1 } })
    const will = nextMessage('stores/s1/state')
    forger.stream.destroy()
    await once(forger, 'close')
    honest.stream.destroy()
    expect(String((await will).payload)).toBe('gone')
    expect(seen).toEqual(['stores/s1/state gone'])
  })

  it('does not stall the others for one subscriber that does not read', async () => {
    const frozen = await login('s2')
    await frozen.subscribeAsync('stores/s2/replies', { qos: 1 })
    const lost = new Promise<void>((resolve) => frozen.once('close', () => resolve()))
    frozen.stream.pause()
    const brisk = await login('s1')
    await brisk.subscribeAsync('stores/s1/replies', { qos: 1 })
    const flood = Array.from({ length: 2_000 }, () =>
      broker.publish({ topic: 'stores/s2/replies', payload: Buffer.alloc(9_000), qos: 1 }),
    )
    const answer = once(brisk, 'message')
    void broker.publish({ topic: 'stores/s1/replies', payload: 'yes', qos: 1 })
    await answer
    // The broker had not given the silent one up yet: nobody waited for it.
    expect(heard).not.toContain('s2 disconnected')
    await Promise.all(flood)
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('s2 disconnected')
    frozen.stream.resume()
    await lost
  })

  it('ends a connection that announces too large a packet, before and after login', async () => {
    const stranger = connectTcp({ port: broker.ports[0] ?? 0, host: '127.0.0.1' })
    const closed = once(stranger, 'close')
    stranger.on('error', () => stranger.destroy())
    stranger.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    await closed
    const client = await login('s1')
    const gone = once(client, 'close')
    client.publish('stores/s1/facts/00', Buffer.alloc(10_001))
    await gone
  })

  it('can end a client by its id, and says who comes and goes', async () => {
    const client = await login('s1')
    const gone = once(client, 'close')
    expect(broker.disconnect('s1')).toBe(true)
    await gone
    expect(broker.disconnect('s1')).toBe(false)
    expect(heard).toEqual(['s1 connected', 's1 disconnected'])
  })

  it('names the port that is taken', async () => {
    const port = broker.ports[0] ?? 0
    const second = startBroker({
      listen: [{ host: '127.0.0.1', port }],
      authenticate: () => undefined,
      mayPublish: () => false,
      maySubscribe: () => false,
      log: silentLogger,
    })
    await expect(second).rejects.toMatchObject({
      key: 'broker.cannot-listen',
      message: `the broker cannot listen on 127.0.0.1:${port}: another process has that port`,
      hint: 'end that process or choose another port',
    })
  })
})

describe('whoever takes too much of a broker', () => {
  const limited = async ({
    atLeisure,
    ...limits
  }: NonNullable<Parameters<typeof startBroker>[0]['limits']> & { atLeisure?: () => boolean }) => {
    await broker.close()
    broker = await startBroker<{ store: string }>({
      listen: [{ host: '127.0.0.1', port: 0 }],
      authenticate: (username, password) => (password === secrets.get(username) ? { store: username } : undefined),
      mayPublish: own,
      maySubscribe: own,
      log: pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
      limits,
      atLeisure,
    })
  }

  it('tries more than ten wrong passwords in a name is refused late; the right one is let in at once', async () => {
    const wrong = { clientId: 's1', username: 's1', password: 'wrong' }
    for (let n = 0; n < 10; n += 1) await refusalOf(wrong)
    const began = performance.now()
    const late = [refusalOf(wrong), refusalOf(wrong)]
    await login('s1')
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(await Promise.all(late)).toEqual([expect.stringMatching(/Bad|Not auth/i), expect.stringMatching(/Bad|Not auth/i)])
    expect(performance.now() - began).toBeGreaterThan(1_900)
    expect(warnings.filter((line) => line.includes('login refused'))).toHaveLength(11)
  })

  it('has as many connections in its name as it may, and no more; one that ends makes room', async () => {
    await limited({ connectionsOfName: 2 })
    const first = await login('s1', { clientId: 's1/a' })
    await login('s1', { clientId: 's1/b' })
    const third = { clientId: 's1/c', username: 's1', password: secrets.get('s1') ?? '' }
    expect(await refusalOf(third)).toMatch(/Not authorized/i)
    await login('s2')
    await first.endAsync()
    await expect.poll(() => broker.clients()).toBe(2)
    await login('s1', third)
  })

  it('opens connections and says nothing: those of its address are hung up on, those who are in stay in', async () => {
    await limited({ strangersOfAddress: 3 })
    const inside = await login('s1')
    const call = (localAddress: string) => {
      const socket = connectTcp({ host: '127.0.0.1', port: broker.ports[0] ?? 0, localAddress })
      socket.on('error', () => undefined)
      return socket
    }
    const silent = [call('127.0.0.2'), call('127.0.0.2'), call('127.0.0.2')]
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    const fourth = call('127.0.0.2')
    await once(fourth.resume(), 'close')
    await login('s2')
    expect(inside.connected).toBe(true)
    for (const socket of silent) socket.destroy()
  })

  it('sends faster than it may is read later, sooner where there is time for it, and nothing of it is lost', async () => {
    let busy = true
    const share = { bytesPerSecond: 100_000, bytesAtOnce: 20_000, timesAtLeisure: 1_000 }
    await limited({ ...share, atLeisure: () => !busy })
    let count = 0
    broker.subscribe('stores/s1/#', () => {
      count += 1
    })
    const client = await login('s1')
    const began = performance.now()
    const text = 'x'.repeat(1_000)
    const flood = () => Promise.all(Array.from({ length: 100 }, () => client.publishAsync('stores/s1/facts', text, { qos: 1 })))
    await flood()
    expect(count).toBe(100)
    const whileBusy = performance.now() - began
    expect(whileBusy).toBeGreaterThan(150)
    // By the share alone three such floods take more than three times as long.
    busy = false
    const freed = performance.now()
    for (let n = 0; n < 3; n++) await flood()
    expect(count).toBe(400)
    expect(performance.now() - freed).toBeLessThan(2 * whileBusy)
  })
})
