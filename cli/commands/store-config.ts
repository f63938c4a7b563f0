import { z } from 'zod'
import { loadDrivers } from '#drivers/registry.ts'
import { type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { refusedOn } from '#simulators/store/permission.ts'

/** A store's gateway.yaml, read as the gateway reads it, and what its virtual devices need to know of it. */
export function readStore(file: string): GatewayConfig {
  return readConfig(file, gatewayConfig)
}

const listening = z.object({ host: z.string().default('127.0.0.1'), port: z.int() })
const connecting = z.object({ connection: z.object({ tcp: z.object({ host: z.string(), port: z.int() }) }) })
const printing = z.object({ width: z.int().default(576) })
const virtualReader = z.object({ via: z.literal('vpcd'), port: z.int() })

/**
 * As `readStore`, for whoever is about to act as its first device of a driver. Throws `sim.live-lane` where that one's
 * lanes serve customers.
 */
export async function readPlayable(file: string, driver: string, lane?: string): Promise<GatewayConfig> {
  const config = readStore(file)
  const device = config.devices.find((one) => one.driver === driver && (lane === undefined || one.lane === lane))
  const known = (await loadDrivers([driver])).get(driver)
  const options = known?.options.safeParse(device?.options)
  const lanes = (options?.success ? known?.lanes?.(options.data) : undefined) ?? (device ? [device.lane] : [])
  const refused = refusedOn(config, lanes)
  if (refused) throw refused
  return config
}

/** The till port of the store's first lane that has one, or of `lane`. */
export function tillPort(config: GatewayConfig, file: string, lane?: string): { host: string; port: number } {
  const found = optionsOf(config, 'till-tcp', lane)
  return parsed(found, listening, file, 'till-tcp')
}

/** The TCP port that the gateway expects a device of this driver at. */
export function devicePort(config: GatewayConfig, file: string, driver: string): number {
  return parsed(optionsOf(config, driver), connecting, file, driver).connection.tcp.port
}

/** As `devicePort`, or undefined where the store has no such device on TCP. */
export function devicePortIfAny(config: GatewayConfig, driver: string): number | undefined {
  const result = connecting.safeParse(optionsOf(config, driver))
  return result.success ? result.data.connection.tcp.port : undefined
}

/** Dots a row of the store's printer, as the gateway prints them. */
export function paperWidth(config: GatewayConfig): number {
  return printing.parse(optionsOf(config, 'printer-escpos') ?? {}).width
}

export function readerPort(config: GatewayConfig, file: string, lane?: string): number {
  return parsed(optionsOf(config, 'pcsc', lane), virtualReader, file, 'pcsc').port
}

const optionsOf = (config: GatewayConfig, driver: string, lane?: string): unknown =>
  config.devices.find((d) => d.driver === driver && (lane === undefined || d.lane === lane))?.options

function parsed<T>(options: unknown, schema: z.ZodType<T>, file: string, driver: string): T {
  const result = schema.safeParse(options)
  if (result.success) return result.data
  throw new VafaError({
    key: 'config.no-virtual-device',
    message: `${file} has no ${driver} device that a simulator can play`,
    hint: `see docs/devices/${driver}.md, or write a store of virtual devices with \`vafa init\``,
  })
}
