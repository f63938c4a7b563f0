import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { gatewayConfig } from '#gateway/config.ts'
import type { Language } from '#protocol/text.ts'
import { readConfig } from '#runtime/config.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type CuttableLink, startCuttableLink } from '#simulators/network/cuttable-link.ts'
import { rulesOf } from '#simulators/paper-till/receipts.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { type PlayedStore, playStore } from '#simulators/store/played-store.ts'
import { type StorePlan, virtualDevices, writeInstallation } from '../installation.ts'

/** A club and a store of its own, with everything in it that can be played. */
export interface OwnStore {
  readonly store: PlayedStore
  /** Between the store and its club. */
  readonly line: CuttableLink
  /** Configuration, databases and logs. */
  readonly folder: string
  close(): Promise<void>
}

/**
 * Starts a club and a store in this process, on free loopback ports and in a folder of their own that goes with them,
 * unless it is to be kept.
 */
export async function startOwnStore(options: { keep?: string; language?: Language } = {}): Promise<OwnStore> {
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'vafa-sim-'))
  const endings: (() => Promise<unknown> | undefined)[] = []
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  if (options.keep === undefined) endings.push(async () => rmSync(folder, { recursive: true, force: true }))
  try {
    const clubPort = await freePort()
    const line = await startCuttableLink({ to: clubPort })
    endings.push(line.close)
    const { clubConfig, gatewayConfigs } = writeInstallation({
      folder: join(folder, 'installation'),
      club: 'sim',
      clubPort,
      linkPort: line.port,
      stores: [await everything(options.language)],
    })
    const configFile = gatewayConfigs.get('s1') ?? ''
    mkdirSync(join(folder, 'installation/s1/rules'))
    writeFileSync(join(folder, 'installation/s1/rules/till.yaml'), rulesOf.windows)
    const log = (name: string) => createLogger({ name, file: join(folder, `${name}.log`) })
    const club = await startClub({ config: readClubConfig(clubConfig), runtime: systemRuntime, log: log('club') })
    endings.push(club.close)
    const config = readConfig(configFile, gatewayConfig)
    const store = await playStore({ config, configFile, gateway: 'own', log: log('gateway') })
    endings.push(store.close)
    await untilOnline(store)
    return { store, line, folder, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** One lane with a till that asks, one with a terminal, one with a till that only prints. */
async function everything(language: Language = 'fa'): Promise<StorePlan> {
  const connection = async () => ({ connection: { tcp: { host: '127.0.0.1', port: await freePort() } } })
  const ports = {
    till: await freePort(),
    reader: await freePort(),
    scanner: await freePort(),
    display: await freePort(),
    printer: await freePort(),
  }
  const second = 'lane-2'
  const third = 'lane-3'
  return {
    store: 's1',
    title: { fa: 'فروشگاه نمونه', en: 'Demo store' },
    language,
    lanes: [
      { lane: 'lane-1' },
      { lane: second, receipt: { via: 'terminal' } },
      { lane: third, earnOnly: true, receipt: { via: 'till' } },
    ],
    devices: [
      ...virtualDevices('lane-1', ports),
      { device: 'lane-1-finger', lane: 'lane-1', driver: 'fingerprint-r30x', options: await connection() },
      {
        device: 'lane-2-terminal',
        lane: second,
        driver: 'pos-iso8583',
        options: { terminals: [{ terminal: 'T2', lane: second, port: await freePort() }] },
      },
      { device: 'lane-2-reader', lane: second, driver: 'pcsc', options: { via: 'vpcd', port: await freePort() } },
      { device: 'lane-2-scanner', lane: second, driver: 'scanner-hid', options: {} },
      {
        device: 'lane-3-till',
        lane: third,
        driver: 'till-print',
        options: {
          till: { tcp: { host: '127.0.0.1', port: await freePort() } },
          printer: (await connection()).connection,
          rulesFile: 'rules/till.yaml',
        },
      },
      { device: 'lane-3-reader', lane: third, driver: 'pcsc', options: { via: 'vpcd', port: await freePort() } },
    ],
  }
}

const onlineWithinMs = 10_000

/** A person who begins at once must not be the first to find the club away. */
async function untilOnline({ gateway }: PlayedStore): Promise<void> {
  const deadline = performance.now() + onlineWithinMs
  while (gateway && !gateway.online && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
}
