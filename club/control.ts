import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { TrustDesk } from './authority/trust.ts'
import type { ClubStore } from './store/store.ts'

/** What the club's operator asks and does on the club's own machine. */
export type OperatedBooks = Pick<ClubStore, (typeof bookOperations)[number]>
export type Operated = OperatedBooks & TrustDesk

const bookOperations = [
  'quarantine',
  'quarantined',
  'release',
  'dropQuarantined',
  'dayCloses',
  'audit',
  'totals',
  'act',
  'person',
  'candidates',
  'household',
  'stock',
  'products',
  'members',
  'sales',
  'transfers',
  'responses',
  'withheldMessages',
] as const
const operations = [...bookOperations, 'newCode', 'boxes', 'revoke'] as const satisfies readonly (keyof Operated)[]

interface Call {
  method: (typeof operations)[number]
  args: unknown[]
}
type Answer =
  | { ok: true; value?: unknown }
  | { ok: false; error: { key: string; message: string; hint?: string; permanent: boolean } }

/** Characters of one question or answer. */
const lineMax = 16_000_000

/**
 * Takes the socket by which the operator reaches the books, and with it the right to write them: who holds it is the
 * only one. It is the owner's alone (mode 600). Rejects with `club.running` where another process holds it.
 */
export async function holdControl(path: string): Promise<{ serve(club: Operated): void; close(): Promise<void> }> {
  if (await answers(path))
    throw new VafaError({
      key: 'club.running',
      message: `another process works on these books: it holds ${path}`,
      hint: 'two would spoil them; stop the other one first',
    })
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  let serve = (_: Operated) => {}
  const serving = new Promise<Operated>((resolve) => {
    serve = resolve
  })
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    attend(socket, serving)
  })
  await listen(server, path)
  return {
    serve,
    close: () =>
      new Promise((resolve) => {
        for (const one of connections) one.destroy()
        server.close(() => resolve())
      }),
  }
}

/** The books of a club that runs; undefined where none holds the socket. */
export async function reachControl(path: string): Promise<(Operated & { close(): void }) | undefined> {
  const socket = await connect(path)
  if (!socket) return undefined
  let waiting: { resolve(value: unknown): void; reject(error: Error): void } | undefined
  const gone = () =>
    waiting?.reject(
      new VafaError({ key: 'club.gone', message: 'the club ended while it was asked', hint: 'ask again', permanent: false }),
    )
  readLines(socket, (line) => {
    const answer = JSON.parse(line) as Answer
    if (answer.ok) waiting?.resolve(answer.value)
    else waiting?.reject(new VafaError(answer.error))
  })
  socket.on('close', gone).on('error', gone)
  const ask = (method: Call['method'], args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      waiting = { resolve, reject }
      socket.write(`${JSON.stringify({ method, args })}\n`)
    })
  const books = Object.fromEntries(operations.map((method) => [method, (...args: unknown[]) => ask(method, args)]))
  // The other end runs the same interface: what comes back has its types.
  return { ...(books as unknown as Operated), close: () => socket.destroy() }
}

const connect = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error) => {
      const code = codeOf(error)
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined)
      else reject(unusable(path, error))
    })
  })

async function answers(path: string): Promise<boolean> {
  const socket = await connect(path)
  socket?.destroy()
  return socket !== undefined
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(unusable(path, error)))
    server.once('listening', () => {
      chmodSync(path, 0o600)
      resolve()
    })
    // Made with its mode at once: between `listen` and `chmod` others could connect.
    const before = process.umask(0o177)
    server.listen(path)
    process.umask(before)
  })
}

const unusable = (path: string, cause: unknown) =>
  new VafaError({
    key: 'config.control',
    message: `cannot use the socket ${path}: ${messageOf(cause)}`,
    hint: 'give `control` in club.yaml a path of at most 100 characters, in a folder that the club may write',
    cause,
  })

/** One question a line, answered in their order. */
function attend(socket: Socket, serving: Promise<Operated>): void {
  let work = Promise.resolve()
  socket.on('error', () => socket.destroy())
  readLines(socket, (line) => {
    work = work.then(async () => {
      const answer = await perform(line, await serving)
      if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`)
    })
  })
}

async function perform(line: string, books: Operated): Promise<Answer> {
  try {
    const { method, args } = JSON.parse(line) as Call
    if (!operations.includes(method)) throw new VafaError({ key: 'club.unsupported', message: `the club cannot do “${method}”` })
    return { ok: true, value: await (books[method] as (...given: unknown[]) => Promise<unknown>)(...args) }
  } catch (error) {
    const { key, hint, permanent } =
      error instanceof VafaError ? error : { key: 'club.failed', hint: undefined, permanent: false }
    return { ok: false, error: { key, message: messageOf(error), permanent, ...(hint === undefined ? {} : { hint }) } }
  }
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      onLine(line)
    }
    if (text.length > lineMax) socket.destroy()
  })
}
