import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPostgresStore } from '#club/store/postgres-store.ts'
import type { ClubStore } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type PostgresAddress, type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { startAnswerlessLink } from './answerless-link.ts'
import { arrivalOf, card, createBox, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './club-store-conformance.ts'

describe("the club's books, when their PostgreSQL goes away", () => {
  let server: PrivatePostgres
  let place: PostgresAddress
  let store: ClubStore
  let box: ReturnType<typeof createBox>
  let databases = 0

  beforeAll(async () => {
    server = await startPrivatePostgres()
  })
  afterAll(() => server.close())
  const open = (at: PostgresAddress) => openPostgresStore({ ...storeSettings, server: at, uuid: systemRuntime.uuid })
  beforeEach(async () => {
    place = await server.createDatabase(`outage_${++databases}`)
    box = createBox()
  })
  afterEach(() => store.close())

  const book = (...messages: object[]) => store.commitBatch(messages.map((one) => arrivalOf(one)))
  /** As boxes do: again and again, until there is an answer. */
  const bookUntilAnswered = (...messages: object[]) =>
    vi.waitFor(async () => repliesOf(await book(...messages)), { timeout: 20_000, interval: 20 })
  const unreachable = { key: 'database.unreachable', permanent: false }

  it('refuse batches and questions for as long, and go on by themselves when it is back', async () => {
    store = await open(place)
    const [enrolled] = repliesOf(await book(box.enrolment('sara')))
    await server.kill()
    const sale = box.sale({ total: 1_000_000, member: card('sara') })
    await expect(book(sale)).rejects.toMatchObject(unreachable)
    const tap = box.request('vafa.credential.presented.v1', { credential: card('nobody') })
    await expect(store.answer([arrivalOf(tap, 's1', new Date(start).toISOString())])).rejects.toMatchObject(unreachable)
    await expect(store.totals()).rejects.toMatchObject(unreachable)
    await server.restart()
    expect(await bookUntilAnswered(sale)).toMatchObject([{ status: 'accepted' }])
    expect(await store.balances(enrolled?.member?.memberid ?? '')).toMatchObject([{ available: 100_000 }])
    await vi.waitFor(async () => expect(await store.totals()).toMatchObject({ sales: 1 }), { timeout: 10_000 })
    expect(await store.audit()).toEqual([])
  })

  it('keep all or nothing of a batch that is under way when it is killed', async () => {
    store = await open(place)
    await book(box.enrolment('sara'))
    const sales = Array.from({ length: 2_000 }, () => box.sale({ total: 10_000, member: card('sara') }))
    const batch = book(...sales)
    const ended = batch.then(
      () => 'booked',
      () => 'refused',
    )
    await server.kill()
    await server.restart()
    const [{ n } = { n: -1 }] = await server.query(place.database, 'SELECT COUNT(*)::int AS n FROM sales')
    expect(n === 0 || n === sales.length).toBe(true)
    if ((await ended) === 'booked') expect(n).toBe(sales.length)
    const replies = await bookUntilAnswered(...sales)
    expect(new Set(replies.map((one) => one.status))).toEqual(new Set(['accepted']))
    expect(await store.totals()).toMatchObject({ sales: sales.length, transfers: sales.length })
    expect(await store.audit()).toEqual([])
  })

  it('know a batch again whose commit arrived although its answer did not', async () => {
    const link = await startAnswerlessLink({ to: place.port })
    store = await open({ ...place, port: link.port })
    await book(box.enrolment('sara'))
    const sale = box.sale({ total: 1_000_000, member: card('sara') })
    link.loseAnswerTo('commit')
    await expect(book(sale)).rejects.toMatchObject(unreachable)
    const another = box.sale({ total: 500_000, member: card('sara') })
    const replies = await bookUntilAnswered(sale, another)
    expect(replies).toMatchObject([
      { inReplyTo: sale.id, status: 'accepted', balances: [{ available: 100_000 }] },
      { inReplyTo: another.id, status: 'accepted', balances: [{ available: 150_000 }] },
    ])
    expect(await store.totals()).toMatchObject({ sales: 2, transfers: 2 })
    expect(await store.audit()).toEqual([])
    await store.close()
    await link.close()
  })

  it('are not shared by two clubs', async () => {
    store = await open(place)
    await expect(open(place)).rejects.toMatchObject({ key: 'database.in-use', message: expect.stringContaining(place.database) })
    await store.close()
    store = await open(place)
    expect(repliesOf(await book(box.enrolment('sara')))).toMatchObject([{ status: 'accepted' }])
  })

  it('take the place of their own connection that the server has not missed yet', async () => {
    store = await open(place)
    await book(box.enrolment('sara'))
    // The server's end stays for as long as the network says nothing; ended by hand here, as an administrator does.
    await server.query(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'vafa club%'",
    )
    expect(await bookUntilAnswered(box.sale({ total: 1_000, member: card('sara') }))).toMatchObject([{ status: 'accepted' }])
  })

  it('close in peace while it is away', async () => {
    store = await open(place)
    await server.kill()
    await store.close()
    await server.restart()
  })
})
