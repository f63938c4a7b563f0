import { expect, it, onTestFinished } from 'vitest'
import { startBroker } from './broker.ts'
import { openBrokerClient } from './broker-client.ts'
import { silentLogger } from './log.ts'
import { systemRuntime } from './runtime.ts'

async function brokerAt(port = 0) {
  const broker = await startBroker<string>({
    listen: [{ host: '127.0.0.1', port }],
    authenticate: (username) => username,
    mayPublish: () => true,
    maySubscribe: () => true,
    log: silentLogger,
  })
  onTestFinished(() => broker.close())
  return broker
}

function clientOf(port: number) {
  const client = openBrokerClient({
    url: `mqtt://127.0.0.1:${port}`,
    clientid: 'club',
    login: () => ({ username: 'club', password: 'x' }),
    loginHint: '',
    subscriptions: ['up/#'],
    isAllowed: (topic) => !topic.endsWith('/forged'),
    // Not in the test's way: a broker that is away is looked for again at once.
    runtime: { ...systemRuntime, random: () => 0 },
    log: silentLogger,
  })
  onTestFinished(() => client.close())
  return client
}

it('hears what its broker lets through and what senders may send, by the filter of each subscriber', async () => {
  const broker = await brokerAt()
  const client = clientOf(broker.ports[0] ?? 0)
  await expect.poll(() => client.up).toBe(true)
  const heard: string[] = []
  client.subscribe('up/+', ({ topic, payload }) => heard.push(`${topic} ${payload}`))
  const end = client.subscribe('up/a', ({ topic }) => heard.push(`once ${topic}`))
  await broker.publish({ topic: 'up/a', payload: '1', qos: 1 })
  await expect.poll(() => heard).toEqual(['up/a 1', 'once up/a'])
  end()
  for (const topic of ['up/forged', 'up/a/b', 'down/a', 'up/b']) await broker.publish({ topic, payload: '2', qos: 1 })
  await expect.poll(() => heard.at(-1)).toBe('up/b 2')
  expect(heard).toHaveLength(3)
})

it('says again what was to stay at the broker, also what was said before the broker was there; the rest is refused meanwhile', async () => {
  const first = await brokerAt()
  const port = first.ports[0] ?? 0
  await first.close()
  const client = clientOf(port)
  await client.publish({ topic: 'down/keys', payload: 'old', qos: 1, retain: true })
  await client.publish({ topic: 'down/keys', payload: 'new', qos: 1, retain: true })
  await expect(client.publish({ topic: 'replies', payload: 'x', qos: 1 })).rejects.toMatchObject({
    key: 'broker.away',
    permanent: false,
  })
  for (let life = 0; life < 2; life++) {
    const heard: string[] = []
    const broker = await brokerAt(port)
    broker.subscribe('#', ({ topic, payload }) => heard.push(`${topic} ${payload}`))
    await expect.poll(() => heard).toEqual(['down/keys new'])
    await client.publish({ topic: 'replies', payload: 'y', qos: 1 })
    await expect.poll(() => heard).toEqual(['down/keys new', 'replies y'])
    await broker.close()
    await expect.poll(() => client.up).toBe(false)
  }
})
