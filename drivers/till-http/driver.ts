import type { AddressInfo } from 'node:net'
import type { TillResponse } from '#protocol/lane.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import type { Connection, Driver, Till } from '../contract.ts'
import { endsOnce } from '../stream/ending.ts'
import { createExchanges, type Exchange } from '../till/exchanges.ts'
import { listenError } from '../till/listen-error.ts'
import { readTls } from '../till/tls-files.ts'
import { createEventStreams, type EventStreams } from './event-stream.ts'
import { type TillHttpOptions, tillHttpOptions } from './options.ts'
import { readTills } from './tills.ts'

/**
 * Where a till's own software asks its lane over HTTP (docs/devices/till-http.md). This end listens; the key says which
 * till it is, and so which lane.
 */
export const tillHttpDriver: Driver<TillHttpOptions> = {
  kind: 'till-http',
  options: tillHttpOptions,
  lanes: ({ tills }) => [...new Set(tills.map(({ lane }) => lane))],
  async connect(options, host): Promise<Connection> {
    refuseOpenNetwork(options)
    const knows = readTills(options.tills, host.beside)
    const streams = new Map<string, EventStreams>(options.tills.map(({ till }) => [till, createEventStreams(host.runtime)]))
    const streamsOf = (till: string): EventStreams => streams.get(till) ?? createEventStreams(host.runtime)
    const letGo = new WeakSet<Exchange>()
    const exchanges = createExchanges({
      host,
      onAnswer(exchange, response) {
        if (letGo.has(exchange)) streamsOf(exchange.sender.till).say(response)
      },
      onUnasked(lane, response) {
        for (const { till } of options.tills.filter((one) => one.lane === lane)) streamsOf(till).say(response)
      },
    })
    const { createTillHttpServer } = await import('./server.ts')
    const app = await createTillHttpServer({
      tls: readTls(options.tls, host.beside),
      knows,
      exchanges,
      letGo: (exchange) => letGo.add(exchange),
      streamsOf,
      pages: async () => (await import('./pages.ts')).tillPages(),
      waitMs: options.waitMs,
      arriveMs: options.arriveMs,
      requestsPerSecond: options.requestsPerSecond,
      onInvalid: ({ lane }, reason) => host.event({ kind: 'till-invalid', at: host.runtime.now(), lane, reason }),
      ear: host.ear,
      runtime: host.runtime,
      log: host.log,
    })
    const ending = endsOnce(host.signal, async () => {
      exchanges.close()
      for (const one of streams.values()) one.close()
      await app.close()
    })
    const where = `till port ${options.host}:${options.port}`
    try {
      host.signal.throwIfAborted()
      await app.listen({ host: options.host, port: options.port })
    } catch (error) {
      await ending.close()
      throw listenError(where, error)
    }
    if (host.signal.aborted) {
      await ending.close()
      throw new VafaError({ key: 'device.let-go', message: `${where}: let go before it was open`, permanent: false })
    }
    // A listening server that fails (out of file descriptors) drops that one connection and listens on.
    app.server.on('error', (error) => host.log.warn({ device: host.device, error: messageOf(error) }, 'a till could not connect'))

    const { address, port } = app.server.address() as AddressInfo
    const lanes = new Set(options.tills.map(({ lane }) => lane))
    const tillOf = (lane: string): Till => ({ send: (response: TillResponse) => exchanges.take(lane, response) })
    return {
      ...ending,
      address: { host: address, port },
      tills: new Map([...lanes].map((lane) => [lane, tillOf(lane)])),
    }
  },
}

/** Keys in clear text: beyond the machine itself somebody must have meant it. */
function refuseOpenNetwork({ host, port, insecure, tls }: TillHttpOptions): void {
  if (isLoopback(host) || insecure || tls) return
  throw new VafaError({
    key: 'device.insecure',
    message: `till port ${host}:${port}: other machines could reach it, and the tills’ keys would go in clear text`,
    hint: 'add `tls` with a certificate, listen on 127.0.0.1, or write `insecure: true` on a network of its own',
  })
}
