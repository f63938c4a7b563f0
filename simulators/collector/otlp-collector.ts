import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/** What OTLP's JSON must be (opentelemetry-proto: trace/v1/trace.proto, common/v1/common.proto), no more and no less of what Vafa sends. */
const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ boolValue: z.boolean() }),
])
const attributes = z.array(z.strictObject({ key: z.string().min(1), value: anyValue }))
const nanoseconds = z.string().regex(/^\d{19}$/)
const exported = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string() }),
          spans: z.array(
            z.strictObject({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z
                .string()
                .regex(/^[0-9a-f]{16}$/)
                .optional(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanoseconds,
              endTimeUnixNano: nanoseconds,
              attributes,
              status: z.strictObject({ code: z.int().min(0).max(2), message: z.string() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
})

/** A span as the collector has it. */
export interface CollectedSpan {
  service: string
  traceid: string
  spanid: string
  parent: string | undefined
  name: string
  kind: number
  /** Nanoseconds since 1970. */
  from: bigint
  to: bigint
  attributes: Record<string, string | number | boolean>
  failed: string | undefined
}

export interface OtlpCollector {
  readonly port: number
  readonly spans: readonly CollectedSpan[]
  /** The bodies of all requests, as they came. */
  readonly bodies: readonly string[]
  /** What was in `Authorization`, request by request. */
  readonly authorizations: readonly (string | undefined)[]
  /** What it answers from now on. */
  answerWith(status: number): void
  /** Resolves when `holds` is true of what has come. */
  until(holds: (spans: readonly CollectedSpan[]) => boolean): Promise<void>
  close(): Promise<void>
}

/** Takes OTLP traces by HTTP on the loopback; what is not exactly that gets 400. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = []
  const bodies: string[] = []
  const authorizations: (string | undefined)[] = []
  const watchers = new Set<() => void>()
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      bodies.push(body)
      authorizations.push(request.headers.authorization)
      const right =
        request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/json'
      const read = right && status === 200 ? spansIn(body) : undefined
      if (read) spans.push(...read)
      response.writeHead(status === 200 && !read ? 400 : status, { 'content-type': 'application/json' }).end('{}')
      for (const watcher of watchers) watcher()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    ...{ spans, bodies, authorizations },
    answerWith(next) {
      status = next
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(spans)) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function spansIn(body: string): CollectedSpan[] | undefined {
  try {
    return exported.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const service = String(plain(resource.attributes)['service.name'] ?? '')
      return scopeSpans.flatMap((scope) =>
        scope.spans.map((one) => ({
          service,
          traceid: one.traceId,
          spanid: one.spanId,
          parent: one.parentSpanId,
          name: one.name,
          kind: one.kind,
          from: BigInt(one.startTimeUnixNano),
          to: BigInt(one.endTimeUnixNano),
          attributes: plain(one.attributes),
          failed: one.status?.message,
        })),
      )
    })
  } catch {
    return undefined
  }
}

const plain = (given: z.infer<typeof attributes>): Record<string, string | number | boolean> =>
  Object.fromEntries(
    given.map(({ key, value }) => {
      if ('intValue' in value) return [key, Number(value.intValue)]
      return [key, Object.values(value)[0] as string | number | boolean]
    }),
  )
