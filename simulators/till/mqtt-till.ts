import { randomUUID } from 'node:crypto'
import type { MqttClient } from 'mqtt'
import { compiledTillResponse, type LaneScreen, laneScreen } from '#protocol/lane.ts'
import { laneTopics } from '#protocol/topics.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { createTillInbox } from './inbox.ts'
import type { TillClient } from './till-client.ts'

export interface MqttTillOptions {
  host?: string
  port: number
  club: string
  store: string
  lane: string
  password: string
  /** What follows the lane's name in the client id, where several clients stand at one lane. */
  suffix?: string
  /** `kept`: what the lane says while the till is away comes when it is back. */
  session?: 'kept' | 'fresh'
  /** What the broker sends to the lane should this till vanish, such as a `cancel`. */
  will?: object
  /** PEM: who signed the box's certificate, where it speaks TLS. */
  ca?: string
}

export interface MqttTill extends Omit<TillClient, 'sendLine'> {
  /** The lane's screen as it was shown last. */
  readonly screen: LaneScreen | undefined
  /** Publishes a message to the lane's `input`, or elsewhere, as it is: for faults and for repeats. */
  publish(payload: string | object, topic?: string): Promise<void>
  /** Cuts the line as a crash does: without a word. */
  vanish(): Promise<void>
}

/** A till's software on the box's own broker. Rejects where it may not log on. */
export async function connectMqttTill(options: MqttTillOptions): Promise<MqttTill> {
  const { host = '127.0.0.1', port, lane, suffix, ca } = options
  const topics = laneTopics(options.club, options.store, lane)
  const where = `the box’s broker ${host}:${port}`
  const { default: mqtt } = await import('mqtt')
  const inbox = createTillInbox(where)
  let screen: LaneScreen | undefined
  const client: MqttClient = mqtt.connect(`${ca === undefined ? 'mqtt' : 'mqtts'}://${host}:${port}`, {
    clientId: suffix === undefined ? lane : `${lane}/${suffix}`,
    username: lane,
    password: options.password,
    protocolVersion: 4,
    clean: options.session !== 'kept',
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...(ca === undefined ? {} : { ca }),
    ...(options.will
      ? { will: { topic: topics.input, payload: Buffer.from(JSON.stringify(options.will)), qos: 1 as const, retain: false } }
      : {}),
  })
  let failure: Error | undefined
  client.on('error', (error) => {
    failure = error
  })
  client.on('message', (topic, payload) => {
    const json: unknown = JSON.parse(payload.toString())
    if (topic === topics.screen) screen = laneScreen.parse(json)
    else {
      const parsed = compiledTillResponse.safeParse(json)
      if (parsed.success) inbox.deliver(parsed.data)
      else client.end(true)
    }
  })
  const closed = new Promise<void>((resolve) => {
    client.once('close', () => {
      inbox.end(failure)
      resolve()
    })
  })
  // The listeners stand before the line does: what waited in a kept session comes with the first bytes.
  const connected = new Promise<undefined>((resolve) => {
    client.once('connect', () => resolve(undefined))
  })
  const refusal = await Promise.race([connected, closed.then(() => failure ?? new Error('the broker closed the line'))])
  if (refusal !== undefined) {
    client.end(true)
    throw new VafaError({
      key: 'till.unreachable',
      message: `${where}: ${messageOf(refusal)}`,
      hint: 'start the gateway, and check localBroker in its configuration and the lane’s password',
      permanent: false,
      cause: refusal,
    })
  }
  await client.subscribeAsync([topics.replies, topics.screen], { qos: 1 })

  let calls = 0
  const publish: MqttTill['publish'] = async (payload, topic = topics.input) => {
    await client.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 })
  }
  return {
    closed,
    get screen() {
      return screen
    },
    publish,
    async request(call, { until, timeoutMs = 10_000 } = {}) {
      calls += 1
      const id = `${suffix ?? lane}-${calls}`
      const answer = inbox.next(
        (message) => message.re === id && (until === undefined || message.op === until || message.op === 'error'),
        timeoutMs,
        `an answer to ${call.op} ${id}`,
      )
      await publish({ ...call, id, idempotencykey: randomUUID() })
      return answer
    },
    waitFor: inbox.waitFor,
    onMessage: inbox.onMessage,
    async vanish() {
      client.stream.destroy()
      await closed
    },
    async close() {
      await client.endAsync()
      await closed
    },
  }
}
