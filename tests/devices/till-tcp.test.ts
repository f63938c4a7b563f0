import { readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { maxLineBytes, parseTillLine } from '#drivers/till-tcp/codec.ts'
import { tillTcpDriver } from '#drivers/till-tcp/driver.ts'
import { describeError } from '#protocol/errors.ts'
import { tillResponse } from '#protocol/lane.ts'
import { connectTill, type TillClient } from '#simulators/till/till-client.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const saleid = '01890a5d-ac96-774b-bcce-b302099a8057'

let host: TestHost
let connection: Connection
let port: number
const tills: TillClient[] = []

beforeEach(async () => {
  host = createTestHost('till-1')
  connection = await tillTcpDriver.connect(tillTcpDriver.options.parse({ port: 0 }), host.host)
  port = connection.address?.port ?? 0
})
afterEach(async () => {
  await Promise.all(tills.splice(0).map((till) => till.close()))
  await connection.close()
})

async function till(name: string): Promise<TillClient> {
  const client = await connectTill({ port, name })
  tills.push(client)
  return client
}

describe('a till’s software at its lane', () => {
  test('asks, and gets the answer to what it asked', async () => {
    const client = await till('a')
    const answer = client.request({ op: 'cancel', saleid })
    const { request } = await host.event('till')
    expect(request).toEqual({ op: 'cancel', id: 'a-1', saleid })
    connection.till?.send({ op: 'cancelled', re: 'a-1', saleid })
    expect(await answer).toEqual({ op: 'cancelled', re: 'a-1', saleid })
  })

  test('several at once hear everything that the lane says', async () => {
    const [a, b] = [await till('a'), await till('b')]
    const asked = Promise.all([a.request({ op: 'ping' }), b.request({ op: 'ping' })])
    await host.event('till', ({ request }) => request.id === 'a-1')
    await host.event('till', ({ request }) => request.id === 'b-1')
    connection.till?.send({ op: 'cancelled' })
    connection.till?.send({ op: 'pong', re: 'b-1' })
    connection.till?.send({ op: 'pong', re: 'a-1' })
    expect((await asked).map(({ re }) => re)).toEqual(['a-1', 'b-1'])
    for (const client of [a, b]) expect(await client.waitFor(({ op }) => op === 'cancelled')).toEqual({ op: 'cancelled' })
  })

  test('is told what is wrong with a line, and goes on with the next', async () => {
    const client = await till('a')
    client.sendLine('{"op":"dance","id":"7"}')
    expect(await client.waitFor(({ op }) => op === 'error')).toMatchObject({
      re: '7',
      error: { key: 'request.invalid', reason: expect.stringContaining('op') },
    })
    expect(await host.event('till-invalid')).toMatchObject({ id: '7', reason: expect.stringContaining('op') })
    const answer = client.request({ op: 'ping' })
    await host.event('till')
    connection.till?.send({ op: 'pong', re: 'a-1' })
    await answer
  })

  test('that sends an endless line is told so and cut off; the others work on', async () => {
    const [bad, good] = [await till('bad'), await till('good')]
    bad.sendLine('x'.repeat(maxLineBytes + 1))
    expect(await bad.waitFor(({ op }) => op === 'error')).toMatchObject({ error: { reason: expect.stringContaining('longer') } })
    await bad.closed
    const answer = good.request({ op: 'ping' })
    await host.event('till')
    connection.till?.send({ op: 'pong', re: 'good-1' })
    await answer
  })

  test('that does not read is dropped; the others hear everything', async () => {
    const deaf = createConnection({ host: '127.0.0.1', port })
    deaf.pause()
    const dropped = new Promise<void>((resolve) => deaf.on('close', () => resolve()).on('error', () => undefined))
    const good = await till('good')
    void good.request({ op: 'ping' })
    await host.event('till')
    connection.till?.send({ op: 'pong', re: 'good-1' })
    const text = 'x'.repeat(60_000)
    // 24 MB: more than both ends' socket buffers and the driver's own limit.
    for (let said = 0; said < 400; said += 1) {
      const heard = good.waitFor(({ re }) => re === `${said} ${text}`)
      connection.till?.send({ op: 'cancelled', re: `${said} ${text}` })
      await heard
    }
    deaf.resume()
    await dropped
  })

  test('cannot come from another machine unless somebody means it', async () => {
    const open = { host: '0.0.0.0', port: 0 }
    await expect(tillTcpDriver.connect(tillTcpDriver.options.parse(open), host.host)).rejects.toMatchObject({
      key: 'device.insecure',
      permanent: true,
      hint: expect.stringContaining('insecure: true'),
    })
    const meant = await tillTcpDriver.connect(tillTcpDriver.options.parse({ ...open, insecure: true }), host.host)
    await meant.close()
  })
})

test('the conversation in the manual is one that the driver and a till would have', async () => {
  const manual = await readFile(new URL('../../docs/devices/till-tcp.md', import.meta.url), 'utf8')
  const [, conversation = ''] = /```\n(> [\s\S]*?)```/.exec(manual) ?? []
  const said = conversation.replace(/\n +/g, '').split('\n')
  const requests = said.filter((line) => line.startsWith('> ')).map((line) => parseTillLine(line.slice(2)))
  const answers = said.filter((line) => line.startsWith('< ')).map((line) => tillResponse.parse(JSON.parse(line.slice(2))))
  expect(requests.map(({ valid }) => valid)).toEqual([true, true, true, false])
  expect(answers.map(({ op }) => op)).toEqual(['pong', 'member', 'opened', 'quote', 'completed', 'result', 'error'])
  const [refused] = requests.filter((request) => !request.valid)
  expect(answers.at(-1)).toEqual({ op: 'error', re: '4', error: describeError('request.invalid', refused?.reason) })
})

describe('the till client', () => {
  test('gives up a request that nobody answers, and every request when the line ends', async () => {
    const client = await till('a')
    await expect(client.request({ op: 'ping' }, { timeoutMs: 20 })).rejects.toMatchObject({ key: 'till.late' })
    const pending = client.request({ op: 'ping' })
    await connection.close()
    await expect(pending).rejects.toMatchObject({ key: 'till.ended' })
    await expect(client.request({ op: 'ping' })).rejects.toMatchObject({ key: 'till.ended' })
  })

  test('waits, where it is told so, for a later answer to the same request', async () => {
    const client = await till('a')
    const quoted = client.request({ op: 'cancel' }, { until: 'cancelled' })
    await host.event('till')
    connection.till?.send({ op: 'pong', re: 'a-1' })
    connection.till?.send({ op: 'cancelled', re: 'a-1' })
    expect((await quoted).op).toBe('cancelled')
    expect((await client.waitFor(() => true)).op).toBe('pong')
  })
})
