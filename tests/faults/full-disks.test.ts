import { appendFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AgentConsole, startAgentConsole } from '#simulators/console/agent-console.ts'
import { mountSmallDisk, type SmallDisk } from '#simulators/disk/small-disk.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type AgentStore, makeAgentStore, mobile } from '../agent-store.ts'
import { creditAccount, openSale, presentMember } from '../chain.ts'
import { untilBooks } from './sales.ts'

// A club, a box and a terminal, each on a file system of its own that is really full, or really read-only.

let store: AgentStore
let gateway: WatchedProcess
let terminal: AgentConsole
let till: TillClient
const disks = {} as Record<'club' | 'box' | 'terminal', SmallDisk>
const ports = { club: 0, box: 0 }
/** What was acknowledged: at the till by its sale's id, at the terminal by its total. */
const acknowledged = { sales: new Set<string>(), totals: [] as number[] }

beforeAll(async () => {
  ports.club = await freePort()
  ports.box = await freePort()
  store = await makeAgentStore({
    budgetMs: 2_000,
    before({ chain, terminal: folder }) {
      appendFileSync(chain.clubConfig, `watch: { port: ${ports.club} }\n`)
      appendFileSync(chain.gatewayConfig, `watch: { port: ${ports.box} }\n`)
      const disk = (name: string) => ({ bytes: 24_000_000, image: join(chain.folder, `${name}.image`) })
      disks.club = mountSmallDisk(join(dirname(chain.clubConfig), 'data'), disk('club'))
      disks.box = mountSmallDisk(join(dirname(chain.gatewayConfig), 'data'), disk('box'))
      disks.terminal = mountSmallDisk(join(folder, 'data'), disk('terminal'))
    },
  })
  gateway = store.gateway
  till = await store.chain.till()
  terminal = startAgentConsole({ config: store.agentConfig })
  await terminal.until(/Amount/)
})
afterAll(async () => {
  await terminal?.close()
  for (const disk of Object.values(disks)) disk.close()
  await store?.close()
})

/** Neither offline nor with anything left to send. */
const settled = /^(?![\s\S]*(?:offline|Waiting))[\s\S]*T1/

const ready = async (port: number) => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
  return [answer.status, ((await answer.json()) as { reasons: string[] }).reasons.join()]
}
/** Completes a sale; what the till is told first. */
async function sell(total: number) {
  await presentMember(till, mobile)
  const { saleid, payable } = await openSale(till, total, `R-${total}`)
  const tenders = [{ kind: 'cash' as const, amount: payable }]
  const answer = await till.request({ op: 'complete', saleid, tenders }, { until: 'completed' })
  if (answer.op === 'completed') acknowledged.sales.add(saleid)
  return { answer, saleid, tenders }
}
async function sellAtTerminal(total: number): Promise<void> {
  terminal.press(String(total) as `${number}`, 'enter', mobile as `${number}`, 'enter')
  await terminal.until(/cash/)
  terminal.press('1')
}

test('a box whose disk is full refuses what is new and says so everywhere; with room again it goes on by itself', async () => {
  expect((await sell(100_000)).answer).toMatchObject({ op: 'completed' })
  expect(await ready(ports.box)).toEqual([200, ''])
  disks.box.fill()
  const refused = await sell(200_000)
  expect(refused.answer).toMatchObject({ op: 'error', error: { key: 'box.unwritable', retryable: true } })
  expect(await ready(ports.box)).toEqual([503, expect.stringMatching(/full/)])
  // The terminal has a disk of its own: it keeps the sale, and sends it when the box takes it.
  await sellAtTerminal(210_000)
  await terminal.until(/Sold – kept here/)
  acknowledged.totals.push(210_000)
  terminal.press('enter')

  disks.box.empty()
  const { saleid, tenders } = refused
  expect(await till.request({ op: 'complete', saleid, tenders }, { until: 'completed' })).toMatchObject({ op: 'completed' })
  acknowledged.sales.add(saleid)
  await expect.poll(() => ready(ports.box), { timeout: 15_000 }).toEqual([200, ''])
  await terminal.until(settled)
})

test('a club whose disk is full answers nothing that is not on it: stores sell on, and all of it is booked when there is room', async () => {
  disks.club.fill()
  const { sales } = store.chain.books()
  for (const total of [300_000, 310_000]) expect((await sell(total)).answer).toMatchObject({ op: 'completed' })
  await expect.poll(() => ready(ports.club), { timeout: 10_000 }).toEqual([503, expect.stringMatching(/full/)])
  expect(store.chain.books().sales).toHaveLength(sales.length)
  disks.club.empty()
  await expect.poll(() => ready(ports.club), { timeout: 15_000 }).toEqual([200, ''])
  await untilBooks(store.chain, (books) => books.sales.length === sales.length + 2)
})

test('a terminal whose disk is full sells nothing and says why; with room again the same key books it', async () => {
  disks.terminal.fill()
  terminal.press('400000', 'enter', mobile as `${number}`, 'enter')
  await terminal.until(/Disk full/)
  disks.terminal.empty()
  terminal.press('enter')
  await terminal.until(/cash/)
  terminal.press('1')
  await terminal.until(/Sold/)
  acknowledged.totals.push(400_000)
  terminal.press('enter')
  await terminal.until(settled)
})

test('when disks may be written no more under them, each refuses what is new and says so; what it had been given it keeps', async () => {
  disks.terminal.fail()
  terminal.press('410000', 'enter', mobile as `${number}`, 'enter')
  await terminal.until(/disk/i)
  disks.box.fail()
  expect((await sell(420_000)).answer).toMatchObject({ op: 'error', error: { key: 'box.unwritable', retryable: true } })
  expect(await ready(ports.box)).toEqual([503, expect.stringMatching(/disk I\/O error|read-only/)])
  disks.club.fail()
  await expect
    .poll(() => ready(ports.club), { timeout: 15_000 })
    .toEqual([503, expect.stringMatching(/disk I\/O error|read-only/)])
})

test('on such a disk each refuses to start, names it and the way out; on one that is whole again it has all that it had', async () => {
  const { chain, agentConfig } = store
  await terminal.close()
  await gateway.stop()
  await store.club.stop()
  const [club, box] = [startVafa(['club', '-c', chain.clubConfig]), startVafa(['gateway', '-c', chain.gatewayConfig])]
  const agent = startAgentConsole({ config: agentConfig })
  for (const { ended } of [club, box, agent]) expect(await ended).not.toBe(0)
  expect(club.output()).toMatch(/club.sqlite.*read-only file system.*may write/)
  expect(box.output()).toMatch(
    /cannot open the database .*gateway.sqlite.*check that the folder exists, is writable and not full/,
  )
  expect(readFileSync(`${agentConfig}.log`, 'utf8')).toMatch(/cannot open the database .*agent.sqlite.*writable/)
  for (const disk of Object.values(disks)) disk.repair()
  await chain.start('club')
  gateway = await chain.start('gateway')
  terminal = startAgentConsole({ config: agentConfig })
  await terminal.until(settled)
  till = await chain.till()
  expect((await sell(500_000)).answer).toMatchObject({ op: 'completed' })

  const books = await untilBooks(chain, ({ sales }) => sales.length === acknowledged.sales.size + acknowledged.totals.length)
  const booked = new Map(books.sales.map(({ saleid, total }) => [saleid, total]))
  for (const saleid of acknowledged.sales) {
    expect(booked.has(saleid)).toBe(true)
    booked.delete(saleid)
  }
  expect([...booked.values()].sort()).toEqual(acknowledged.totals)
  const granted = books.creditTransfers.reduce((sum, { amount }) => sum + amount, 0)
  expect(books.accounts.get(creditAccount(store.memberid))).toBe(granted)
})
