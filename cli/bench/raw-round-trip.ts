import { readFileSync } from 'node:fs'
import { connectAsync } from 'mqtt'
import { storeTopics } from '#protocol/topics.ts'

/** Milliseconds of `count` QoS 1 messages of a fact's size, one after another, from a store to itself through the broker. */
export async function rawRoundTrips(options: {
  port: number
  club: string
  store: string
  secretFile: string
  count: number
}): Promise<number[]> {
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
  const times: number[] = []
  for (let n = 0; n < options.count; n += 1) {
    const start = performance.now()
    const back = new Promise<void>((resolve) => client.once('message', () => resolve()))
    client.publish(state, body, { qos: 1 })
    await back
    times.push(performance.now() - start)
  }
  await client.endAsync()
  return times
}
