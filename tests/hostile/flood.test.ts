import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { lengthFrame } from '#protocol/iso8583/frames.ts'
import { startFlood, startKioskFlood, startTillFlood } from '#simulators/flood/flood.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { makeChain, openSale, presentMember, signUp } from '../chain.ts'
import { isoMessages } from './samples.ts'

const budgetMs = 1_500
const mobile = '09123456789'

/** Sales of a member, one after the other; how long each waited for its quote and its result, milliseconds. */
async function sell(till: TillClient, count: number): Promise<number[]> {
  const waits: number[] = []
  for (let n = 0; n < count; n += 1) {
    await presentMember(till, mobile)
    const began = performance.now()
    const { saleid, payable } = await openSale(till, 100_000, `R-${n}`)
    const quoted = performance.now()
    const tenders = [{ kind: 'cash' as const, amount: payable }]
    const done = await till.request({ op: 'complete', saleid, tenders }, { until: 'result' })
    expect(done).toMatchObject({ op: 'result', status: 'accepted' })
    waits.push(quoted - began, performance.now() - quoted)
  }
  return waits.sort((a, b) => a - b)
}

it('a store that floods the club delays itself alone: the other’s sales are booked within its lane’s budget', async () => {
  const chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs } })
  onTestFinished(() => chain.close())
  const password = 'p'.repeat(40)
  writeFileSync(join(dirname(chain.clubConfig), 'secrets/flood'), password)
  appendFileSync(chain.clubConfig, '  - store: flood\n    secretFile: secrets/flood\n')
  const club = await chain.start('club')
  await chain.start('gateway')
  const till = await chain.till()
  await signUp(till, mobile)
  const flood = await startFlood({ port: chain.clubPort, club: 'test', store: 'flood', password })
  onTestFinished(() => void flood.stop())
  const waits = await sell(till, 30)
  expect(await flood.stop()).toBeGreaterThan(1_000)
  expect(waits).toHaveLength(60)
  expect(waits.at(-1)).toBeLessThan(budgetMs)
  expect(club.output()).not.toContain('login refused')
})

it('machines that flood a till’s and a terminal’s port, and a kiosk, delay their lane alone: another lane’s sales are booked within its budget, and the port stays open to others', async () => {
  const [port, localBrokerPort] = [await freePort(), await freePort()]
  const terminals = { clubPrefixes: ['9000'], terminals: [{ terminal: 'T1', lane: 'lane-2', port }] }
  const chain = await makeChain({
    lane: (lane) => ({ receipt: { via: 'till' }, budgetMs, ...(lane === 'lane-3' ? { secretFile: 'secrets/kiosk' } : {}) }),
    lanes: 3,
    localBrokerPort,
    devices: (lane) => (lane === 'lane-2' ? [{ device: 'terminals', lane, driver: 'pos-iso8583', options: terminals }] : []),
  })
  onTestFinished(() => chain.close())
  await chain.start('club')
  await chain.start('gateway')
  const till = await chain.till('lane-1')
  await signUp(till, mobile)
  const flood = await startTillFlood({ port: chain.tillPort('lane-2'), address: '127.0.0.9' })
  onTestFinished(() => void flood.stop())
  const payload = Buffer.concat(isoMessages.map((one) => lengthFrame(one))).toString('base64')
  const terminal = await startTillFlood({ port, address: '127.0.0.10', payload })
  onTestFinished(() => void terminal.stop())
  const waits = await sell(till, 20)
  // The port that is flooded still lets its own till in.
  const other = await chain.till('lane-2')
  expect(await other.request({ op: 'totals' })).toMatchObject({ op: 'totals' })
  expect(await flood.stop()).toBeGreaterThan(1_000)
  expect(await terminal.stop()).toBeGreaterThan(100)
  const password = readFileSync(join(dirname(chain.gatewayConfig), 'secrets/kiosk'), 'utf8').trim()
  const kiosk = await startKioskFlood({ ...{ port: localBrokerPort, password }, club: 'test', store: 's1', lane: 'lane-3' })
  onTestFinished(() => void kiosk.stop())
  waits.push(...(await sell(till, 10)))
  expect(await kiosk.stop()).toBeGreaterThan(1_000)
  expect(waits).toHaveLength(60)
  expect(Math.max(...waits)).toBeLessThan(budgetMs)
}, 60_000)
