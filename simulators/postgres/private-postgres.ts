import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { freePort } from '../process/free-port.ts'
import { descendants, isRunning } from '../process/memory.ts'
import { postgresPrograms } from './programs.ts'

const run = promisify(execFile)

/** How to reach a database of the private server. */
export interface PostgresAddress {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/**
 * A real PostgreSQL of our own, with `fsync` on, in a folder below the system's temporary one and on a free port of the
 * loopback. Logins need the password, over TLS or not, as at a customer's server.
 */
export interface PrivatePostgres {
  /** Where the server is; `database` is one that is always there. */
  readonly address: PostgresAddress
  /** The folder of its programs (`pgbench`). */
  readonly programs: string
  /** The file with the certificate that the server shows (PEM), made out to `localhost` and 127.0.0.1; it signs itself. */
  readonly certificate: string
  /** Makes an empty database, or a copy of one that nobody is connected to. */
  createDatabase(name: string, options?: { template: string }): Promise<PostgresAddress>
  /** Throws whoever is connected out, and drops it. */
  dropDatabase(name: string): Promise<void>
  /** One statement in a database, as its owner would type it. */
  query(database: string, sql: string): Promise<Record<string, unknown>[]>
  /** SIGKILL to all of its processes, as when the machine is gone: nothing is said to anybody. Its data stays. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

const user = 'vafa'
const password = 'a password for tests'

/** `settings` go before ours. Rejects with `sim.postgres-failed` where PostgreSQL is not installed or does not start. */
export async function startPrivatePostgres(options: { settings?: Record<string, string> } = {}): Promise<PrivatePostgres> {
  const programs = programsThere()
  const owner = ownerOfServer()
  const folder = mkdtempSync(join(tmpdir(), 'vafa-postgres-'))
  const data = join(folder, 'data')
  const address = { host: '127.0.0.1', port: await freePort(), user, password, database: 'postgres' }
  let server: Server | undefined

  async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ ...address, database })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  async function stop(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    await server?.stop(signal)
    server = undefined
  }
  async function start(): Promise<void> {
    await stop('SIGKILL')
    server = startServer({ programs, data, folder, port: address.port, owner, settings: options.settings ?? {} })
    await server.ready(() => query('postgres', 'SELECT 1'))
  }
  async function close(): Promise<void> {
    // Immediate: what is in the folder is removed anyway.
    await stop('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await makeCluster({ programs, data, folder, owner })
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    address,
    programs,
    certificate: join(folder, 'server.crt'),
    async createDatabase(name, options) {
      await query('postgres', `CREATE DATABASE "${name}"${options ? ` TEMPLATE "${options.template}"` : ''}`)
      return { ...address, database: name }
    },
    async dropDatabase(name) {
      await query('postgres', `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    },
    query,
    kill: () => stop('SIGKILL'),
    restart: start,
    close,
  }
}

function programsThere(): string {
  const programs = postgresPrograms()
  if (programs === undefined) throw failed('PostgreSQL is not installed')
  return programs
}

/** Whom the server runs as; undefined: as we do. PostgreSQL refuses to be root. */
interface Owner {
  uid: number
  gid: number
}

function ownerOfServer(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || Number.NaN)
  const owner = { uid: id('-u'), gid: id('-g') }
  if (Number.isNaN(owner.uid)) throw failed('there is no user "postgres" for it to run as, and it refuses to be root')
  return owner
}

interface Place {
  programs: string
  data: string
  folder: string
  owner: Owner | undefined
}

async function makeCluster({ programs, data, folder, owner }: Place): Promise<void> {
  const secret = join(folder, 'password')
  const key = join(folder, 'server.key')
  writeFileSync(secret, password)
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', key, '-out', join(folder, 'server.crt')],
  ])
  chmodSync(key, 0o600)
  mkdirSync(data, { mode: 0o700 })
  if (owner) for (const path of [folder, secret, key, data]) chownSync(path, owner.uid, owner.gid)
  const options = ['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256']
  try {
    await run(join(programs, 'initdb'), ['-D', data, '-U', user, `--pwfile=${secret}`, ...options], { cwd: folder, ...owner })
  } catch (error) {
    throw failed(`initdb: ${messageOf(error)}`)
  }
}

interface Server {
  /** Asks until it answers; rejects with what it said when it has ended instead. */
  ready(ask: () => Promise<unknown>): Promise<void>
  stop(signal: NodeJS.Signals): Promise<void>
}

function startServer(options: Place & { port: number; settings: Record<string, string> }): Server {
  const { programs, data, folder, port, owner } = options
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'on',
    synchronous_commit: 'on',
    ssl: 'on',
    ssl_cert_file: join(folder, 'server.crt'),
    ssl_key_file: join(folder, 'server.key'),
    log_min_messages: 'warning',
    // Checkpoints in the middle of a measurement would measure the disk.
    max_wal_size: '4GB',
    shared_buffers: '256MB',
    ...options.settings,
  }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server: ChildProcess = spawn(
    // It goes when we do, however we go: setpriv changes the user first, since that would cancel the signal.
    'setpriv',
    [
      ...(owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'] : []),
      ...['--pdeathsig', 'QUIT', '--', join(programs, 'postgres'), '-D', data, ...given],
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  server.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4_000)
  })
  let over = false
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true
      resolve()
    }
    server.once('error', end)
    server.once('exit', end)
  })
  return {
    async ready(ask) {
      for (;;) {
        try {
          await ask()
          return
        } catch (error) {
          if (over) throw failed(`the server did not start: ${said.trim() || messageOf(error)}`)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    },
    async stop(signal) {
      // A connection's process would finish what it is at, and keep the data from the next server meanwhile.
      const all = signal === 'SIGKILL' && server.pid !== undefined ? descendants(server.pid) : []
      server.kill(signal)
      for (const pid of all) if (isRunning(pid)) process.kill(pid, signal)
      await ended
      while (all.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
  }
}

const failed = (message: string): VafaError =>
  new VafaError({
    key: 'sim.postgres-failed',
    message: `no PostgreSQL of our own: ${message}`,
    hint: 'apt-get install postgresql openssl',
    permanent: false,
  })
