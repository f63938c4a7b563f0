import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPostgresStore } from '#club/store/postgres-store.ts'
import type { ClubStore } from '#club/store/store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type PostgresAddress, type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { arrivalOf, card, createBox, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'
import { startWatchedLink } from './watched-link.ts'

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

  it.each([
    ['looks up', 'load receipt_codes'],
    ['writes', 'put sales'],
    ['commits', 'commit'],
  ])('keep all or nothing of a batch that %s when the server is killed', async (_what, moment) => {
    const link = await startWatchedLink({ to: place.port })
    store = await open({ ...place, port: link.port })
    await book(box.enrolment('sara'), box.sale({ total: 1, member: card('sara') }))
    const killed = new Promise<void>((resolve) => link.once(moment, () => resolve(server.kill())))
    const sales = Array.from({ length: 256 }, () => box.sale({ total: 10_000, member: card('sara') }))
    await expect(book(...sales)).rejects.toMatchObject(unreachable)
    await killed
    await server.restart()
    const [{ n } = { n: -1 }] = await server.query(place.database, 'SELECT COUNT(*)::int AS n FROM sales')
    expect([1, 1 + sales.length]).toContain(n)
    const replies = await bookUntilAnswered(...sales)
    expect(replies.map((one) => one.inReplyTo)).toEqual(sales.map((one) => one.id))
    expect(new Set(replies.map((one) => one.status))).toEqual(new Set(['accepted']))
    expect(await store.totals()).toMatchObject({ sales: 1 + sales.length, transfers: sales.length })
    expect(await store.audit()).toEqual([])
    await store.close()
    await link.close()
  })

  it('know a batch again whose commit arrived although its answer did not', async () => {
    const link = await startWatchedLink({ to: place.port })
    store = await open({ ...place, port: link.port })
    await book(box.enrolment('sara'))
    const sale = box.sale({ total: 1_000_000, member: card('sara') })
    // What is counted behind the books is committed too.
    await vi.waitFor(async () => {
      const { journal, counted } = await store.counting()
      expect(counted).toBe(journal)
    }, 10_000)
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

  it('take the place of their own connection that the server still believes in', async () => {
    const link = await startWatchedLink({ to: place.port })
    store = await open({ ...place, port: link.port })
    await book(box.enrolment('sara'))
    link.abandon()
    expect(await bookUntilAnswered(box.sale({ total: 1_000, member: card('sara') }))).toMatchObject([{ status: 'accepted' }])
    const writers = await server.query(
      'postgres',
      `SELECT pid FROM pg_stat_activity WHERE datname = '${place.database}' AND application_name ~ '^vafa club [0-9a-f]{8}$'`,
    )
    expect(writers).toHaveLength(1)
    await store.close()
    await link.close()
  })

  it('close in peace while it is away', async () => {
    store = await open(place)
    await server.kill()
    await store.close()
    await server.restart()
  })
})
