import { networkInterfaces } from 'node:os'
import { loadDrivers } from '#drivers/registry.ts'
import { VafaError } from '#runtime/errors.ts'
import { isLoopback } from '#runtime/loopback.ts'
import { type BarePlace, refusedAt } from '#simulators/store/bare-places.ts'
import { knownStores } from '#simulators/store/known-stores.ts'
import { readStore } from '../commands/store-config.ts'

/**
 * Asks, for a simulator that was given an address instead of a device, whether that is one of a lane that serves
 * customers, by all configurations that this machine knows. Throws `sim.live-lane` or `sim.unknown-lane`.
 */
export async function askLeaveAt(
  place: BarePlace | { host: string; port: number },
  kinds: readonly string[],
  { config }: { config?: string | undefined },
): Promise<void> {
  const named = config === undefined ? [] : [config]
  const here = !('host' in place) || isHere(place.host)
  if (!here && config === undefined)
    throw new VafaError({
      key: 'sim.unknown-lane',
      message: `${place.host} is another machine: whether port ${place.port} there serves customers is not known here`,
      hint: "play it on that machine, or give that store's configuration as well: -c gateway.yaml",
    })
  const refused = refusedAt(place, kinds, {
    stores: here ? knownStores(named) : named.map(readStore),
    drivers: await loadDrivers(kinds),
  })
  if (refused) throw refused
}

const isHere = (host: string): boolean =>
  isLoopback(host) || Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host))
