import { afterEach, expect, test } from 'vitest'
import { type AgentConsole, startAgentConsole } from '#simulators/console/agent-console.ts'
import { type AgentStore, makeAgentStore, mobile } from '../agent-store.ts'
import { creditAccount } from '../chain.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function store(): Promise<AgentStore> {
  const made = await makeAgentStore()
  endings.push(() => made.close())
  return made
}

async function switchedOn({ agentConfig }: AgentStore, env: Record<string, string> = {}): Promise<AgentConsole> {
  const agent = startAgentConsole({ config: agentConfig, env })
  endings.push(() => agent.close())
  await agent.until(/Amount/)
  return agent
}

/** Neither offline nor with anything left to send. */
const settled = /^(?![\s\S]*(?:offline|Waiting))[\s\S]*T1/

/** The ledger and the terminal's journal name the same sales, and the member has the credit of those that stand. */
async function agrees({ chain, memberid, journal }: AgentStore): Promise<void> {
  const standing = () => {
    const { sales, compensated } = chain.books()
    return sales.filter(({ saleid }) => !compensated.has(saleid))
  }
  const done = journal().filter(({ state }) => state === 'done')
  expect(journal().map(({ state }) => state)).not.toContain('sent')
  const totals = (list: readonly { total: number }[]) => list.map(({ total }) => total).sort((a, b) => a - b)
  await expect.poll(() => totals(standing()), { timeout: 20_000 }).toEqual(totals(done))
  const { accounts, creditTransfers } = chain.books()
  const ids = new Set(standing().map(({ saleid }) => saleid))
  const earned = creditTransfers.filter(({ saleid }) => ids.has(saleid)).reduce((sum, { amount }) => sum + amount, 0)
  expect(accounts.get(creditAccount(memberid)) ?? 0).toBe(earned)
}

test('killed after the journal has a sale and before it leaves: it is undone, and the club never had it', async () => {
  const made = await store()
  const doomed = await switchedOn(made, { VAFA_CRASH_AT: 'agent.after-commit' })
  doomed.press('700000', 'enter', mobile as `${number}`, 'enter')
  await doomed.until(/cash/)
  doomed.press('1')
  await doomed.ended
  expect(made.journal()).toMatchObject([{ state: 'sent', total: 700_000 }])

  const woken = await switchedOn(made)
  await woken.until(/A sale that was cut off is\s+undone/)
  await woken.until(settled)
  expect(made.journal()).toMatchObject([{ state: 'undone' }])
  await agrees(made)
})

test('a cable that is cut in the middle of an answer: the sale is reported with what was given, once', async () => {
  const made = await store()
  const agent = await switchedOn(made)
  await agent.until(settled)
  agent.press('900000', 'enter', mobile as `${number}`, 'enter')
  await agent.until(/Discount[\s\S]*cash/)
  // The box's answer is cut after its first bytes.
  made.cable.cutAfter(5)
  agent.press('1')
  await agent.until(/Has it been paid/)
  agent.press('1')
  await agent.until(/kept here/)
  made.cable.restore()
  agent.press('enter')
  await agent.until(settled)
  expect(made.journal().map(({ mti, state }) => `${mti} ${state}`)).toEqual(['0200 undone', '0220 done'])
  await agrees(made)
  expect(
    made.chain
      .books()
      .sales.filter(({ total }) => total === 900_000)
      .map(({ payable }) => payable),
  ).toContain(855_000)
})
