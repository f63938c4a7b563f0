import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain, openSale, presentMember, signUp } from '../chain.ts'

const mobile = '09123456789'

describe('a store whose club keeps its books in PostgreSQL', () => {
  let server: PrivatePostgres
  let chain: Chain

  beforeEach(async () => {
    server = await startPrivatePostgres()
    const { host, port, user, password, database } = await server.createDatabase('vafa')
    chain = await makeChain({ lane: { budgetMs: 1_500, receipt: { via: 'till' } } })
    const folder = join(chain.folder, 'installation')
    writeFileSync(join(folder, 'secrets/database'), `${password}\n`)
    const place = { postgres: { host, port, database, user, passwordFile: 'secrets/database' } }
    const config = join(folder, 'club.yaml')
    const text = readFileSync(config, 'utf8')
    expect(text).toContain('database: data/club.sqlite')
    writeFileSync(config, text.replace('database: data/club.sqlite', `database: ${JSON.stringify(place)}`))
  })
  afterEach(async () => {
    await chain.close()
    await server.close()
  })

  async function sell(till: TillClient, total: number) {
    await presentMember(till, mobile)
    const quote = await openSale(till, total)
    return till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
  }
  const credits = () => server.query('vafa', "SELECT subject, amount FROM transfers WHERE kind = 'credit-granted' ORDER BY seq")

  it('sells on while the server is away, and every sale is credited once when it is back', async () => {
    await chain.start('club')
    await chain.start('gateway')
    const till = await chain.till()
    await signUp(till, mobile)
    const before = await sell(till, 1_000_000)
    expect(before).toMatchObject({ status: 'accepted' })
    await presentMember(till, mobile)
    const quote = await openSale(till, 2_000_000)
    await server.kill()
    const during = await till.request(
      { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
      { until: 'result' },
    )
    expect(during).toMatchObject({ status: 'provisional', receipt: { provisional: true } })
    await server.restart()
    await expect.poll(credits, { timeout: 30_000 }).toHaveLength(2)
    const after = await sell(till, 3_000_000)
    expect(after).toMatchObject({ status: 'accepted' })
    const booked = await credits()
    expect(booked.map(({ subject }) => subject)).toEqual(
      [before, during, after].map((result) => (result.op === 'result' ? result.saleid : undefined)),
    )
    expect(await server.query('vafa', 'SELECT COUNT(*)::int AS n FROM sales')).toEqual([{ n: 3 }])
  })

  it('gets one clear line when the server is not there at the start', async () => {
    await server.kill()
    await expect(chain.start('club')).rejects.toThrow(
      /vafa: the database postgres:\/\/vafa@127\.0\.0\.1:\d+\/vafa cannot be used: .*ECONNREFUSED.*: check that PostgreSQL runs there/,
    )
  })
})
