import { connect, type Socket } from 'node:net'

// A process of its own: a machine in the store that asks a port of a till's or a terminal's as fast as its connections take it, opens and
// closes more of them all the time, and reads no answer.

export interface TillFloodOptions {
  port: number
  /** Which machine it is; on Linux any address of 127.0.0.0/8 is this one. */
  address: string
  /** What it sends again and again, base64; a till's requests where it is left out. */
  payload?: string
}

const { port, address, payload } = JSON.parse(process.argv[2] ?? '{}') as TillFloodOptions
const held = 8
const stormEveryMs = 5

let [sent, opened] = [0, 0]
process.on('SIGTERM', () => {
  process.stdout.write(`flooded: ${sent} requests, ${opened} connections\n`, () => process.exit(0))
})
// It ends with whoever started it, whatever ends that.
process.stdin.on('end', () => process.exit(0)).resume()

const come = (): Socket => {
  opened += 1
  return connect({ host: '127.0.0.1', port, localAddress: address, noDelay: true }).on('error', () => {})
}

/** Questions that cost the box something: a sale that is opened, a card that the club is asked about. */
const again = payload === undefined ? undefined : Buffer.from(payload, 'base64')

function requests(): string | Buffer {
  if (again) {
    sent += 1
    return again
  }
  let text = ''
  for (let n = 0; n < 50; n += 1) {
    sent += 1
    const sale = { tillreceipt: `F${sent}`, total: 10_000, lines: [{ product: 'bread', quantity: 1, amount: 10_000 }] }
    text +=
      sent % 2 === 0
        ? `${JSON.stringify({ op: 'open', id: `f${sent}`, sale })}\n`
        : `${JSON.stringify({ op: 'present', id: `f${sent}`, credential: { kind: 'nfc-uid', value: `04${String(sent).padStart(12, '0')}` } })}\n`
  }
  return text
}

function pour(): void {
  const socket = come()
  const more = () => {
    while (!socket.destroyed && socket.write(requests())) if (socket.writableLength > 1_000_000) break
  }
  socket.on('connect', more).on('drain', () => setImmediate(more))
  socket.on('close', () => setTimeout(pour, 20))
}
for (let n = 0; n < held; n += 1) pour()
setInterval(() => {
  const socket = come()
  socket.on('connect', () => socket.end('{"op":"present"'))
}, stormEveryMs)
process.stdout.write('flooding\n')
