import { join } from 'node:path'
import { kioskOf, type StorePlan, virtualDevices, writeInstallation } from '#cli/installation.ts'
import { called } from '../called.ts'
import { compileDaemons } from '../compile-cache.ts'
import { addFirstAdministrator, firstAdministrator } from '../first-administrator.ts'
import type { StorePart } from '../store-parts.ts'

/** Ports of virtual devices, 20 a store. */
const firstPort = 4_400

/** `vafa init FOLDER`: a club and its stores on this machine, each store with one lane of virtual devices, and more `with` it. */
export async function init(
  folder: string,
  options: { stores: readonly string[]; port: number; pagesPort: number; with?: readonly StorePart[] },
): Promise<void> {
  const parts = new Set(options.with ?? [])
  const stores = options.stores.map((store, index) => storeOf(store, firstPort + index * 20, parts))
  const installation = writeInstallation({ folder, club: 'vafa', clubPort: options.port, pagesPort: options.pagesPort, stores })
  const password = await addFirstAdministrator(installation.clubConfig)
  const gateways = [...installation.gatewayConfigs.values()]
  const [first = ''] = gateways
  process.stdout.write(`Written: ${installation.clubConfig} and ${gateways.length} store${gateways.length === 1 ? '' : 's'}. Next, each in a terminal of its own:

  ${called} club -c ${installation.clubConfig}
  ${called} sim store -c ${first} --out ${join(folder, 'receipts')}
  ${called} sim sale -c ${first} --card sara --enrol Sara --amount 1250000
${[...parts].map((part) => tries[part]({ config: first, base: firstPort })).join('')}
Head office's pages: http://127.0.0.1:${options.pagesPort}/ once the club runs. Log in as \`${firstAdministrator}\` with this password, which is good once
and shown only here: ${password}

\`vafa sim store\` runs the gateway with virtual devices; with real ones, name them in ${first}
(docs/devices/ has a page for each kind) and run: ${called} gateway -c ${first}
`)
  await compileDaemons()
}

function storeOf(store: string, base: number, parts: ReadonlySet<StorePart>): StorePlan {
  const terminal = '00000001'
  const kiosk = parts.has('pages') ? kioskOf('kiosk-1', { pages: base + 9, reader: base + 10 }) : undefined
  return {
    store,
    title: { fa: `فروشگاه ${store}`, en: `Store ${store}` },
    lanes: [
      {
        lane: 'lane-1',
        ...(parts.has('mqtt') ? { secretFile: 'secrets/lane-1' } : {}),
        ...(kiosk ? { page: 'loopback' as const } : {}),
      },
      ...(parts.has('agent') ? [{ lane: 'lane-2', receipt: { via: 'terminal' as const } }] : []),
      ...(kiosk ? [kiosk.lane] : []),
    ],
    devices: [
      ...virtualDevices('lane-1', {
        till: base,
        reader: base + 1,
        scanner: base + 2,
        display: base + 3,
        printer: base + 4,
      }),
      ...(parts.has('http')
        ? [
            {
              device: 'tills',
              lane: 'lane-1',
              driver: 'till-http',
              options: { port: base + 5, tills: [{ till: 'till-1', lane: 'lane-1', secretFile: 'secrets/till-1' }] },
            },
          ]
        : []),
      ...(parts.has('agent')
        ? [
            {
              device: 'terminals',
              lane: 'lane-2',
              driver: 'pos-iso8583',
              options: { terminals: [{ terminal, lane: 'lane-2', port: base + 7 }] },
            },
          ]
        : []),
      ...(kiosk?.devices ?? []),
    ],
    ...(kiosk ? { pages: kiosk.pages } : {}),
    ...(parts.has('http') ? { secretFiles: ['secrets/till-1'] } : {}),
    ...(parts.has('mqtt') ? { localBrokerPort: base + 6 } : {}),
    ...(parts.has('agent') ? { agent: { terminal, port: base + 7, readerPort: base + 8 } } : {}),
  }
}

/** What each part is tried with, of the store by its gateway.yaml. */
const tries: Readonly<Record<StorePart, (store: { config: string; base: number }) => string>> = {
  http: ({ config }) => `  ${called} sim sale --via http -c ${config} --phone 09121234567 --amount 450000\n`,
  mqtt: ({ config }) => `  ${called} sim sale --via mqtt -c ${config} --phone 09121234567 --amount 450000\n`,
  agent: ({ config }) => `  ${called} agent -c ${config.replace(/gateway\.yaml$/, 'agent.yaml')}\n`,
  pages: ({ config, base }) => `  ${called} sim tap --lane kiosk-1 --card sara -c ${config}
      (the kiosk: http://127.0.0.1:${base + 9}/kiosk , the cashier’s screen: http://127.0.0.1:${base + 9}/lane/lane-1)\n`,
}
