import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { int8Array, textArray } from '#runtime/postgres-arrays.ts'
import type { PrivatePostgres } from '#simulators/postgres/private-postgres.ts'
import { type LeanFigures, type LeanSale, measureLean } from './lean-sale.ts'

const run = promisify(execFile)

const schema = `
CREATE TABLE journal (seq bigserial PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, body text COMPRESSION lz4 NOT NULL, reply text COMPRESSION lz4 NOT NULL);
CREATE TABLE members (member bigint PRIMARY KEY, visits bigint NOT NULL, credit bigint NOT NULL) WITH (fillfactor = 80);
CREATE TABLE house (account bigint PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO house VALUES (1, 0);
`

/** Lean sales in PostgreSQL: each batch three statements over arrays, on one connection, written behind one another. */
export async function postgresFloor(server: PrivatePostgres, options: { members: number; sales: number }): Promise<LeanFigures> {
  const name = `floor_${options.members}`
  const client = new pg.Client({ ...(await server.createDatabase(name)), pipeline: true })
  await client.connect()
  try {
    await client.query(schema)
    await client.query('INSERT INTO members SELECT n, 0, 0 FROM generate_series(1, $1::bigint) n', [options.members])
    await client.query('VACUUM ANALYZE members')
    return await measureLean({ commit: (sales) => commitSet(client, sales) }, options)
  } finally {
    await client.end()
    await server.dropDatabase(name)
  }
}

async function commitSet(client: pg.Client, sales: readonly LeanSale[]): Promise<void> {
  const changes = new Map<number, { visits: number; credit: number }>()
  for (const { member, credit } of sales) {
    const change = changes.get(member) ?? { visits: 0, credit: 0 }
    changes.set(member, { visits: change.visits + 1, credit: change.credit + credit })
  }
  const changed = [...changes].sort(([a], [b]) => a - b)
  const total = sales.reduce((sum, { credit }) => sum + credit, 0)
  await Promise.all([
    client.query({ name: 'begin', text: 'BEGIN' }),
    client.query({
      name: 'journal',
      text: 'INSERT INTO journal (id, body, reply) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])',
      values: [
        textArray(sales.map((one) => one.id)),
        textArray(sales.map((one) => one.body)),
        textArray(sales.map((one) => one.reply)),
      ],
    }),
    client.query({
      name: 'members',
      text: `UPDATE members m SET visits = m.visits + c.visits, credit = m.credit + c.credit
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) c (member, visits, credit) WHERE m.member = c.member`,
      values: [
        int8Array(changed.map(([key]) => key)),
        int8Array(changed.map(([, c]) => c.visits)),
        int8Array(changed.map(([, c]) => c.credit)),
      ],
    }),
    client.query({ name: 'house', text: 'UPDATE house SET balance = balance - $1 WHERE account = 1', values: [total] }),
    client.query({ name: 'commit', text: 'COMMIT' }),
  ])
}

/** Transactions a second of PostgreSQL's own measure, TPC-B as `pgbench` has it: 8 clients, a million accounts. */
export async function pgbench(server: PrivatePostgres, options: { seconds: number }): Promise<number> {
  const { host, port, user, password } = server.address
  await server.createDatabase('pgbench')
  const program = join(server.programs, 'pgbench')
  const place = ['-h', host, '-p', String(port), '-U', user]
  const env = { ...process.env, PGPASSWORD: password }
  try {
    await run(program, [...place, '-i', '-q', '-s', '10', 'pgbench'], { env })
    const { stdout } = await run(program, [...place, '-c', '8', '-j', '2', '-T', String(options.seconds), 'pgbench'], { env })
    const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1]
    if (tps === undefined) throw new Error(`pgbench says no tps:\n${stdout}`)
    return Math.round(Number(tps))
  } finally {
    await server.dropDatabase('pgbench')
  }
}
