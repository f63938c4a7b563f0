import { once } from 'node:events'
import { createConnection } from 'node:net'
import { compiledTillResponse, type TillRequest, type TillResponse } from '#protocol/lane.ts'
import { VafaError } from '#runtime/errors.ts'
import { createTillInbox } from './inbox.ts'

/** A request without its id, which the client numbers itself. */
export type TillCall = TillRequest extends infer Request ? (Request extends TillRequest ? Omit<Request, 'id'> : never) : never

export interface TillClient {
  /**
   * Sends a request and resolves with its first answer (`re`), whether that is good news or `error`; with `until`, with
   * the first one of that `op` or `error`: `request({ op: 'open', … }, { until: 'quote' })`.
   */
  request(call: TillCall, options?: { until?: TillResponse['op']; timeoutMs?: number }): Promise<TillResponse>
  /**
   * The first message that fits and that nobody has taken yet: one that has come already, else the next. Messages that
   * nobody takes are kept, the last 1,000.
   */
  waitFor(matches: (message: TillResponse) => boolean, options?: { timeoutMs?: number }): Promise<TillResponse>
  /** Sees every message as it comes, taken or not. Returns how to stop. */
  onMessage(listener: (message: TillResponse) => void): () => void
  /** Writes a line as it is: for faults. */
  sendLine(line: string): void
  /** Resolves when the connection has ended, by whichever side. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** Connects as a till's software does. Rejects where nothing listens. */
export async function connectTill(options: { host?: string; port: number; name?: string }): Promise<TillClient> {
  const { host = '127.0.0.1', port, name = 'till' } = options
  const where = `till port ${host}:${port}`
  const socket = createConnection({ host, port, noDelay: true })
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new VafaError({
      key: 'till.unreachable',
      message: `nothing listens on ${where}`,
      hint: 'start the gateway, and check the port of its till-tcp device',
      permanent: false,
      cause,
    })
  }

  const inbox = createTillInbox(where)
  let calls = 0
  let rest = ''

  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    try {
      for (const line of lines) {
        const parsed = compiledTillResponse.safeParse(JSON.parse(line))
        if (!parsed.success) throw parsed.error
        inbox.deliver(parsed.data)
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
  let failure: Error | undefined
  socket.on('error', (error) => {
    failure = error
  })
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      inbox.end(failure)
      resolve()
    })
  })

  return {
    closed,
    async request(call, { until, timeoutMs = 10_000 } = {}) {
      calls += 1
      const id = `${name}-${calls}`
      const answer = inbox.next(
        (message) => message.re === id && (until === undefined || message.op === until || message.op === 'error'),
        timeoutMs,
        `an answer to ${call.op} ${id}`,
      )
      socket.write(`${JSON.stringify({ ...call, id })}\n`)
      return answer
    },
    waitFor: inbox.waitFor,
    onMessage: inbox.onMessage,
    sendLine: (line) => void socket.write(`${line}\n`),
    async close() {
      socket.destroySoon()
      await closed
    },
  }
}
