import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBroker } from './broker.ts'
import { silentLogger } from './log.ts'
import { type MqttLink, openMqttLink } from './mqtt-client.ts'
import { systemRuntime } from './runtime.ts'

async function brokerOf(options: { maySubscribe?: boolean } = {}) {
  const broker = await startBroker<string>({
    listen: [{ host: '127.0.0.1', port: 0 }],
    authenticate: (username, password) => (password === 'right' ? username : undefined),
    mayPublish: () => true,
    maySubscribe: () => options.maySubscribe ?? true,
    log: silentLogger,
  })
  onTestFinished(() => broker.close())
  return broker
}

/** A TCP line to `port` that can be cut: nobody gets through until it is mended. */
async function cuttableLine(port: number) {
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    if (!whole) return near.destroy()
    const far = createConnection({ host: '127.0.0.1', port })
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()))
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
  })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address !== 'object') throw new Error('a TCP server without an address')
  return {
    port: address.port,
    cut() {
      whole = false
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    mend() {
      whole = true
    },
  }
}

/** How long a polite goodbye may take: no reconnect. */
const goodbyeMs = 1_000

function linkOf(port: number, options: { password?: string } = {}) {
  const waits: number[] = []
  const warnings: string[] = []
  const got: string[] = []
  let ups = 0
  let wake = () => {}
  const link: MqttLink = openMqttLink({
    url: `mqtt://127.0.0.1:${port}`,
    clientid: 's1',
    login: () => ({ username: 's1', password: options.password ?? 'right' }),
    loginHint: 'look into the secret file',
    will: () => ({ topic: 'state', payload: 'gone' }),
    subscriptions: ['to/s1'],
    runtime: {
      ...systemRuntime,
      // Reconnects are what these tests watch: their waits are noted and cut short.
      after(ms, callback) {
        if (ms === goodbyeMs) return systemRuntime.after(ms, callback)
        waits.push(ms)
        wake()
        return systemRuntime.after(1, callback)
      },
    },
    log: pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
    onMessage(_, payload) {
      if (String(payload) === 'poison') throw new Error('a fault in whoever listens')
      got.push(String(payload))
      wake()
    },
    onUp() {
      ups += 1
      wake()
    },
    onDown: () => wake(),
  })
  onTestFinished(() => link.close())
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      wake = () => {
        if (holds()) resolve()
      }
      wake()
    })
  return { link, waits, warnings, got, until, ups: () => ups }
}

describe('a link to a broker', () => {
  it('is up when its subscriptions are granted, and hears what comes, also after a message that its listener fails at', async () => {
    const broker = await brokerOf()
    const { until, link, got } = linkOf(broker.ports[0] ?? 0)
    await until(() => link.up)
    await broker.publish({ topic: 'to/s1', payload: 'poison', qos: 1 })
    await broker.publish({ topic: 'to/s1', payload: 'hello', qos: 1 })
    await until(() => got.length === 1)
    expect(got).toEqual(['hello'])
  })

  it('sends nothing that was said while it was down', async () => {
    const broker = await brokerOf()
    const heard: string[] = []
    broker.subscribe('said', ({ payload }) => heard.push(String(payload)))
    const { until, link, ups } = linkOf(broker.ports[0] ?? 0)
    expect(link.publish({ topic: 'said', payload: 'too early', qos: 1 })).toBe(false)
    await until(() => link.up)
    const down = until(() => !link.up)
    broker.disconnect('s1')
    await down
    expect(link.publish({ topic: 'said', payload: 'too late', qos: 0 })).toBe(false)
    await until(() => ups() === 2)
    link.publish({ topic: 'said', payload: 'now', qos: 1 })
    await link.close()
    expect(heard).toEqual(['now'])
  })

  it('waits longer and longer for a broker that refuses it', async () => {
    const broker = await brokerOf()
    const { until, waits } = linkOf(broker.ports[0] ?? 0, { password: 'wrong' })
    await until(() => waits.length === 12)
    expect(waits.every((ms) => ms >= 500 && ms <= 30_000)).toBe(true)
    expect(Math.max(...waits.slice(8))).toBeGreaterThan(2_000)
  })

  it('whose name or password is refused says so once, with the way out and without the password', async () => {
    const broker = await brokerOf()
    const { until, waits, warnings, link } = linkOf(broker.ports[0] ?? 0, { password: 'wr0ng' })
    await until(() => waits.length === 4)
    expect(link.trouble).toBe('the broker refuses “s1” or its password: look into the secret file')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('look into the secret file')
    expect(warnings[0]).not.toContain('wr0ng')
  })

  it('that is refused its subscriptions is not up', async () => {
    const broker = await brokerOf({ maySubscribe: false })
    const { until, waits, link, ups } = linkOf(broker.ports[0] ?? 0)
    await until(() => waits.length === 2)
    expect([link.up, ups()]).toEqual([false, 0])
  })

  it('kicked again and again says that another may use its identity, and slows down', async () => {
    const broker = await brokerOf()
    const { until, waits, link, ups } = linkOf(broker.ports[0] ?? 0)
    for (let life = 1; life <= 3; life += 1) {
      await until(() => ups() === life)
      broker.disconnect('s1')
      await until(() => waits.length === life)
    }
    expect(link.trouble).toContain('another client may be using the identity “s1”')
    expect(waits[2]).toBeGreaterThanOrEqual(15_000)
  })

  it('on a line that fails between its short lives blames nobody', async () => {
    const broker = await brokerOf()
    const line = await cuttableLine(broker.ports[0] ?? 0)
    const { until, waits, link, ups } = linkOf(line.port)
    for (let life = 1; life <= 4; life += 1) {
      await until(() => ups() === life)
      const before = waits.length
      line.cut()
      await until(() => waits.length >= before + 2)
      line.mend()
    }
    expect(link.trouble).toBeUndefined()
  })

  it('that is closed politely leaves no last will', async () => {
    const broker = await brokerOf()
    const wills: string[] = []
    broker.subscribe('state', ({ payload }) => wills.push(String(payload)))
    const { until, link } = linkOf(broker.ports[0] ?? 0)
    await until(() => link.up)
    await link.close()
    const cut = linkOf(broker.ports[0] ?? 0)
    await cut.until(() => cut.link.up)
    broker.disconnect('s1')
    await cut.until(() => cut.ups() === 2)
    expect(wills).toEqual(['gone'])
  })
})
