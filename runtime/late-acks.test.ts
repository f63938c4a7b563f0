import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { delayAcks } from './late-acks.ts'

/** Two ends of a TCP connection; `chunks`: what the far end read, each write as it came. */
async function connectedPair() {
  const server = createServer({ noDelay: true })
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address !== 'object') throw new Error('a TCP server without an address')
  const accepted = once(server, 'connection')
  const near = createConnection({ host: '127.0.0.1', port: address.port, noDelay: true })
  const [far] = (await accepted) as [Socket]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  const chunks: string[] = []
  far.on('data', (chunk: Buffer) => chunks.push(chunk.toString('latin1')))
  const send = (packet: string) => {
    near.cork()
    near.write(packet, 'latin1')
    near.uncork()
  }
  return { near, far, chunks, send }
}

const ack = '\x40\x02\x00\x07'

it('sends an acknowledgement together with the message that follows it', async () => {
  const { near, far, chunks, send } = await connectedPair()
  delayAcks(near, 10_000)
  send(ack)
  send('a message')
  await once(far, 'data')
  expect(chunks).toEqual([`${ack}a message`])
})

it('sends an acknowledgement by itself when nothing follows in time', async () => {
  const { near, far, chunks, send } = await connectedPair()
  delayAcks(near, 20)
  send(ack)
  await once(far, 'data')
  expect(chunks).toEqual([ack])
})

it('lets only one acknowledgement wait', async () => {
  const { near, far, chunks, send } = await connectedPair()
  delayAcks(near, 10_000)
  send(ack)
  send(ack)
  await once(far, 'data')
  expect(chunks).toEqual([ack + ack])
})

it('never keeps a message waiting', async () => {
  const { near, far, chunks, send } = await connectedPair()
  delayAcks(near, 10_000)
  send('a message')
  await once(far, 'data')
  expect(chunks).toEqual(['a message'])
})

it('sends what it holds before the connection ends', async () => {
  const { near, far, chunks, send } = await connectedPair()
  delayAcks(near, 10_000)
  send(ack)
  near.end()
  await once(far, 'end')
  expect(chunks).toEqual([ack])
})
