import { longestMessage } from '#protocol/iso8583/codec.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { endsOnce } from '../stream/ending.ts'
import { openStream } from '../stream/stream.ts'
import { type Desk, openDesk } from './desk.ts'
import { type Listener, listenForTerminals } from './listener.ts'
import { type PosIso8583Options, posIso8583Options } from './options.ts'
import { createSerialLink } from './serial-link.ts'
import { openTerminal, type Terminal } from './terminals.ts'

/**
 * Terminals that speak ISO 8583 (docs/iso8583.md): over TCP, where this end listens and one device serves up to 64 of
 * them, or one on a serial line.
 */
export const posIso8583Driver: Driver<PosIso8583Options> = {
  kind: 'pos-iso8583',
  options: posIso8583Options,
  lanes: ({ terminals }) => [...new Set(terminals.map(({ lane }) => lane))],
  async connect(options, host): Promise<Connection> {
    const terminals = options.terminals.map((one) => openTerminal(one, host.beside))
    const desk = openDesk(options, { terminals, host })
    try {
      return options.serial
        ? await onSerial(options.serial, terminals, desk, host)
        : await onPorts(options, terminals, desk, host)
    } catch (error) {
      desk.close()
      throw error
    }
  },
}

async function onSerial(
  serial: NonNullable<PosIso8583Options['serial']>,
  terminals: readonly Terminal[],
  desk: Desk,
  host: DeviceHost,
): Promise<Connection> {
  const [terminal] = terminals
  const stream = await openStream({ serial }, host)
  const heard = host.ear?.connected(terminal ? { who: terminal.terminal } : {})
  const link = createSerialLink({
    runtime: host.runtime,
    longest: longestMessage,
    // A line that is gone closes the connection, which says so.
    write(bytes) {
      heard?.fromGateway(bytes)
      stream.write(bytes).catch(() => undefined)
    },
    onMessage: (bytes) => desk.take(bytes, { ...(terminal ? { terminal } : {}), answer: (answer) => void link.send(answer) }),
  })
  stream.onData((bytes) => {
    heard?.fromDevice(bytes)
    link.take(bytes)
  })
  void stream.closed.then(() => {
    heard?.ended()
    link.close()
    desk.close()
  })
  return { closed: stream.closed, close: stream.close, tills: desk.tills }
}

async function onPorts(
  options: PosIso8583Options,
  terminals: readonly Terminal[],
  desk: Desk,
  host: DeviceHost,
): Promise<Connection> {
  const listeners: Listener[] = []
  const { closed, close } = endsOnce(host.signal, async () => {
    desk.close()
    await Promise.all(listeners.map((listener) => listener.close()))
  })

  const byName = new Map(terminals.map((one) => [one.terminal, one]))
  const certificates = new Map<string, Terminal>()
  for (const { terminal, certificate } of options.terminals) {
    const known = byName.get(terminal)
    if (certificate && known) certificates.set(certificate, known)
  }
  const shared = options.terminals.filter(({ port }) => port === undefined)
  const keyed = shared.some(({ mac, certificate }) => mac !== undefined && certificate === undefined)
  try {
    if (options.port !== undefined)
      listeners.push(await listenForTerminals({ options, port: options.port, certificates, keyed, desk, host }))
    for (const { terminal, port, certificate } of options.terminals) {
      const bound = byName.get(terminal)
      if (port === undefined || !bound) continue
      listeners.push(
        await listenForTerminals({
          options,
          port,
          // A port of its own and a certificate: both must be right.
          ...(certificate ? {} : { bound }),
          certificates: new Map(certificate ? [[certificate, bound]] : []),
          keyed: false,
          desk,
          host,
        }),
      )
    }
    if (host.signal.aborted)
      throw new VafaError({ key: 'device.let-go', message: 'let go before the ports were open', permanent: false })
  } catch (error) {
    await close()
    throw error
  }
  const [first] = listeners
  return {
    closed,
    close,
    tills: desk.tills,
    ...(first ? { address: { host: first.host, port: first.port } } : {}),
  }
}
