import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WatchedProcess } from '#simulators/process/watched-process.ts'
import { type AgentStore, makeAgentStore } from '../agent-store.ts'
import { chance, compare, drained, pause } from '../faults/outside-record.ts'
import { putUnderFire, type StoreUnderFire, settledTerminal } from '../faults/store-under-fire.ts'

// Two tills and a terminal sell as fast as they are answered; what their cashiers saw is all that the books are held against.

const kills = 20
const pairs = [
  ['gateway', 'terminal'],
  ['club', 'terminal'],
  ['gateway', 'club'],
] as const

let store: AgentStore
let fire: StoreUnderFire
const daemons = {} as Record<'club' | 'gateway', WatchedProcess>
beforeAll(async () => {
  store = await makeAgentStore({ tills: 2, terminalAt: 'own-lane', budgetMs: 300 })
  daemons.club = store.club
  daemons.gateway = store.gateway
  fire = await putUnderFire(store, { tills: 2, each: 2 })
})
afterAll(async () => {
  await fire?.close()
  await store?.close()
})

/** Nothing waits anywhere, and the books are what cashiers saw; the terminal's own journal names the same sales. */
async function expectSettled(): Promise<void> {
  const { chain, journal } = store
  const { record, terminal } = fire
  await terminal.until(settledTerminal)
  const books = await drained(chain, record)
  expect(compare(record, books)).toEqual([])
  const done = journal().filter(({ state }) => state === 'done')
  const standing = books.sales.filter(
    ({ saleid, total }) => record.terminal.attempted.has(total) && !books.compensated.has(saleid),
  )
  expect(standing.map(({ total }) => total).sort()).toEqual(done.map(({ total }) => total).sort())
}

test('a line that is half-open, slow, ended on one side or lost in between holds up no till, and in the end all is settled', async () => {
  const { line } = store.chain
  const { record } = fire
  /** So many further sales are acknowledged. */
  const goesOn = async (more: number) => {
    const before = record.acknowledged.size
    await expect.poll(() => record.acknowledged.size, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + more)
  }
  fire.sell({ random: chance(3), insists: 0 })
  await goesOn(4)

  // Nobody is told anything: the box finds out by a heartbeat that is not answered, the lanes by their budgets.
  line.hold()
  await daemons.gateway.line(/the club does not answer/)
  await goesOn(6)
  line.forget()
  await expect.poll(() => daemons.gateway.output().split('"the club answers"').length, { timeout: 20_000 }).toBe(3)

  line.delay(400)
  await goesOn(4)
  line.halfClose()
  await goesOn(4)
  line.restore()
  store.cable.hold()
  await goesOn(4)
  store.cable.forget()
  store.cable.halfClose()
  line.hold()
  await goesOn(4)
  line.restore()
  await goesOn(4)
  await fire.stop()
  await expectSettled()
  expect(record.provisional).toBeGreaterThan(0)
})

test('club, box and terminal are killed twenty times while two tills and the terminal sell: nothing is lost, nothing is doubled', async () => {
  const random = chance(20)
  const killed = { club: 0, gateway: 0, terminal: 0 }
  const strike = async (which: keyof typeof killed) => {
    killed[which] += 1
    if (which === 'terminal') {
      // Its cable goes first in each other case: then it does not know whether the box has heard it.
      if (killed.terminal % 2 === 0) store.cable.cut()
      await fire.killTerminal()
      store.cable.restore()
      return
    }
    daemons[which].signal('SIGKILL')
    expect(await daemons[which].ended).toBe('SIGKILL')
    daemons[which] = await store.chain.start(which)
  }
  const before = fire.record.acknowledged.size
  fire.sell({ random })
  // The instant wanders. Two at a time, one a moment after the other: while the one starts, the other dies.
  for (let n = 0; n < kills; n += 2) {
    await fire.words(15 + n)
    const [one, other] = pairs[(n / 2) % pairs.length] ?? ['gateway', 'terminal']
    const first = strike(one)
    await pause(random() * 400)
    await Promise.all([first, strike(other)])
  }
  await fire.stop()
  expect(killed.club + killed.gateway + killed.terminal).toBe(kills)
  await expectSettled()
  expect(fire.record.acknowledged.size).toBeGreaterThan(before + kills)
  expect(fire.record.terminal.sold.size).toBeGreaterThan(3)
})
