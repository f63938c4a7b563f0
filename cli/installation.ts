import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { makeSealingKey } from '#protocol/sealing.ts'
import { makeSigningKey, type VerifyingKey } from '#protocol/signing.ts'
import type { Language, Localised } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'

/** One device of a gateway's configuration; `options` are its driver's. */
export interface InstalledDevice {
  device: string
  lane: string
  driver: string
  options: Record<string, unknown>
}

export interface StorePlan {
  store: string
  title: Localised
  language?: Language
  lanes: {
    lane: string
    kind?: 'checkout' | 'kiosk'
    page?: 'none' | 'loopback' | 'paired'
    mode?: 'live' | 'training'
    budgetMs?: number
    earnOnly?: boolean
    secretFile?: string
    receipt?: { via: 'own' | 'till' | 'terminal' }
    timeouts?: { presentedMs?: number; saleMs?: number; redemptionMs?: number; outcomeMs?: number }
  }[]
  devices: InstalledDevice[]
  localBrokerPort?: number
  /** Where the pages of its lanes are served, and what is in `pages:` besides. */
  pages?: { port: number } & Record<string, unknown>
  /** Files with a fresh secret each, for devices that name them. */
  secretFiles?: string[]
  /** A terminal of the store, whose `agent.yaml` stands beside gateway.yaml. */
  agent?: { terminal: string; port: number; readerPort: number }
}

export interface InstallationPlan {
  /** A new or empty folder. */
  folder: string
  club: string
  clubPort: number
  /** Where browsers reach head office's pages; none where it is left out. */
  pagesPort?: number
  /** Where the stores connect to, if not straight to the club. */
  linkPort?: number
  stores: StorePlan[]
}

export interface Installation {
  clubConfig: string
  /** Store → its gateway.yaml. */
  gatewayConfigs: ReadonlyMap<string, string>
}

const secret = () => `${randomBytes(32).toString('base64url')}\n`

/**
 * Writes the configuration of a club and its stores, with fresh secrets in files of their own that only their owner
 * may read. What it writes runs as it stands.
 */
export function writeInstallation(plan: InstallationPlan): Installation {
  const { folder } = plan
  mkdirSync(folder, { recursive: true })
  if (readdirSync(folder).length > 0)
    throw new VafaError({
      key: 'config.exists',
      message: `${folder} is not empty`,
      hint: 'name a new folder: nothing is ever overwritten',
    })
  const privately = (path: string, text: string) => writeFileSync(join(folder, path), text, { mode: 0o600, flag: 'wx' })
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 })
  privately('secrets/pepper', secret())
  privately('secrets/sealing-key.json', `${JSON.stringify(makeSealingKey('seal-1'), null, 2)}\n`)
  const programmeKey = makeSigningKey('programme-1')
  privately('secrets/programme-key.json', `${JSON.stringify(programmeKey, null, 2)}\n`)

  const tokenSecret = secret()
  privately('secrets/token-key', tokenSecret)
  const gatewayConfigs = new Map<string, string>()
  for (const store of plan.stores) {
    const password = secret()
    privately(`secrets/${store.store}`, password)
    mkdirSync(join(folder, store.store, 'secrets'), { recursive: true, mode: 0o700 })
    privately(`${store.store}/secrets/club`, password)
    privately(`${store.store}/secrets/token-key`, tokenSecret)
    const secretFiles = store.lanes.flatMap(({ secretFile }) => secretFile ?? [])
    for (const file of [...secretFiles, ...(store.secretFiles ?? [])]) privately(`${store.store}/${file}`, secret())
    if (store.agent)
      writeFileSync(join(folder, store.store, 'agent.yaml'), agentYaml(store.language ?? 'fa', store.agent), { flag: 'wx' })
    const path = join(folder, store.store, 'gateway.yaml')
    writeFileSync(path, gatewayYaml(plan, store, programmeKey), { flag: 'wx' })
    gatewayConfigs.set(store.store, path)
  }

  const clubConfig = join(folder, 'club.yaml')
  writeFileSync(clubConfig, clubYaml(plan), { flag: 'wx' })
  return { clubConfig, gatewayConfigs }
}

function clubYaml(plan: InstallationPlan): string {
  return `# The club. docs/configuration.md lists every key. Relative paths count from this file's folder.
${stringify({
  club: plan.club,
  listen: { host: '127.0.0.1', port: plan.clubPort },
  database: 'data/club.sqlite',
  programmeKeyFile: 'secrets/programme-key.json',
  pepperFile: 'secrets/pepper',
  sealingKeyFile: 'secrets/sealing-key.json',
  tokenKey: { keyid: 'token-1', secretFile: 'secrets/token-key' },
  ...(plan.pagesPort === undefined ? {} : { pages: { host: '127.0.0.1', port: plan.pagesPort } }),
  stores: plan.stores.map((s) => ({ store: s.store, name: s.title, secretFile: `secrets/${s.store}` })),
})}`
}

function gatewayYaml(plan: InstallationPlan, store: StorePlan, { keyid, publicKey }: VerifyingKey): string {
  return `# The gateway of one store. docs/configuration.md lists every key; docs/devices/ has a page a driver.
# Relative paths count from this file's folder.
${stringify({
  store: store.store,
  title: store.title,
  language: store.language ?? 'fa',
  club: { name: plan.club, url: `mqtt://127.0.0.1:${plan.linkPort ?? plan.clubPort}`, secretFile: 'secrets/club' },
  tokenKey: { keyid: 'token-1', secretFile: 'secrets/token-key' },
  programmeKeys: [{ keyid, publicKey }],
  database: 'data/gateway.sqlite',
  // Its devices are virtual ones: whoever puts real ones in takes this line away with the first customer.
  simulators: 'all-lanes',
  ...(store.localBrokerPort === undefined ? {} : { localBroker: { host: '127.0.0.1', port: store.localBrokerPort } }),
  ...(store.pages ? { pages: store.pages } : {}),
  lanes: store.lanes,
  devices: store.devices,
})}`
}

function agentYaml(language: Language, { terminal, port, readerPort }: NonNullable<StorePlan['agent']>): string {
  return `# A POS terminal of the store. docs/agent.md tells of it; relative paths count from this file's folder.
${stringify({
  terminal,
  gateway: { host: '127.0.0.1', port },
  journal: 'data/agent.sqlite',
  language,
  devices: [{ device: 'reader', driver: 'pcsc', options: { via: 'vpcd', port: readerPort } }],
})}`
}

/** Loopback ports of the virtual devices of one lane. */
export interface VirtualPorts {
  till: number
  reader: number
  scanner: number
  display: number
  printer: number
}

/** The devices of a lane that needs no hardware: the simulators play the far ends. */
export function virtualDevices(lane: string, ports: VirtualPorts): InstalledDevice[] {
  const tcp = (port: number) => ({ connection: { tcp: { host: '127.0.0.1', port } } })
  return [
    { device: `${lane}-till`, lane, driver: 'till-tcp', options: { host: '127.0.0.1', port: ports.till } },
    { device: `${lane}-reader`, lane, driver: 'pcsc', options: { via: 'vpcd', port: ports.reader } },
    { device: `${lane}-scanner`, lane, driver: 'scanner-serial', options: { ...tcp(ports.scanner) } },
    { device: `${lane}-display`, lane, driver: 'display-serial', options: { ...tcp(ports.display) } },
    { device: `${lane}-printer`, lane, driver: 'printer-escpos', options: { ...tcp(ports.printer), width: 576 } },
  ]
}

/** A kiosk for a browser on this machine, with a virtual reader: its lane, its devices, and where pages are served. */
export function kioskOf(
  lane: string,
  ports: { pages: number; reader: number },
): { lane: StorePlan['lanes'][number]; devices: InstalledDevice[]; pages: { port: number } } {
  return {
    lane: { lane, kind: 'kiosk', page: 'loopback' },
    devices: [{ device: `${lane}-reader`, lane, driver: 'pcsc', options: { via: 'vpcd', port: ports.reader } }],
    pages: { port: ports.pages },
  }
}
