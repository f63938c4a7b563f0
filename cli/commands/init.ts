import { join } from 'node:path'
import { type StorePlan, virtualDevices, writeInstallation } from '#cli/installation.ts'
import { called } from '../called.ts'
import { compileDaemons } from '../compile-cache.ts'

/** `vafa init FOLDER`: a club and its stores on this machine, each store with one lane of virtual devices. */
export async function init(folder: string, options: { stores: readonly string[]; port: number }): Promise<void> {
  const stores = options.stores.map((store, index): StorePlan => {
    const base = 4_400 + index * 10
    return {
      store,
      title: { fa: `فروشگاه ${store}`, en: `Store ${store}` },
      lanes: [{ lane: 'lane-1' }],
      devices: virtualDevices('lane-1', {
        till: base,
        reader: base + 1,
        scanner: base + 2,
        display: base + 3,
        printer: base + 4,
      }),
    }
  })
  const installation = writeInstallation({ folder, club: 'vafa', clubPort: options.port, stores })
  const gateways = [...installation.gatewayConfigs.values()]
  process.stdout.write(`Written: ${installation.clubConfig} and ${gateways.length} store${gateways.length === 1 ? '' : 's'}. Next, each in a terminal of its own:

  ${called} club -c ${installation.clubConfig}
  ${called} sim store -c ${gateways[0]} --out ${join(folder, 'receipts')}
  ${called} sim sale -c ${gateways[0]} --card sara --enrol Sara --amount 1250000

\`vafa sim store\` runs the gateway with virtual devices; with real ones, name them in ${gateways[0]}
(docs/devices/ has a page for each kind) and run: ${called} gateway -c ${gateways[0]}
`)
  await compileDaemons()
}
