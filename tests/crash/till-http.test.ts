import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '#simulators/process/free-port.ts'
import { type HttpTill, openHttpTill } from '#simulators/till/http-till.ts'
import { type Chain, makeChain, openSale, presentMember, signUp } from '../chain.ts'

const secret = 'k'.repeat(40)
const mobile = '09123456789'

async function chainWithHttp(): Promise<{ chain: Chain; http: () => Promise<HttpTill> }> {
  const port = await freePort()
  const chain = await makeChain({
    lane: { budgetMs: 15_000, receipt: { via: 'till' } },
    devices: (lane) => [
      {
        device: 'tills',
        lane,
        driver: 'till-http',
        options: { port, tills: [{ till: 'till-1', lane, secretFile: 'secrets/till-1' }] },
      },
    ],
  })
  onTestFinished(() => chain.close())
  writeFileSync(join(dirname(chain.gatewayConfig), 'secrets/till-1'), secret)
  return {
    chain,
    async http() {
      for (let tries = 0; ; tries += 1) {
        const till = openHttpTill({ port, secret })
        const open = await till.listening.then(
          () => true,
          () => false,
        )
        if (open) {
          onTestFinished(() => till.close())
          return till
        }
        if (tries > 400) throw new Error('nothing listens')
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
  }
}

/** Asks until the box is there and has answered the key's first request. */
async function again(http: () => Promise<HttpTill>, path: string, body: unknown, key: string) {
  const till = await http()
  for (;;) {
    const answer = await till.post(path, body, { 'idempotency-key': key })
    if (answer.status !== 409) return { status: answer.status, body: JSON.parse(answer.text) }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a box killed before it could answer a till over HTTP, twice: each key is booked once, and stands for no other request', async () => {
  const { chain, http } = await chainWithHttp()
  await chain.start('club')
  const calm = await chain.start('gateway')
  await signUp(await chain.till(), mobile)
  await calm.stop()

  const doomed = await chain.start('gateway', { env: { VAFA_CRASH_AT: 'gateway.after-commit' } })
  const beside = await chain.till()
  await presentMember(beside, mobile)
  const quote = await openSale(beside, 1_000_000)
  const complete = { saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] }
  const till = await http()
  await expect(till.post('/v1/complete', complete, { 'idempotency-key': 'c-1' })).rejects.toMatchObject({
    key: 'till.unreachable',
  })
  expect(await doomed.ended).toBe('SIGKILL')

  const doomedToo = await chain.start('gateway', { env: { VAFA_CRASH_AT: 'gateway.after-commit' } })
  const back = { saleid: quote.saleid, lines: [{ line: 0, quantity: 1 }] }
  const later = await http()
  await expect(later.post('/v1/return', back, { 'idempotency-key': 'r-1' })).rejects.toMatchObject({ key: 'till.unreachable' })
  expect(await doomedToo.ended).toBe('SIGKILL')

  await chain.start('gateway')
  expect(await again(http, '/v1/complete', { ...complete, tenders: [] }, 'c-1')).toMatchObject({
    status: 422,
    body: { key: 'idempotency.reused' },
  })
  expect(await again(http, '/v1/complete', complete, 'c-1')).toMatchObject({
    status: 200,
    body: { re: 'c-1', answers: [{ op: 'completed' }, { op: 'result' }] },
  })
  const returned = await again(http, '/v1/return', back, 'r-1')
  expect(returned).toMatchObject({ status: 200, body: { answers: [{ op: 'returned' }, { op: 'result' }] } })
  expect(await again(http, '/v1/return', back, 'r-1')).toEqual(returned)
  const credit = () => [...chain.books().accounts].filter(([name]) => /^member:.*:credit$/.test(name)).map(([, sum]) => sum)
  await expect.poll(() => chain.books().compensated.size, { timeout: 20_000 }).toBe(1)
  expect(chain.books().sales).toHaveLength(1)
  expect(chain.books().creditTransfers).toHaveLength(1)
  expect(credit()).toEqual([0])
})
