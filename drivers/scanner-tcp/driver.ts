import { isIP, type Socket } from 'node:net'
import { z } from 'zod'
import { name } from '#protocol/ids.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { createScanDecoder } from '../scan/framing.ts'
import { framingOptions, meaningOptions } from '../scan/options.ts'
import { reportScans } from '../scan/scan-reports.ts'
import { refuseOpenNetwork, serveTcp } from '../stream/listen.ts'
import { openStream } from '../stream/stream.ts'

const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
    port: z.int().min(0).max(65_535).meta({ description: '0 takes any free port' }),
    insecure: z
      .boolean()
      .default(false)
      .meta({ description: 'must be true for an address that other machines reach: scanners send in clear text' }),
    scanners: z
      .array(
        z.strictObject({
          from: z
            .string()
            .refine((address) => isIP(address) > 0, 'is no IP address')
            .meta({ description: "the scanner's own address" }),
          lane: name.optional().meta({ description: 'the lane that it stands at, where one port serves several' }),
        }),
      )
      .max(64)
      .default([])
      .meta({ description: 'who may connect; where it is left out, whoever reaches the port' }),
  })
  .refine(({ scanners }) => new Set(scanners.map(({ lane }) => lane === undefined)).size < 2, {
    path: ['scanners'],
    message: 'name the lane of each scanner, or of none',
  })

export const scannerTcpOptions = z.strictObject({
  connection: z.union(
    [
      z.strictObject({ listen }),
      z.strictObject({ tcp: z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) }) }),
    ],
    { error: 'must be `listen: { host, port }` where scanners call, or `tcp: { host, port }` where the scanner is called' },
  ),
  ...framingOptions,
  ...meaningOptions,
})
export type ScannerTcpOptions = z.infer<typeof scannerTcpOptions>
type Listen = z.infer<typeof listen>

/** More than the scanners of a store's lanes: a fault at the other end. */
const maxScanners = 64
const advice = 'check the suffix, and that nothing but a scanner sends here'

/** Barcode scanners with a network of their own: they call this port, or stand on one themselves. */
export const scannerTcpDriver: Driver<ScannerTcpOptions> = {
  kind: 'scanner-tcp',
  options: scannerTcpOptions,
  lanes({ connection }) {
    const named = 'listen' in connection ? connection.listen.scanners.flatMap(({ lane }) => lane ?? []) : []
    return named.length > 0 ? [...new Set(named)] : undefined
  },
  async connect(options, host): Promise<Connection> {
    if ('listen' in options.connection) return listenForScanners(options.connection.listen, options, host)
    const stream = await openStream(options.connection, host)
    const decoder = createScanDecoder(options)
    const reports = reportScans(host, { rules: options, advice })
    stream.onData((bytes) => reports.take(decoder.decode(bytes, host.runtime.monotonic())))
    return { closed: stream.closed, close: stream.close }
  },
}

async function listenForScanners(place: Listen, options: ScannerTcpOptions, host: DeviceHost): Promise<Connection> {
  refuseOpenNetwork(place, 'scanner port')
  const { sockets: _, ...connection } = await serveTcp({
    ...{ place, what: 'scanner port', caller: 'scanner', most: maxScanners, device: host },
    serve(socket) {
      const known = place.scanners.find(({ from }) => from === addressOf(socket))
      socket.on('error', (error) =>
        host.log.debug({ device: host.device, error: messageOf(error) }, 'a scanner’s connection failed'),
      )
      if (place.scanners.length > 0 && !known) {
        host.log.warn({ device: host.device, from: addressOf(socket) }, 'somebody called who is none of the scanners')
        socket.destroy()
        return
      }
      serveScanner(socket, { options, host, ...(known?.lane === undefined ? {} : { lane: known.lane }) })
    },
  })
  return connection
}

/** Each scanner has its own half codes: what one sends never joins what another sends. */
function serveScanner(socket: Socket, { options, host, lane }: { options: ScannerTcpOptions; host: DeviceHost; lane?: string }) {
  const decoder = createScanDecoder(options)
  const reports = reportScans(host, {
    rules: options,
    advice: `${advice} (scanner ${addressOf(socket)})`,
    ...(lane === undefined ? {} : { lane }),
  })
  socket.on('data', (bytes: Buffer) => reports.take(decoder.decode(bytes, host.runtime.monotonic())))
  socket.on('close', reports.end)
}

/** IPv4 as people write it, also where the port listens on IPv6. */
const addressOf = (socket: Socket): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
