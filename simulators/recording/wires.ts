import { z } from 'zod'
import type { Driver } from '#drivers/contract.ts'
import { connection, type DeviceLink } from '#drivers/stream/connection.ts'
import { VafaError } from '#runtime/errors.ts'

/** A wire between a device and its gateway, as the gateway's configuration names it. */
export type Wire =
  /** The gateway opens it: the device is there. */
  | { opens: DeviceLink; redirected(port: number): unknown }
  /** The gateway listens there, and the device calls. */
  | { listens: { host: string; port: number }; redirected(port: number): unknown }

const opening = z.looseObject({ connection })
const listening = z.looseObject({ host: z.string().default('127.0.0.1'), port: z.int() })
const listeningInside = z.looseObject({ connection: z.looseObject({ listen: listening }) })
const terminals = z.looseObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().optional(),
  serial: z.looseObject({ path: z.string(), baudRate: z.int() }).optional(),
  terminals: z.array(z.looseObject({ port: z.int().optional() })),
})

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
  if (options !== null && typeof options === 'object' && 'tls' in options && options.tls !== undefined)
    throw not('it speaks TLS', 'record it on a port without TLS, on this machine')
  if (driver.kind === 'pos-iso8583') {
    const given = terminals.parse(options)
    if (given.serial) {
      // On a serial line the bytes are framed in another way: the far end is a tty for both.
      throw not('its terminal is on a serial line', 'record a terminal on a port of its own')
    }
    const [first, ...more] = [given.port, ...given.terminals.map(({ port }) => port)].filter((port) => port !== undefined)
    if (first === undefined || more.length > 0)
      throw not('its terminals have several ports', 'record a device with one terminal, or with one port for all')
    const own = given.port !== undefined
    return {
      listens: { host: given.host, port: first },
      redirected: (port) => ({
        ...given,
        host: here,
        ...(own ? { port } : { terminals: given.terminals.map((one) => (one.port === undefined ? one : { ...one, port })) }),
      }),
    }
  }
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
