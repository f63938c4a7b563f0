import { appendFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startFlood } from '#simulators/flood/flood.ts'
import { makeChain, openSale, presentMember, signUp } from '../chain.ts'

const budgetMs = 1_500
const mobile = '09123456789'

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
  const sell = async (count: number) => {
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
  const flood = await startFlood({ port: chain.clubPort, club: 'test', store: 'flood', password })
  onTestFinished(() => void flood.stop())
  const waits = await sell(30)
  expect(await flood.stop()).toBeGreaterThan(1_000)
  expect(waits).toHaveLength(60)
  expect(waits.at(-1)).toBeLessThan(budgetMs)
  expect(club.output()).not.toContain('login refused')
})
