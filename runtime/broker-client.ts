import type { Broker, BrokerMessage } from './broker.ts'
import { VafaError } from './errors.ts'
import type { Logger } from './log.ts'
import { type MqttLogin, openMqttLink } from './mqtt-client.ts'
import type { Runtime } from './runtime.ts'
import { topicMatcher } from './topic-filter.ts'

export interface BrokerClientOptions {
  /** `mqtts://host:port` */
  url: string
  clientid: string
  /** Asked at each connection. */
  login: () => MqttLogin
  loginHint: string
  /** All that `subscribe` can ever hear of: filters at the broker. */
  subscriptions: readonly string[]
  /** Whether a message is one that its sender may send; others are dropped. */
  isAllowed(topic: string): boolean
  onUp?(): void
  onDown?(): void
  runtime: Runtime
  log: Logger
}

export type BrokerClient = Pick<Broker, 'publish' | 'subscribe' | 'close'> & {
  readonly up: boolean
  readonly trouble: string | undefined
}

/** One process at the other end, not a street of boxes: it may come back quickly. */
const backoff = { floorMs: 200, capMs: 5_000 }

/**
 * A broker of somebody else's, used as if it were in this process. Who sent a message is not told: the broker must hold
 * each sender to its own topics. Retained messages are kept and said again at each connection, so that the broker needs
 * no memory of its own; others are refused while it is away. Everything goes out and comes in with QoS 1 and may come twice.
 */
export function openBrokerClient(options: BrokerClientOptions): BrokerClient {
  const { log, isAllowed } = options
  const subscribers = new Set<(message: BrokerMessage) => void>()
  const retained = new Map<string, string | Buffer>()
  const link = openMqttLink({
    ...{ url: options.url, clientid: options.clientid, login: options.login, loginHint: options.loginHint },
    ...{ subscriptions: options.subscriptions, runtime: options.runtime, log, backoff },
    onMessage(topic, payload) {
      if (!isAllowed(topic)) {
        log.warn({ topic: topic.slice(0, 200) }, 'a message that its sender may not send came from the broker; dropped')
        return
      }
      for (const subscriber of subscribers) subscriber({ topic, payload, from: undefined })
    },
    onUp() {
      log.info({ url: options.url }, 'connected to the broker')
      for (const [topic, payload] of retained) link.publish({ topic, payload, qos: 1, retain: true })
      options.onUp?.()
    },
    onDown: () => options.onDown?.(),
  })
  return {
    get up() {
      return link.up
    },
    get trouble() {
      return link.trouble
    },
    async publish({ topic, payload, qos, retain = false }) {
      const body = typeof payload === 'string' ? payload : Buffer.from(payload)
      // An empty one takes back what an earlier process left at the broker; it too is said again, which does no harm.
      if (retain) retained.set(topic, body)
      if (link.publish({ topic, payload: body, qos, retain }) || retain) return
      throw new VafaError({
        key: 'broker.away',
        message: `the broker at ${options.url} is not connected`,
        hint: link.trouble ?? 'is it running? The club connects again by itself',
        permanent: false,
      })
    },
    subscribe(filter, handler) {
      const matches = topicMatcher(filter)
      const subscriber = (message: BrokerMessage) => {
        if (matches(message.topic)) handler(message)
      }
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    },
    close: () => link.close(),
  }
}
