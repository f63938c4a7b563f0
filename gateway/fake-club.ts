import { type Fact, isFact, type Message, parseMessage } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { storeTopics } from '#protocol/topics.ts'
import { startBroker } from '#runtime/broker.ts'
import { silentLogger } from '#runtime/log.ts'

export type FakeClub = Awaited<ReturnType<typeof startFakeClub>>

/** A club for the gateway's own tests: a real broker on a real socket, and replies that the test chooses. */
export async function startFakeClub(options: { port?: number; answer?: (message: Message) => Partial<Reply> | undefined } = {}) {
  const topics = storeTopics('vafa', 's1')
  const messages: Message[] = []
  const watchers = new Set<() => void>()
  const seen: { topic: string; payload: string }[] = []
  let answer = options.answer ?? (() => ({}))
  const broker = await startBroker<string>({
    listen: [{ host: '127.0.0.1', port: options.port ?? 0 }],
    authenticate: (username, password) => (password === 'the store’s password' ? username : undefined),
    mayPublish: () => true,
    maySubscribe: () => true,
    log: silentLogger,
  })
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const reply = (inReplyTo: string, parts: Partial<Reply> = {}) =>
    broker.publish({
      topic: topics.replies,
      qos: 1,
      payload: JSON.stringify({
        inReplyTo,
        revision: 1,
        status: 'accepted',
        effects: [],
        prompts: [],
        decidedBy: 'club',
        programmeVersion: 1,
        ...parts,
      } satisfies Reply),
    })
  const take = ({ payload }: { payload: Buffer }) => {
    const parsed = parseMessage(payload)
    if (!parsed.ok) throw new Error(`the box sent ${parsed.reason}`)
    messages.push(parsed.message)
    const parts = answer(parsed.message)
    if (parts) void reply(parsed.message.id, parts)
    changed()
  }
  broker.subscribe(`${topics.base}/facts/+`, take)
  broker.subscribe(`${topics.base}/requests/+`, take)
  broker.subscribe('#', ({ topic, payload }) => {
    seen.push({ topic, payload: String(payload) })
    changed()
  })

  return {
    port: broker.ports[0] ?? 0,
    topics,
    messages,
    facts: (): Fact[] => messages.filter(isFact),
    reply,
    /** What to say from now on; undefined says nothing. */
    answerWith(next: (message: Message) => Partial<Reply> | undefined) {
      answer = next
    },
    /** The last payload on a topic, as JSON. */
    last(topic: string): Record<string, unknown> | undefined {
      const found = seen.findLast((one) => one.topic === topic)
      return found && JSON.parse(found.payload)
    },
    send: (topic: string, body: object | string, retain = false) =>
      broker.publish({ topic, payload: typeof body === 'string' ? body : JSON.stringify(body), qos: 1, retain }),
    /** Resolves when `holds` does, asked again at each message. */
    until(holds: () => boolean): Promise<void> {
      return new Promise((resolve) => {
        const look = () => {
          if (!holds()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      })
    },
    kick: () => broker.disconnect('s1'),
    close: () => broker.close(),
  }
}

/** A club that answers the heartbeat with its time and everything else with `accepted`. */
export const goodClub = (message: Message): Partial<Reply> =>
  message.type === 'vafa.box.heartbeat.v1' ? { clubTime: new Date().toISOString() } : {}
