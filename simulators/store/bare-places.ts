import type { Driver } from '#drivers/contract.ts'
import type { GatewayConfig } from '#gateway/config.ts'
import type { VafaError } from '#runtime/errors.ts'
import { refusedOn } from './permission.ts'

/** Where a simulator is to act that was given no configuration, but an address. */
export type BarePlace =
  /** A TCP port of this machine: where a gateway listens, or looks for its device. */
  | { port: number }
  /** A serial line. Which one the gateway has at its other end no machine can tell. */
  | { tty: string }
  /** Cards are laid on a virtual reader of this port, or of pcscd behind it. */
  | { vpcd: number }

/**
 * Why a simulator may not act there: the place is a device's of a lane that serves customers. Undefined where it is not, as
 * far as these configurations say. `kinds`: the drivers that such a device can be of.
 */
export function refusedAt(
  place: BarePlace,
  kinds: readonly string[],
  { stores, drivers }: { stores: readonly GatewayConfig[]; drivers: ReadonlyMap<string, Driver> },
): VafaError | undefined {
  for (const config of stores)
    for (const { driver: kind, lane, options } of config.devices) {
      if (!kinds.includes(kind) || !meets(place, options)) continue
      const driver = drivers.get(kind)
      const parsed = driver?.options.safeParse(options)
      const lanes = (parsed?.success ? driver?.lanes?.(parsed.data) : undefined) ?? [lane]
      const refused = refusedOn(config, lanes)
      if (refused) return refused
    }
  return undefined
}

function meets(place: BarePlace, options: unknown): boolean {
  if ('tty' in place) return valuesOf(options, 'path').length > 0
  if ('port' in place) return valuesOf(options, 'port').includes(place.port)
  const { via } = options as { via?: unknown }
  return via === 'vpcd' ? valuesOf(options, 'port').includes(place.vpcd) : true
}

/** What stands under a name, however deep: a device may listen at one port and open another. */
function valuesOf(options: unknown, name: string): unknown[] {
  if (options === null || typeof options !== 'object') return []
  return Object.entries(options).flatMap(([key, value]) => (key === name ? [value] : valuesOf(value, name)))
}
