import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { z } from 'zod'
import { readSecret } from '../config.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Cancel, Runtime } from '../runtime.ts'
import type { tracingConfig } from './config.ts'
import { otlpRequest } from './otlp.ts'
import type { Attributes, FinishedSpan, SpanSink } from './tracer.ts'

const flushMs = 2_000
const sentAtOnce = 512
/** While the collector is away; then the oldest give way. */
const keptMost = 4_096
const answerMs = 10_000
const retryMs = 10_000
const closingMs = 2_000

/** Of these the same spans may be sent again (OTLP/HTTP, “Retryable Response Codes”). */
const retried: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Sends spans to a collector by OTLP/HTTP, in the background; what it does not take never holds up a sale. */
export function openExporter(options: {
  config: z.infer<typeof tracingConfig>
  resource: Attributes
  beside(path: string): string
  runtime: Runtime
  log: Logger
}): SpanSink {
  const { config, resource, beside, runtime, log } = options
  const url = new URL('/v1/traces', config.endpoint)
  const authorization = config.secretFile && readSecret(beside(config.secretFile), 'what the collector wants to see')
  const secure = url.protocol === 'https:'
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ...(config.caFile ? { ca: readFileSync(beside(config.caFile)) } : {}) })
    : new HttpAgent({ keepAlive: true })
  let waiting: FinishedSpan[] = []
  let cancel: Cancel | undefined
  let sending: Promise<void> | undefined
  let away = false
  let dropped = 0

  const post = (spans: readonly FinishedSpan[]) =>
    new Promise<number>((resolve, reject) => {
      const body = Buffer.from(JSON.stringify(otlpRequest(spans, resource)))
      const headers = {
        'content-type': 'application/json',
        'content-length': body.length,
        ...(authorization ? { authorization } : {}),
      }
      const sent = (secure ? httpsRequest : httpRequest)(url, { method: 'POST', agent, headers, timeout: answerMs }, (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
        answer.once('error', reject)
      })
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${answerMs / 1_000} s`)))
      sent.once('error', reject)
      sent.once('socket', (socket) => socket.unref())
      sent.end(body)
    })

  const keep = (spans: readonly FinishedSpan[]) => {
    const all = [...spans, ...waiting]
    dropped += Math.max(0, all.length - keptMost)
    waiting = all.slice(-keptMost)
  }

  /** Sends until nothing waits or the collector does not take it. */
  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const spans = waiting.splice(0, sentAtOnce)
      const trouble = await post(spans).then(
        (status) => (status >= 200 && status < 300 ? undefined : { again: retried.has(status), reason: `it answers ${status}` }),
        (error: unknown) => ({ again: true, reason: messageOf(error) }),
      )
      if (trouble === undefined) {
        if (away) log.info({ endpoint: config.endpoint, dropped }, 'the collector takes traces again')
        away = false
        dropped = 0
        continue
      }
      if (!away) log.warn({ endpoint: config.endpoint, reason: trouble.reason }, 'the collector does not take traces')
      away = true
      if (trouble.again) {
        keep(spans)
        return later(retryMs)
      }
    }
  }
  const flush = (): Promise<void> => {
    cancel?.()
    cancel = undefined
    sending ??= send().finally(() => {
      sending = undefined
    })
    return sending
  }
  const later = (ms: number) => {
    cancel ??= runtime.after(ms, () => {
      cancel = undefined
      void flush()
    })
  }

  return {
    take(span) {
      waiting.push(span)
      if (waiting.length > keptMost) {
        waiting.shift()
        dropped += 1
      }
      if (away) later(retryMs)
      else if (waiting.length >= sentAtOnce) void flush()
      else later(flushMs)
    },
    async close() {
      let stop: Cancel = () => {}
      const enough = new Promise<void>((resolve) => {
        stop = runtime.after(closingMs, resolve)
      })
      await Promise.race([(sending ?? Promise.resolve()).then(flush), enough])
      stop()
      cancel?.()
      agent.destroy()
    },
  }
}
