import { readFileSync } from 'node:fs'
import { connectAsync } from 'mqtt'
import { storeTopics } from '#protocol/topics.ts'
import { openDatabase } from '#runtime/sqlite.ts'

/**
 * What the line and the disk take by themselves, in milliseconds: `count` QoS 1 messages of a fact's size, one after
 * another, from a store to itself through the club's broker, and after each a commit of one such row (WAL,
 * `synchronous=FULL`) on the same disk. A commit after a message has arrived is what a sale meets; in a tight loop of
 * nothing but commits it would take less than half.
 */
export async function rawTimes(options: {
  port: number
  club: string
  store: string
  secretFile: string
  database: string
  count: number
}): Promise<{ roundTrips: number[]; commits: number[] }> {
  const { state } = storeTopics(options.club, options.store)
  const client = await connectAsync(`mqtt://127.0.0.1:${options.port}`, {
    protocolVersion: 4,
    clientId: options.store,
    username: options.store,
    password: readFileSync(options.secretFile, 'utf8').trim(),
  })
  // Nagle's algorithm would cost 40 ms and more a round trip.
  if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') client.stream.setNoDelay(true)
  await client.subscribeAsync(state, { qos: 1 })
  const body = Buffer.alloc(1_200, 'x')
  const database = openDatabase(options.database, ['CREATE TABLE fact (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT'])
  const insert = database.prepare('INSERT INTO fact (body) VALUES (?)')
  const roundTrips: number[] = []
  const commits: number[] = []
  for (let n = 0; n < options.count; n += 1) {
    const start = performance.now()
    const back = new Promise<void>((resolve) => client.once('message', () => resolve()))
    client.publish(state, body, { qos: 1 })
    await back
    const arrived = performance.now()
    insert.run(body)
    commits.push(performance.now() - arrived)
    roundTrips.push(arrived - start)
  }
  database.close()
  await client.endAsync()
  return { roundTrips, commits }
}
