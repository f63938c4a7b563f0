import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresEngine } from '#club/store/postgres-engine.ts'
import { type PostgresAddress, type PrivatePostgres, startPrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { freePort } from '#simulators/process/free-port.ts'

describe("the club's books in PostgreSQL open", () => {
  let server: PrivatePostgres
  let place: PostgresAddress
  let databases = 0

  beforeAll(async () => {
    server = await startPrivatePostgres()
  })
  afterAll(() => server.close())
  const database = async () => server.createDatabase(`opening_${++databases}`)
  const query = (sql: string) => server.query(place.database, sql)

  it('with durable commits, whatever the database was set to', async () => {
    place = await database()
    await query(`ALTER DATABASE ${place.database} SET synchronous_commit = off`)
    const engine = await openPostgresEngine(place)
    await engine.execute("INSERT INTO identity VALUES (current_setting('synchronous_commit'), 'x')")
    expect(await engine.query('SELECT club FROM identity')).toEqual([{ club: 'on' }])
    await engine.close()
  })

  it('over TLS, with the certificate checked', async () => {
    place = await database()
    const tls = { ca: readFileSync(server.certificate, 'utf8') }
    const engine = await openPostgresEngine({ ...place, host: 'localhost', tls })
    expect(await engine.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([{ ssl: true }])
    await engine.close()
    // Signed by nobody whom this machine knows.
    await expect(openPostgresEngine({ ...place, tls: {} })).rejects.toMatchObject({
      key: 'database.unreachable',
      message: expect.stringContaining('certificate'),
      hint: expect.stringContaining('tls.caFile'),
    })
  })

  it('and keep journal and transfers as they are', async () => {
    place = await database()
    const engine = await openPostgresEngine(place)
    for (const table of ['journal', 'transfers'])
      for (const change of [`UPDATE ${table} SET seq = seq + 1`, `DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`])
        await expect(query(change)).rejects.toThrow('append-only')
    await engine.close()
  })

  it('again as they were left', async () => {
    place = await database()
    const first = await openPostgresEngine(place)
    await first.execute("INSERT INTO totals VALUES ('house:issued', 'IRR', -7)")
    await first.close()
    const second = await openPostgresEngine(place)
    expect(await second.query('SELECT balance FROM totals')).toEqual([{ balance: -7 }])
    await second.close()
  })

  it('never with the schema of a newer Vafa', async () => {
    place = await database()
    await (await openPostgresEngine(place)).close()
    await query('UPDATE schema_version SET version = 1000')
    await expect(openPostgresEngine(place)).rejects.toMatchObject({
      key: 'database.newer',
      hint: expect.stringContaining('newer'),
    })
  })

  it.each([
    ['a wrong password', () => ({ password: 'another' }), 'passwordFile'],
    ['a user that is not there', () => ({ user: 'nobody' }), 'pg_hba.conf'],
    ['a database that is not there', () => ({ database: 'none' }), 'create it'],
    ['a host that is not there', () => ({ host: 'no-such-host.invalid' }), '`host`'],
    ['a port that nobody listens on', async () => ({ port: await freePort() }), 'PostgreSQL runs there'],
    ['a socket that is not there', () => ({ host: '/nowhere' }), 'PostgreSQL runs there'],
  ])('not with %s, and say what to do', async (_what, change, hint) => {
    place = await database()
    await expect(openPostgresEngine({ ...place, ...(await change()) })).rejects.toMatchObject({
      key: 'database.unreachable',
      permanent: false,
      hint: expect.stringContaining(hint),
    })
  })

  it('not in an encoding that holds no Persian', async () => {
    await query("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    await expect(openPostgresEngine({ ...place, database: 'latin' })).rejects.toMatchObject({
      key: 'database.unusable',
      message: expect.stringContaining('LATIN1'),
    })
  })

  it('not on a server that forgets in a power cut', async () => {
    const careless = await startPrivatePostgres({ settings: { fsync: 'off' } })
    await expect(openPostgresEngine(careless.address)).rejects.toMatchObject({ key: 'database.unsafe' })
    await careless.close()
  })

  it('not for a user who may not make tables', async () => {
    place = await database()
    await query("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    await expect(openPostgresEngine({ ...place, user: 'guest', password: 'guest' })).rejects.toMatchObject({
      key: 'database.unreachable',
      hint: expect.stringContaining('own the database'),
    })
  })
})
