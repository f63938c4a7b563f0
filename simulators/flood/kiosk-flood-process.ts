import mqtt from 'mqtt'
import { laneTopics } from '#protocol/topics.ts'

// A process of its own: a kiosk, logged in at the box's own broker, that asks for its lane as fast as its connection takes it,
// with requests as small as they can be.

export interface KioskFloodOptions {
  port: number
  club: string
  store: string
  lane: string
  password: string
}

const { port, club, store, lane, password } = JSON.parse(process.argv[2] ?? '{}') as KioskFloodOptions
const { input, replies } = laneTopics(club, store, lane)
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
  clientId: lane,
  username: lane,
  password,
  reconnectPeriod: 100,
})
client.on('error', () => {})
await client.subscribeAsync(replies)

let sent = 0
process.on('SIGTERM', () => {
  process.stdout.write(`flooded: ${sent}\n`, () => process.exit(0))
})
// It ends with whoever started it, whatever ends that.
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.write('flooding\n')

function pour(): void {
  if (!client.connected) return void setTimeout(pour, 50)
  for (let n = 0; n < 200; n += 1) {
    sent += 1
    const sale = { tillreceipt: `K${sent}`, total: 10_000, lines: [] }
    client.publish(
      input,
      JSON.stringify(sent % 2 === 0 ? { op: 'totals', id: `k${sent}` } : { op: 'open', id: `k${sent}`, sale }),
    )
  }
  const { stream } = client
  if (stream.writableNeedDrain) stream.once('drain', () => setImmediate(pour))
  else setImmediate(pour)
}
client.stream.on('close', () => setTimeout(pour, 100))
pour()
