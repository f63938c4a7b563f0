import { type AddressInfo, isIP } from 'node:net'
import { z } from 'zod'
import { codeOf, messageOf, VafaError } from './errors.ts'
import { isLoopback } from './loopback.ts'

export const watchConfig = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535).meta({ description: '/metrics, /healthz and /readyz by HTTP' }),
    insecure: z.boolean().default(false).meta({ description: 'on a network: anyone there may read the figures' }),
  })
  .refine((w) => w.insecure || isLoopback(w.host), {
    path: ['host'],
    error: 'anyone on the network could read the figures; listen on 127.0.0.1, or say `insecure: true`',
  })

/** How a daemon stands. `ready: false`: it is alive and cannot do its work, for the reasons given. */
export interface Readiness {
  ready: boolean
  reasons: readonly string[]
  details: Readonly<Record<string, unknown>>
}

/**
 * What watches a daemon: `GET /metrics`; `/healthz`, 200 while it is alive; `/readyz`, 200 or 503 with reasons. Nothing
 * else is answered, and nothing is ever changed.
 */
export async function startWatchServer(options: {
  listen: z.infer<typeof watchConfig>
  metrics(): Promise<string>
  healthy(): boolean
  readiness(): Readiness
}): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { listen, metrics, healthy, readiness } = options
  const json = (status: number, body: object) => ({ status, type: 'application/json', body: `${JSON.stringify(body)}\n` })
  const answer = async (method: string | undefined, path: string | undefined) => {
    if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET' })
    switch (path?.split('?')[0]) {
      case '/metrics':
        return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await metrics() }
      case '/healthz':
        return healthy() ? json(200, { healthy: true }) : json(503, { healthy: false })
      case '/readyz': {
        const state = readiness()
        return json(state.ready ? 200 : 503, state)
      }
      default:
        return json(404, { error: 'there are /metrics, /healthz and /readyz' })
    }
  }
  // A module's import of it reads all that it exports, and so loads Node's own fetch: a fifteenth of a box's start.
  const { createServer } = await import('node:http')
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    answer(request.method, request.url)
      .catch((error: unknown) => json(500, { error: messageOf(error) }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
        response.end(request.method === 'HEAD' ? undefined : body)
      })
  })
  server.maxConnections = 20
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const at = isIP(listen.host) === 6 ? `[${listen.host}]` : listen.host
      reject(
        new VafaError({
          key: 'watch.cannot-listen',
          message: `watch: cannot listen on ${at}:${listen.port}: ${codeOf(error) === 'EADDRINUSE' ? 'another process has that port' : messageOf(error)}`,
          hint: 'choose another `watch.port`',
          cause: error,
        }),
      )
    })
    server.listen(listen.port, listen.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
