import type { Socket } from 'node:net'
import { z } from 'zod'
import { describeError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { refuseOpenNetwork, serveTcp } from '../stream/listen.ts'
import { createLineReader, encodeTillLine, maxLineBytes, parseTillLine } from './codec.ts'

export const tillTcpOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').meta({ description: 'the address to listen on' }),
  port: z.int().min(0).max(65_535).meta({ description: '0 takes any free port' }),
  insecure: z
    .boolean()
    .default(false)
    .meta({ description: 'must be true for an address that other machines reach: whoever connects is the till, in clear text' }),
  requestsPerSecond: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .meta({ description: 'of one address, twice as many at once; what comes faster is read later, and nothing of it is lost' }),
})
export type TillTcpOptions = z.infer<typeof tillTcpOptions>

/** A lane has one till, perhaps two; this many at once is a fault at the other end. */
const maxTills = 32
/** What a till that does not read may leave unread before it is dropped. */
const maxUnreadBytes = 1_048_576

/**
 * Where a till's own software connects to its lane: JSON lines over TCP (docs/devices/till-tcp.md). This end listens,
 * so the device is "connected" as soon as the port is open, with or without a till.
 */
export const tillTcpDriver: Driver<TillTcpOptions> = {
  kind: 'till-tcp',
  options: tillTcpOptions,
  async connect(options, host): Promise<Connection> {
    refuseOpenNetwork(options, 'till port')
    const { requestsPerSecond } = options
    const allowances = createAllowances({ perSecond: requestsPerSecond, atOnce: requestsPerSecond * 2 })
    const pace: Pace = {
      admits: (socket) => allowances.take(socket.remoteAddress ?? '', host.runtime.monotonic()),
      pauseMs: Math.ceil(1_000 / requestsPerSecond),
    }
    const { sockets, ...connection } = await serveTcp({
      ...{ place: options, what: 'till port', caller: 'till', most: maxTills, device: host },
      serve: (socket) => serveTill(socket, pace, host),
    })
    return {
      ...connection,
      till: {
        send(response) {
          const line = encodeTillLine(response)
          for (const socket of sockets) sendLine(socket, line, host)
        },
      },
    }
  },
}

interface Pace {
  /** Whether this one may ask now. */
  admits(socket: Socket): boolean
  /** How long until it may ask again. */
  pauseMs: number
}

function serveTill(socket: Socket, pace: Pace, host: DeviceHost): void {
  const reader = createLineReader()
  /** What came in one piece and waits for its turn; nothing more is read meanwhile. */
  let waiting: string[] = []
  const refuse = (reason: string, id?: string) => {
    const error: TillResponse = {
      op: 'error',
      ...(id === undefined ? {} : { re: id }),
      error: describeError('request.invalid', reason),
    }
    sendLine(socket, encodeTillLine(error), host)
    host.event({ kind: 'till-invalid', at: host.runtime.now(), ...(id === undefined ? {} : { id }), reason })
  }
  socket.on('error', (error) => host.log.debug({ device: host.device, error: messageOf(error) }, 'a till’s connection failed'))
  const takeLine = (line: string) => {
    const result = parseTillLine(line)
    if (result.valid) host.event({ kind: 'till', at: host.runtime.now(), request: result.request })
    else refuse(result.reason, result.id)
  }
  const work = () => {
    if (host.signal.aborted) return
    for (const [at, line] of waiting.entries()) {
      if (pace.admits(socket)) takeLine(line)
      else {
        waiting = waiting.slice(at)
        socket.pause()
        host.runtime.after(pace.pauseMs, work)
        return
      }
    }
    waiting = []
    if (!reader.overlong) return void socket.resume()
    refuse(`a line is longer than ${maxLineBytes} bytes`)
    socket.end()
    // Its rest is read away and not kept; an end without reading would reset the connection and lose the answer.
    socket.resume()
    host.runtime.after(1_000, () => socket.destroy())
  }
  socket.on('data', (bytes: Buffer) => {
    if (reader.overlong) return
    waiting.push(...reader.push(bytes))
    work()
  })
}

function sendLine(socket: Socket, line: string, host: DeviceHost): void {
  if (!socket.writable) return
  socket.write(line)
  if (socket.writableLength <= maxUnreadBytes) return
  host.log.warn({ device: host.device, unread: socket.writableLength }, 'a till does not read its answers: dropped')
  socket.destroy()
}
