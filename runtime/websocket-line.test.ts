import websocket from '@fastify/websocket'
import fastify from 'fastify'
import mqtt from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startBroker } from './broker.ts'
import { silentLogger } from './log.ts'
import { websocketLine } from './websocket-line.ts'

async function brokerBehindPages() {
  const broker = await startBroker<string>({
    listen: [],
    authenticate: (username, password) => (password === 'ticket' ? username : undefined),
    mayPublish: (who, topic) => topic === `${who}/input`,
    maySubscribe: (who, filter) => filter === `${who}/screen`,
    log: silentLogger,
  })
  const app = fastify({ forceCloseConnections: true })
  await app.register(websocket, { options: { maxPayload: 64 * 1024 } })
  app.get('/mqtt', { websocket: true }, (socket, { ip }) => broker.accept(websocketLine(socket, { remoteAddress: ip })))
  const url = (await app.listen({ host: '127.0.0.1', port: 0 })).replace('http', 'ws')
  onTestFinished(async () => {
    await broker.close()
    await app.close()
  })
  return { broker, url: `${url}/mqtt` }
}

it('carries MQTT of a page over a WebSocket, with the same names, passwords and rights as over TCP', async () => {
  const { broker, url } = await brokerBehindPages()
  const heard = Promise.withResolvers<string>()
  broker.subscribe('lane/input', ({ payload, from }) => heard.resolve(`${from} ${payload}`))
  await broker.publish({ topic: 'lane/screen', payload: 'x'.repeat(30_000), qos: 1, retain: true })
  const page = await mqtt.connectAsync(url, { clientId: 'lane/1', username: 'lane', password: 'ticket', reconnectPeriod: 0 })
  onTestFinished(() => void page.end(true))
  const shown = new Promise<string>((resolve) => page.once('message', (_, payload) => resolve(String(payload))))
  expect(await page.subscribeAsync('lane/screen', { qos: 1 })).toMatchObject([{ qos: 1 }])
  expect(await shown).toHaveLength(30_000)
  await page.publishAsync('lane/input', 'tap', { qos: 1 })
  expect(await heard.promise).toBe('lane/1 tap')
  await expect(page.subscribeAsync('other/screen', { qos: 1 })).rejects.toThrow('Unspecified error')
  const wrong = mqtt.connectAsync(url, { clientId: 'lane/2', username: 'lane', password: 'guess', reconnectPeriod: 0 })
  await expect(wrong).rejects.toThrow('Bad username or password')
})

it('sends what is written at once in few frames, none of them long', async () => {
  const { broker, url } = await brokerBehindPages()
  const page = await mqtt.connectAsync(url, { clientId: 'lane/1', username: 'lane', password: 'ticket', reconnectPeriod: 0 })
  onTestFinished(() => void page.end(true))
  await page.subscribeAsync('lane/screen')
  const frames: number[] = []
  page.stream.on('data', (bytes: Buffer) => frames.push(bytes.length))
  const numbers = Array.from({ length: 500 }, (_, i) => String(i).padStart(400, '0'))
  const heard: string[] = []
  const all = new Promise<void>((resolve) => {
    page.on('message', (_, payload) => heard.push(String(payload)) === numbers.length && resolve())
  })
  await Promise.all(numbers.map((payload) => broker.publish({ topic: 'lane/screen', payload, qos: 0, retain: false })))
  await all
  expect(heard).toEqual(numbers)
  expect(frames.length).toBeLessThan(100)
  expect(Math.max(...frames)).toBeLessThan(34_000)
})

it('ends a line that speaks text', async () => {
  const { url } = await brokerBehindPages()
  const socket = new WebSocket(url, 'mqtt')
  await new Promise((resolve) => socket.once('open', resolve))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  socket.send('hello')
  expect(await closed).toBe(1000)
})
