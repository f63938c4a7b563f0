import type pg from 'pg'
import { VafaError } from '#runtime/errors.ts'
import { postgresMigrations } from './postgres-schema.ts'

/** Two numbers that name the lock of a database's one writer. */
const writerLock = '7825, 6465'

interface ServerState {
  version: number
  encoding: string
  fsync: string
  compressions: string[]
}

/**
 * Readies a connection for the one writer of the club's books: durable commits, the lock that keeps a second club out,
 * and the newest schema. Rejects with a permanent `VafaError` where the server or the database is not fit for them.
 */
export async function prepareWriter(client: pg.Client, options: { name: string; applicationName: string }): Promise<void> {
  const { name, applicationName } = options
  const unfit = refusal(name)
  const { version, encoding, fsync, compressions } = await serverState(client)
  if (version < 150_000)
    throw unfit('database.too-old', `is on PostgreSQL ${Math.floor(version / 10_000)}`, 'PostgreSQL 15 or newer is needed')
  if (encoding !== 'UTF8')
    throw unfit('database.unusable', `is encoded in ${encoding}`, "make it anew with ENCODING 'UTF8': docs/operations.md")
  if (fsync !== 'on')
    throw unfit('database.unsafe', 'is on a server with fsync off', 'a power cut would lose sales: turn `fsync` on')
  await takeLock(client, { applicationName, unfit })
  await client.query(`SET synchronous_commit = on; ${byKeys}`)
  await migrate(client, postgresMigrations({ lz4: compressions.includes('lz4') }), unfit)
}

/** A connection that loads records by their keys while the writer is at a batch. */
export async function prepareLoader(client: pg.Client): Promise<void> {
  await client.query(`SET default_transaction_read_only = on; ${byKeys}`)
}

/** A connection for questions: it changes nothing, and long ones do not hold up the sales. */
export async function prepareReader(client: pg.Client): Promise<void> {
  await client.query('SET default_transaction_read_only = on; SET jit = off')
}

/** A connection that sees the books as they stand at its first statement; it is of use only once. */
export async function prepareSnapshot(client: pg.Client, { name, again }: { name: string; again: boolean }): Promise<void> {
  if (again)
    throw refusal(name)('database.unreachable', 'was lost while it was read', 'begin again: what was seen of it is incomplete')
  await client.query('SET jit = off; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
}

/**
 * What is looked up and put by keys has plans that are made once and always use the keys: the planner would take an empty
 * table's plan into a table that has grown.
 */
const byKeys = `
SET jit = off; SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;`

async function serverState(client: pg.Client): Promise<ServerState> {
  const { rows } = await client.query<ServerState>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
       current_setting('fsync') AS fsync,
       (SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression') AS compressions`,
  )
  const [state] = rows
  if (!state) throw new Error('the server does not say what it is')
  return state
}

type Refusal = (key: string, what: string, hint: string) => VafaError
const refusal =
  (name: string): Refusal =>
  (key, what, hint) =>
    new VafaError({ key, message: `the database ${name} ${what}`, hint })

/**
 * Two clubs on one database would not see each other's sales. A connection that we lost may still hold the lock, since
 * its server process has not noticed yet: it is ended. PostgreSQL lets the lock go with the session.
 */
async function takeLock(client: pg.Client, given: { applicationName: string; unfit: Refusal }): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE application_name = $1 AND pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user`,
    [given.applicationName],
  )
  const { rows } = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_lock(${writerLock}) AS got`)
  if (rows[0]?.got === true) return
  throw given.unfit('database.in-use', 'is in use by another club', 'end the other one: a database has one club')
}

async function migrate(client: pg.Client, migrations: readonly string[], unfit: Refusal): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS schema_version (version int NOT NULL)')
  const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_version')
  const version = rows[0]?.version ?? 0
  if (version > migrations.length)
    throw unfit(
      'database.newer',
      `has schema ${version}; this Vafa knows only ${migrations.length}`,
      'install the newer Vafa that wrote it',
    )
  if (version === migrations.length) return
  // One string of statements is one transaction.
  await client.query(
    `${migrations.slice(version).join('\n')}
     DELETE FROM schema_version; INSERT INTO schema_version VALUES (${migrations.length});`,
  )
}
