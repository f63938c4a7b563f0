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

/** How long a polite goodbye may take: no reconnect. */
const goodbyeMs = 1_000

function linkOf(port: number, options: { password?: string } = {}) {
  const waits: number[] = []
  const got: string[] = []
  let ups = 0
  let wake = () => {}
  const link: MqttLink = openMqttLink({
    url: `mqtt://127.0.0.1:${port}`,
    clientid: 's1',
    username: 's1',
    password: options.password ?? 'right',
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
    log: silentLogger,
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
  return { link, waits, got, until, ups: () => ups }
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
