import { z } from 'zod'
import type { Driver } from '#drivers/contract.ts'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { posNexoOptions } from '#drivers/pos-nexo/options.ts'
import { connection, type DeviceLink } from '#drivers/stream/connection.ts'
import { tillHttpOptions } from '#drivers/till-http/options.ts'
import { tillMqttOptions } from '#drivers/till-mqtt/options.ts'
import { VafaError } from '#runtime/errors.ts'

/** A wire between a device and its gateway, as the gateway's configuration names it. */
export type Wire =
  /** The gateway opens it: the device is there. */
  | { opens: DeviceLink; redirected(port: number): unknown }
  /** The gateway listens there, and the device calls. */
  | { listens: { host: string; port: number }; redirected(port: number): unknown }
  /** Its driver lets a recorder hear each of its lines, behind TLS too. Where a replay of the line of `who` calls. */
  | { heard(who: string | undefined): HeardPlace }

export type HeardPlace =
  | { serial: { path: string; baudRate: number } }
  /** `shows`: whoever calls there is asked for a certificate. */
  | { host: string; port: number; tls?: { certFile: string } | undefined; shows?: 'certificate' }

const opening = z.looseObject({ connection })
const listening = z.looseObject({ host: z.string().default('127.0.0.1'), port: z.int() })
const listeningInside = z.looseObject({ connection: z.looseObject({ listen: listening }) })
const heardBy: Readonly<Record<string, (options: unknown, who: string | undefined) => HeardPlace>> = {
  'pos-iso8583'(options, who) {
    const { serial, host, port, tls, terminals } = posIso8583Options.parse(options)
    const known = terminals.find(({ terminal }) => terminal === who) ?? terminals[0]
    if (serial) return { serial }
    return {
      ...{ host, port: known?.port ?? port ?? 0, tls },
      ...(known?.certificate === undefined ? {} : { shows: 'certificate' as const }),
    }
  },
  'pos-nexo'(options) {
    const { host, port, tls, tills } = posNexoOptions.parse(options)
    const shows = tills.some(({ certificate }) => certificate !== undefined)
    return { host, port, tls, ...(shows ? { shows: 'certificate' as const } : {}) }
  },
  'till-http'(options) {
    const { host, port, tls } = tillHttpOptions.parse(options)
    return { host, port, tls, ...(tls?.clientCaFile === undefined ? {} : { shows: 'certificate' as const }) }
  },
  'till-mqtt'(options) {
    const { host, port = 0, tls } = tillMqttOptions.parse(options)
    return { host, port, tls }
  },
}

const here = '127.0.0.1'

/** A link as the gateway finds it: relative paths count from its configuration. */
export const linkFrom = (link: DeviceLink, beside: (path: string) => string): DeviceLink =>
  'file' in link ? { file: { ...link.file, path: beside(link.file.path) } } : link

/**
 * The wire of a device and how its options look when the gateway has it elsewhere: at a port of this machine where a
 * recorder stands between. Options are the driver's own, parsed. Throws `sim.not-recordable` where there is no one wire.
 */
export function wireOf(driver: Driver, options: unknown, device: string): Wire {
  const not = (why: string, hint: string) =>
    new VafaError({ key: 'sim.not-recordable', message: `${device} cannot be recorded: ${why}`, hint })
  const heard = heardBy[driver.kind]
  if (heard) return { heard: (who) => heard(options, who) }
  const inside = listeningInside.safeParse(options)
  if (inside.success) {
    const { listen } = inside.data.connection
    return {
      listens: listen,
      // Who calls is the recorder: it stands for the one scanner that is recorded.
      redirected: (port) => ({ ...inside.data, connection: { listen: { ...listen, host: here, port, scanners: [] } } }),
    }
  }
  const opened = opening.safeParse(options)
  if (opened.success)
    return {
      opens: opened.data.connection,
      redirected: (port) => ({ ...opened.data, connection: { tcp: { host: here, port } } }),
    }
  const listened = listening.safeParse(options)
  if (listened.success) return { listens: listened.data, redirected: (port) => ({ ...listened.data, host: here, port }) }
  throw not(`a ${driver.kind} has no wire of bytes`, 'docs/simulators.md says which devices can be recorded, and how')
}
