import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { guardConnections, shareOfAddress } from './connection-guard.ts'

async function guarded(most: number) {
  const clock = { now: 0 }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (!socket.destroyed) socket.write('in')
  })
  guardConnections(server, { most, now: () => clock.now })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  /** Whether somebody from this address is let in, and the connection. */
  const come = async (localAddress: string) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress })
    sockets.push(socket)
    const is = await new Promise<'in' | 'out'>((resolve) => {
      socket.on('error', () => resolve('out')).on('close', () => resolve('out'))
      socket.on('data', () => resolve('in'))
    })
    return { is, socket }
  }
  return { come, clock, server }
}

it('whoever hoards connections leaves the others theirs, and gets another one when one of his has ended', async () => {
  const { come, server } = await guarded(8)
  const hoard = []
  for (let n = 0; n < 6; n += 1) hoard.push(await come('127.0.0.2'))
  expect(hoard.map(({ is }) => is)).toEqual(['in', 'in', 'in', 'in', 'out', 'out'])
  for (let n = 0; n < 4; n += 1) expect((await come('127.0.0.3')).is).toBe('in')
  expect((await come('127.0.0.4')).is).toBe('out')
  hoard[0]?.socket.destroy()
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))
  await expect.poll(connections).toBe(7)
  expect((await come('127.0.0.2')).is).toBe('in')
})

it('whoever opens and closes without end is let in so often a second only', async () => {
  const { come, clock } = await guarded(1_000)
  const times = async (address: string, count: number) => {
    let entered = 0
    for (let n = 0; n < count; n += 1) {
      const { is, socket } = await come(address)
      if (is === 'in') entered += 1
      socket.destroy()
    }
    return entered
  }
  expect(await times('127.0.0.2', 450)).toBe(400)
  expect(await times('127.0.0.3', 10)).toBe(10)
  clock.now += 100
  expect(await times('127.0.0.2', 30)).toBe(20)
})

it('an address’s share is half, and of a few connections all but one', () => {
  expect([1, 2, 3, 4, 8, 32, 128].map(shareOfAddress)).toEqual([1, 1, 2, 3, 4, 16, 64])
})
