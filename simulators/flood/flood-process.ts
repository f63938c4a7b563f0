import mqtt from 'mqtt'
import { formatSequence } from '#protocol/ids.ts'
import { storeTopics } from '#protocol/topics.ts'
import { systemRuntime } from '#runtime/runtime.ts'

// A process of its own: it publishes as one store as fast as its connection takes it, and prints what it got rid of.

export interface FloodOptions {
  port: number
  club: string
  store: string
  password: string
}

const { port, club, store, password } = JSON.parse(process.argv[2] ?? '{}') as FloodOptions
const topics = storeTopics(club, store)
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  clientId: store,
  username: store,
  password,
  reconnectPeriod: 100,
})
client.on('error', () => {})

const line = { product: 'bread', quantity: 1, amount: 10_000 }
let sequence = 0
const envelope = () => ({
  specversion: '1.0',
  id: systemRuntime.uuid(),
  source: `/stores/${store}/devices/till`,
  subject: 'lane-1',
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  boxid: '01930000-0000-7000-8000-000000000001',
  bootid: '01930000-0000-7000-8000-000000000002',
  clocksynced: 'synced',
})

function message(): { topic: string; text: string; qos: 0 | 1 } {
  const saleid = systemRuntime.uuid()
  const sale = { saleid, businessdate: '2026-09-05', currency: 'IRR', total: 10_000, lines: [line], mode: 'live' }
  const order = { ...envelope(), orderkey: saleid }
  sequence += 1
  if (sequence % 2 === 0) {
    const expiresat = new Date(Date.now() + 60_000).toISOString()
    const text = JSON.stringify({ ...order, type: 'vafa.sale.quoted.v1', expiresat, data: sale })
    return { topic: topics.requests(saleid), text, qos: 0 }
  }
  const data = { ...sale, applied: [], payable: 10_000, tenders: [{ kind: 'cash', amount: 10_000 }] }
  const text = JSON.stringify({ ...order, type: 'vafa.sale.completed.v1', sequence: formatSequence(sequence), data })
  return { topic: topics.facts(saleid), text, qos: 1 }
}

let sent = 0
process.on('SIGTERM', () => {
  process.stdout.write(`flooded: ${sent}\n`, () => process.exit(0))
})
// It ends with whoever started it, whatever ends that.
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.write('flooding\n')
/** As many as the socket takes; then when it has room again. */
function pour(): void {
  if (!client.connected) return void setTimeout(pour, 50)
  for (let n = 0; n < 200; n += 1) {
    const { topic, text, qos } = message()
    client.publish(topic, text, { qos })
    sent += 1
  }
  const { stream } = client
  if (stream.writableNeedDrain) stream.once('drain', () => setImmediate(pour))
  else setImmediate(pour)
}
client.stream.on('close', () => setTimeout(pour, 100))
pour()
