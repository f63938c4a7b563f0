import { chmodSync, existsSync, mkdirSync, unlinkSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { codeOf, messageOf, VafaError } from './errors.ts'

/** What of a daemon's own may be asked by whoever owns it, on its own machine, and how its errors are called. */
export interface Control<Operated> {
  /** Beside the database, or where the configuration has it. */
  path: string
  operations: readonly (keyof Operated & string)[]
  /** Begins the errors' keys: `club`, `gateway`. */
  daemon: string
  /** Where another process holds the socket. */
  taken: { message: string; hint: string }
}

type Place = Pick<Control<unknown>, 'path' | 'daemon'>

interface Call {
  method: string
  args: unknown[]
}
type Answer =
  | { ok: true; value?: unknown }
  | { ok: false; error: { key: string; message: string; hint?: string; permanent: boolean } }

/** Characters of one question or answer. */
const lineMax = 16_000_000

/**
 * Takes the socket by which the operator reaches a daemon: who holds it is the only one. It is the owner's alone (mode
 * 600). Rejects with `club.running`, `gateway.running` where another process holds it.
 */
export async function holdSocket<Operated>(
  control: Control<Operated>,
): Promise<{ serve(operated: Operated): void; close(): Promise<void> }> {
  const { path, daemon, taken } = control
  if (await answers(control)) throw new VafaError({ key: `${daemon}.running`, ...taken })
  try {
    mkdirSync(dirname(path), { recursive: true })
    // What a process left that was killed, or whose disk could not be written any more.
    if (existsSync(path)) unlinkSync(path)
  } catch (error) {
    throw unusable(control, error)
  }
  let serve = (_: Operated) => {}
  const serving = new Promise<Operated>((resolve) => {
    serve = resolve
  })
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    attend(socket, serving, control)
  })
  await listen(server, control)
  return {
    serve,
    close: () =>
      new Promise((resolve) => {
        for (const one of connections) one.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A daemon that runs, as far as its operator reaches it; undefined where none holds the socket. */
export async function reachSocket<Operated>({
  path,
  operations,
  daemon,
}: Control<Operated>): Promise<(Operated & { close(): void }) | undefined> {
  const socket = await connect({ path, daemon })
  if (!socket) return undefined
  let waiting: { resolve(value: unknown): void; reject(error: Error): void } | undefined
  const gone = () =>
    waiting?.reject(
      new VafaError({
        key: `${daemon}.gone`,
        message: `the ${daemon} ended while it was asked`,
        hint: 'ask again',
        permanent: false,
      }),
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
  const operated = Object.fromEntries(operations.map((method) => [method, (...args: unknown[]) => ask(method, args)]))
  // The other end runs the same interface: what comes back has its types.
  return { ...(operated as unknown as Operated), close: () => socket.destroy() }
}

const connect = ({ path, daemon }: Place): Promise<Socket | undefined> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', (error) => {
      const code = codeOf(error)
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined)
      else reject(unusable({ path, daemon }, error))
    })
  })

async function answers(place: Place): Promise<boolean> {
  const socket = await connect(place)
  socket?.destroy()
  return socket !== undefined
}

function listen(server: Server, place: Place): Promise<void> {
  const { path } = place
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(unusable(place, error)))
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

const unusable = ({ path, daemon }: Place, cause: unknown) =>
  new VafaError({
    key: 'config.control',
    message: `cannot use the socket ${path}: ${messageOf(cause)}`,
    hint: `give \`control\` in ${daemon}.yaml a path of at most 100 characters, in a folder that the ${daemon} may write`,
    cause,
  })

/** One question a line, answered in their order. */
function attend<Operated>(socket: Socket, serving: Promise<Operated>, control: Control<Operated>): void {
  let work = Promise.resolve()
  socket.on('error', () => socket.destroy())
  readLines(socket, (line) => {
    work = work.then(async () => {
      const answer = await perform(line, await serving, control)
      if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`)
    })
  })
}

async function perform<Operated>(line: string, operated: Operated, { operations, daemon }: Control<Operated>): Promise<Answer> {
  try {
    const { method, args } = JSON.parse(line) as Call
    const known = operations.find((one) => one === method)
    if (!known) throw new VafaError({ key: `${daemon}.unsupported`, message: `the ${daemon} cannot do “${method}”` })
    return { ok: true, value: await (operated[known] as (...given: unknown[]) => unknown)(...args) }
  } catch (error) {
    const { key, hint, permanent } =
      error instanceof VafaError ? error : { key: `${daemon}.failed`, hint: undefined, permanent: false }
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
