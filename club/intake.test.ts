import { type EventEmitter, once } from 'node:events'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { storeTopics } from '#protocol/topics.ts'
import { type Broker, startBroker } from '#runtime/broker.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import type { Arrival } from './booking/arrival.ts'
import { startIntake } from './intake.ts'
import type { ClubStore, Outcome } from './store/store.ts'

const topics = storeTopics('demo', 's1')
let broker: Broker
let box: MqttClient
let replies: string[]

beforeEach(async () => {
  broker = await startBroker({
    listen: [{ host: '127.0.0.1', port: 0 }],
    authenticate: () => 'anyone',
    mayPublish: () => true,
    maySubscribe: () => true,
    log: silentLogger,
  })
  box = mqtt.connect(`mqtt://127.0.0.1:${broker.ports[0]}`, { clientId: 's1', username: 's1', password: 'x', protocolVersion: 4 })
  await once(box as unknown as EventEmitter, 'connect')
  replies = []
  await box.subscribeAsync(topics.replies, { qos: 1 })
})
afterEach(async () => {
  box.end(true)
  await broker.close()
})

/** A store whose commits the test holds back. */
function heldStore() {
  const batches: { kind: string; texts: string[]; done(outcome: Outcome | Error): void }[] = []
  let changed = () => {}
  const take = (kind: string) => (arrivals: readonly Arrival[]) =>
    new Promise<Outcome>((resolve, reject) => {
      const texts = arrivals.map((one) => new TextDecoder().decode(one.payload))
      batches.push({ kind, texts, done: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) })
      changed()
    })
  return {
    store: { commitBatch: take('facts'), answer: take('requests') } as unknown as ClubStore,
    batches,
    async batch(n: number) {
      while (batches[n] === undefined) {
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
      return batches[n]
    },
  }
}

const intake = (store: ClubStore) => startIntake({ club: 'demo', broker, store, runtime: systemRuntime, log: silentLogger })
const nothing: Outcome = { answers: [], notices: [] }
const nextReply = async () => String((await once(box as unknown as EventEmitter, 'message'))[1])

it('gathers what comes during a commit into the next batch, in order, and answers requests in between', async () => {
  const held = heldStore()
  const { close } = intake(held.store)
  await box.publishAsync(topics.facts('a'), '1', { qos: 1 })
  const first = await held.batch(0)
  for (const text of ['2', '3', '4']) await box.publishAsync(topics.facts('a'), text, { qos: 1 })
  await box.publishAsync(topics.requests('a'), 'who?', { qos: 1 })
  await box.publishAsync(topics.facts('a'), '5', { qos: 1 })
  // When this comes back, the broker has handed on all that was published before.
  const mark = nextReply()
  await box.publishAsync(topics.replies, 'mark', { qos: 1 })
  await mark
  first.done(nothing)
  const second = await held.batch(1)
  expect(second).toMatchObject({ kind: 'requests', texts: ['who?'] })
  second.done(nothing)
  const third = await held.batch(2)
  expect(third).toMatchObject({ kind: 'facts', texts: ['2', '3', '4', '5'] })
  third.done(nothing)
  await close()
})

it('gives the store a full batch of facts beside the one that it has, unless somebody asks', async () => {
  const held = heldStore()
  const { close } = intake(held.store)
  const stores = Array.from({ length: 16 }, (_, n) => storeTopics('demo', `s${n + 1}`))
  await box.publishAsync(topics.facts('a'), 'first', { qos: 1 })
  const first = await held.batch(0)
  for (let n = 0; n < 600; n++) box.publish(stores[n % stores.length]?.facts('a') ?? '', String(n))
  const mark = nextReply()
  await box.publishAsync(topics.replies, 'mark', { qos: 1 })
  await mark
  first.done(nothing)
  const [second, third] = [await held.batch(1), await held.batch(2)]
  expect([second, third].map((one) => [one?.kind, one?.texts.length])).toEqual([
    ['facts', 256],
    ['facts', 256],
  ])
  await box.publishAsync(topics.requests('a'), 'who?', { qos: 1 })
  second?.done(nothing)
  third?.done(nothing)
  expect(await held.batch(3)).toMatchObject({ kind: 'requests' })
  held.batches[3]?.done(nothing)
  const last = await held.batch(4)
  expect(last?.texts).toHaveLength(88)
  last?.done(nothing)
  await close()
})

it('publishes the stored bytes, with the name beside them only where there is one', async () => {
  const held = heldStore()
  const { close } = intake(held.store)
  await box.publishAsync(topics.facts('a'), '1', { qos: 1 })
  const body = '{"inReplyTo":"x",   "member":{"memberid":"m"}}'
  const answers = [
    { store: 's1', inReplyTo: 'x', body },
    { store: 's1', inReplyTo: 'x', body, displayName: 'سارا' },
  ]
  box.on('message', (_, payload) => replies.push(String(payload)))
  ;(await held.batch(0)).done({ ...nothing, answers })
  while (replies.length < 2) await nextReply()
  expect(replies).toEqual([body, '{"inReplyTo":"x",   "member":{"displayName":"سارا","memberid":"m"}}'])
  await close()
})

it('tells boxes to try again when the store fails, and goes on with the next batch', async () => {
  const held = heldStore()
  const { close } = intake(held.store)
  const id = systemRuntime.uuid()
  await box.publishAsync(topics.facts('a'), JSON.stringify({ id }), { qos: 1 })
  const answer = nextReply()
  ;(await held.batch(0)).done(new Error('disk full'))
  expect(JSON.parse(await answer)).toMatchObject({
    inReplyTo: id,
    status: 'failed',
    error: { key: 'club.failed', retryable: true, retryAfter: 5 },
  })
  await box.publishAsync(topics.facts('a'), '2', { qos: 1 })
  ;(await held.batch(1)).done(nothing)
  await close()
})

it('finishes what has come before it closes, and takes nothing after', async () => {
  const held = heldStore()
  const { close } = intake(held.store)
  await box.publishAsync(topics.facts('a'), '1', { qos: 1 })
  const first = await held.batch(0)
  let closed = false
  const closing = close().then(() => {
    closed = true
  })
  const mark = nextReply()
  await box.publishAsync(topics.facts('a'), '2', { qos: 1 })
  await box.publishAsync(topics.replies, 'mark', { qos: 1 })
  await mark
  expect(closed).toBe(false)
  first.done(nothing)
  await closing
  expect(held.batches).toHaveLength(1)
})
