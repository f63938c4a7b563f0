import { randomUUID } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { compiledTillResponse, type TillResponse } from '#protocol/lane.ts'
import type { TillProblem } from '#protocol/till-problems.ts'
import { VafaError } from '#runtime/errors.ts'
import { createTillInbox } from './inbox.ts'
import type { TillCall, TillClient } from './till-client.ts'

export interface HttpTillOptions {
  host?: string
  port: number
  /** The till's key. */
  secret: string
  /** Where the box speaks TLS. `cert` and `key`: the till's own. */
  tls?: { ca: string; cert?: string; key?: string }
}

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

/** What a till's software, or what stands between it and the box, can do wrong. */
export type HttpTillFault =
  /** Half a request, then nothing more; resolves when the box has ended the line, with what it said. */
  | 'half a request'
  /** A whole request, and hangs up before the answer. */
  | 'hang up'
  /** Bytes that are no HTTP. */
  | 'garbage'

export interface HttpTill extends Omit<TillClient, 'sendLine'> {
  /** One request as it is: the caller chooses path, key and headers. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<HttpAnswer>
  get(path: string, headers?: Record<string, string>): Promise<HttpAnswer>
  /** Resolves when the event stream is open: from then on nothing that the lane says is missed. */
  readonly listening: Promise<void>
  fault(what: HttpTillFault): Promise<string>
}

/** A till's software that speaks HTTP: one POST a request, and a stream of what the lane says by itself. */
export function openHttpTill(options: HttpTillOptions): HttpTill {
  const { host = '127.0.0.1', port, secret, tls } = options
  const where = `till port http${tls ? 's' : ''}://${host}:${port}`
  const inbox = createTillInbox(where)
  const send = tls ? httpsRequest : httpRequest
  const authorization = `Bearer ${secret}`
  const at = { host, port, ...tls, agent: false as const }

  const exchange = (
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = send({ ...at, method, path, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (more: string) => {
          text += more
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
        answer.on('error', reject)
      })
      outgoing.on('error', (cause) =>
        reject(
          new VafaError({
            key: 'till.unreachable',
            message: `${where}: ${cause.message}`,
            hint: 'start the gateway, and check the port of its till-http device',
            permanent: false,
            cause,
          }),
        ),
      )
      outgoing.end(body)
    })
  const post: HttpTill['post'] = (path, body, headers = {}) =>
    exchange('POST', path, JSON.stringify(body), { authorization, 'content-type': 'application/json', ...headers })

  const listening = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const stream = send({ ...at, path: '/v1/events', headers: { authorization } }, (answer) => {
    if (answer.statusCode !== 200) return stream.destroy(new Error(`the event stream was refused with ${answer.statusCode}`))
    listening.resolve()
    let rest = ''
    answer.setEncoding('utf8')
    answer.on('data', (more: string) => {
      const events = (rest + more).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '))
        if (data !== undefined) inbox.deliver(parsed(data.slice(6)))
      }
    })
    answer.on('error', () => {})
    return undefined
  })
  const over = (error: Error | undefined) => {
    inbox.end(error)
    listening.reject(error ?? new Error('the event stream ended'))
  }
  stream.on('error', over)
  stream.on('close', () => {
    over(undefined)
    closed.resolve()
  })
  stream.end()
  listening.promise.catch(() => {})

  const ask = async (call: TillCall): Promise<TillResponse[]> => {
    const { op, ...body } = call
    const { status, text } = await post(`/v1/${op}`, body, { 'idempotency-key': `"${randomUUID()}"` })
    const answer = JSON.parse(text)
    if (status < 300) return answer.answers.map((one: unknown) => parsed(JSON.stringify(one)))
    const { key, texts, reason, retryable, answers = [] } = answer as TillProblem
    return [...answers, { op: 'error', error: { key, ...texts, reason, retryable } } as TillResponse]
  }

  return {
    post,
    get: (path, headers = {}) => exchange('GET', path, undefined, headers),
    listening: listening.promise,
    closed: closed.promise,
    async request(call, { until } = {}) {
      const answers = await ask(call)
      const first = answers[0] ?? noAnswer(where)
      const wanted = until === undefined ? first : (answers.find(({ op }) => op === until || op === 'error') ?? first)
      for (const one of answers)
        if (one === wanted) inbox.notice(one)
        else inbox.deliver(one)
      return wanted
    },
    waitFor: inbox.waitFor,
    onMessage: inbox.onMessage,
    fault: (what) =>
      new Promise((resolve) => {
        let heard = ''
        const socket = connectPlain({ host, port }, () => {
          const head = `POST /v1/ping HTTP/1.1\r\nhost: box\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`
          if (what === 'garbage') socket.write('\x02\x16\x01 no HTTP \0\xff\r\n\r\n')
          else socket.write(`${head}content-length: ${what === 'hang up' ? 2 : 200}\r\n\r\n{}`)
          if (what === 'hang up') socket.end()
        })
        socket.setEncoding('utf8')
        socket.on('data', (more: string) => {
          heard += more
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(heard))
      }),
    async close() {
      stream.destroy()
      await closed.promise
    },
  }
}

function parsed(text: string): TillResponse {
  const read = compiledTillResponse.safeParse(JSON.parse(text))
  if (!read.success) throw read.error
  return read.data
}

function noAnswer(where: string): never {
  throw new VafaError({ key: 'till.late', message: `${where}: the answer is empty`, permanent: false })
}
