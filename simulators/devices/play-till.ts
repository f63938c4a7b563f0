import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tillHttpOptions } from '#drivers/till-http/options.ts'
import { tillMqttOptions } from '#drivers/till-mqtt/options.ts'
import { tillTcpDriver } from '#drivers/till-tcp/driver.ts'
import { readSecret } from '#runtime/config.ts'
import { type HttpTill, openHttpTill } from '../till/http-till.ts'
import { connectMqttTill, type MqttTill } from '../till/mqtt-till.ts'
import { connectTill, type TillClient } from '../till/till-client.ts'
import { type Calling, keepCalling } from './calling.ts'
import type { FaultKind } from './faults.ts'
import { cannotFail, notPlayable } from './refusals.ts'
import { type AnyTill, answerSeen, openCounter, tillActs } from './till-acts.ts'
import type { Part, Player, VirtualDevice } from './virtual-device.ts'

/** An address that stands for all of the machine's is reached by its own. */
export const reachable = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host)

interface Wrong<Line> {
  faults: readonly FaultKind[]
  fault(kind: FaultKind, line: Calling<Line>): Promise<void>
  mend(): void
}

/** A till that calls its lane and stays on the line; `wrong`: what can go wrong on that kind of line. */
function tillOn<Line extends AnyTill>(part: Part, connect: () => Promise<Line>, wrong: Wrong<Line>): VirtualDevice {
  const calling = keepCalling(connect, (line) => void line.onMessage((message) => part.seen(answerSeen(message))))
  const counter = openCounter(part, calling.line)
  return {
    acts: tillActs,
    faults: wrong.faults,
    act: counter.act,
    async fault(kind) {
      if (!wrong.faults.includes(kind)) throw cannotFail(part, kind)
      await wrong.fault(kind, calling)
    },
    mend: async () => wrong.mend(),
    close: calling.close,
  }
}

const half = '{"id":"half","op":"op'

/** Writes what is no message to a port, and cuts the line. */
const rawly = ({ host, port }: { host: string; port: number }, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: reachable(host), port }, () => socket.end(text))
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.resume()
  })

export const playTillTcp: Player = async (part) => {
  const { host, port } = tillTcpDriver.options.parse(part.options) as { host: string; port: number }
  return tillOn<TillClient>(part, () => connectTill({ host: reachable(host), port, name: part.device }), {
    faults: ['garbage', 'half-a-frame', 'hang-up'],
    async fault(kind, calling) {
      if (kind === 'garbage') (await calling.line()).sendLine('\u0000 no JSON \u0007')
      else if (kind === 'half-a-frame') await rawly({ host, port }, half)
      else await (await calling.line()).close()
    },
    mend: () => undefined,
  })
}

export const playTillHttp: Player = async (part) => {
  const { host, port, tls, tills } = tillHttpOptions.parse(part.options)
  const till = tills.find(({ lane }) => lane === part.lane) ?? tills[0]
  if (!till) throw notPlayable(part, 'it has no tills', 'docs/devices/till-http.md shows what to write')
  const connect = async (): Promise<HttpTill> => {
    const line = openHttpTill({
      host: reachable(host),
      port,
      secret: readSecret(part.beside(till.secretFile), `the key of ${till.till}`),
      // What the box shows is its own authority where nobody else has signed it.
      ...(tls ? { tls: { ca: readFileSync(part.beside(tls.certFile), 'utf8') } } : {}),
    })
    await line.listening
    return line
  }
  const kinds = { garbage: 'garbage', 'half-a-frame': 'half a request', 'hang-up': 'hang up' } as const
  return tillOn<HttpTill>(part, connect, {
    faults: ['garbage', 'half-a-frame', 'hang-up'],
    async fault(kind, calling) {
      // Half a request is heard of only when the box has waited long enough for its rest.
      const over = (await calling.line()).fault(kinds[kind as keyof typeof kinds])
      if (kind !== 'half-a-frame') await over
    },
    mend: () => undefined,
  })
}

export const playTillMqtt: Player = async (part) => {
  const { club, host, port, tls, lanes } = tillMqttOptions.parse(part.options)
  const lane = lanes.find((one) => one.lane === part.lane) ?? lanes[0]
  if (!lane) throw notPlayable(part, 'no lane has a password at the box’s broker', 'docs/devices/till-mqtt.md shows how')
  const connect = () =>
    connectMqttTill({
      host: reachable(host),
      port: port ?? 0,
      club,
      store: part.store,
      lane: lane.lane,
      password: readSecret(part.beside(lane.secretFile), `the password of ${lane.lane}`),
      suffix: `sim-${randomUUID().slice(0, 8)}`,
      ...(tls ? { ca: readFileSync(part.beside(tls.certFile), 'utf8') } : {}),
    })
  return tillOn<MqttTill>(part, connect, {
    faults: ['garbage', 'half-a-frame', 'hang-up'],
    async fault(kind, calling) {
      const line = await calling.line()
      if (kind === 'garbage') await line.publish('\u0000 no JSON')
      else if (kind === 'half-a-frame') await line.publish(half)
      else await line.vanish()
    },
    mend: () => undefined,
  })
}
