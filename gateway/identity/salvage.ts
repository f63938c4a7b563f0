import { compiledReply, type Reply } from '#protocol/reply.ts'
import { parseStoreTopic, storeTopics } from '#protocol/topics.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type MqttLogin, type OpenLink, openMqttLink } from '#runtime/mqtt-client.ts'
import type { Runtime } from '#runtime/runtime.ts'
import { type BoxDisk, openGatewayDatabase } from '../database.ts'
import { createFactSender } from '../fact-sender.ts'
import { openOutbox } from '../outbox.ts'

/** So long nothing may come through before it is given up. */
const patienceMs = 60_000

export interface Salvaged {
  /** Facts that the old disk still had for the club. */
  found: number
  /** Those of them that the club has answered now. */
  settled: number
}

/**
 * Sends what a broken box still had for the club, from its database, as it was written: old box id, old numbers. It
 * works beside the store's new box, under a client id of its own. What is settled is marked in the old database, so that
 * it can be run again. Rejects with `salvage.stuck` when nothing comes through any more.
 */
export function salvage({
  database,
  keyFile,
  ...options
}: SalvageOptions & {
  database: string
  /** Where the key of that database is; beside it where it is left out. */
  keyFile?: string | undefined
}): Promise<Salvaged> {
  return salvageDisk({ ...options, disk: openGatewayDatabase(database, keyFile === undefined ? {} : { keyFile }) })
}

export interface SalvageOptions {
  club: string
  store: string
  url: string
  login: () => MqttLogin
  /** Real MQTT where it is left out. */
  openLink?: OpenLink | undefined
  runtime: Runtime
  log: Logger
}

/** The same from a database that is open; it is closed then. */
export async function salvageDisk(options: SalvageOptions & { disk: BoxDisk }): Promise<Salvaged> {
  const { club, store, disk, openLink = openMqttLink, runtime, log } = options
  const topics = storeTopics(club, store)
  const outbox = openOutbox({ ...disk, runtime, log, onCommitted: () => {} })
  const rows = outbox.unsettledRows()
  const open = new Set(rows.map(({ id }) => id))
  const done = Promise.withResolvers<void>()
  let cancel = () => {}
  const wait = () => {
    cancel()
    cancel = runtime.after(patienceMs, () =>
      done.reject(
        new VafaError({
          key: 'salvage.stuck',
          message: `${open.size} of ${rows.length} facts of ${disk.database.name} were not answered${link.trouble === undefined ? '' : `: ${link.trouble}`}`,
          hint: 'is the club there? run it again: it goes on where it stopped',
          permanent: false,
        }),
      ),
    )
  }
  const sender = createFactSender({
    runtime,
    bodyOf: (id) => outbox.bodyToSend(id),
    send: ({ orderkey, body }) => link.publish({ topic: topics.facts(orderkey), payload: body, qos: 1 }),
  })
  const receive = (reply: Reply) => {
    if (!open.has(reply.inReplyTo)) return
    wait()
    if (reply.status === 'failed') return sender.postponed(reply.inReplyTo, (reply.error?.retryAfter ?? 5) * 1_000)
    outbox.settle(reply.inReplyTo, reply)
    sender.settled(reply.inReplyTo)
    open.delete(reply.inReplyTo)
    if (open.size === 0) done.resolve()
  }
  const link = openLink({
    url: options.url,
    clientid: `${store}/salvage`,
    login: options.login,
    loginHint: 'salvage with the identity of the store’s new box',
    subscriptions: [topics.replies],
    runtime,
    log,
    onMessage(topic, payload) {
      if (parseStoreTopic(topic)?.channel !== 'replies') return
      const reply = readReply(payload)
      if (reply) receive(reply)
    },
    onUp: () => sender.up(),
    onDown: () => sender.down(),
  })
  try {
    sender.addBacklog(rows)
    wait()
    if (open.size > 0) await done.promise
    return { found: rows.length, settled: rows.length - open.size }
  } finally {
    cancel()
    sender.close()
    await link.close()
    outbox.close()
    disk.database.close()
  }
}

function readReply(payload: Buffer): Reply | undefined {
  try {
    return compiledReply.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}
