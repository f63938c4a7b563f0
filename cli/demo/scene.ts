import { mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CardHost, startCardHost } from '#simulators/card/card-host.ts'
import { type CardName, cards } from '#simulators/card/cards.ts'
import { startVirtualDisplay, type VirtualDisplay } from '#simulators/display/virtual-display.ts'
import { type CuttableLink, startCuttableLink } from '#simulators/network/cuttable-link.ts'
import { type PrivatePcscd, startPrivatePcscd } from '#simulators/pcscd/private-pcscd.ts'
import { paperPng } from '#simulators/printer/paper-png.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { startVirtualScanner, type VirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { shareCompiled } from '../compile-cache.ts'
import { addFirstAdministrator } from '../first-administrator.ts'
import { type Installation, kioskOf, virtualDevices, writeInstallation } from '../installation.ts'

export const paperWidth = 576

/** Everything that the demo plays with: two processes of Vafa, and a store's devices around one of them. */
export interface Scene {
  folder: string
  installation: Installation
  clubConfig: string
  gatewayConfig: string
  readyMs: { club: number; gateway: number }
  gatewayPid: number
  /** Head office's pages, with the first administrator's one-time password; and the port of the store's own. */
  pages?: { port: number; password: string; storePort: number }
  reader: { via: 'pcscd' } | { via: 'virtual'; because: string }
  till: TillClient
  printer: VirtualPrinter
  display: VirtualDisplay
  scanner: VirtualScanner
  /** Between the gateway and the club. */
  line: CuttableLink
  /** Puts a card on the reader; the result takes it away again. */
  hold(card: CardName): Promise<() => Promise<void>>
  /** Writes the next printed receipt into a PNG file and gives its path. */
  nextReceipt(): Promise<string>
  close(): Promise<void>
}

/** Builds the scene; what was started is ended again where a part of it fails. */
export async function buildScene(options: {
  keep?: string
  /** One that stays up has head office's pages; one that only plays needs none. */
  stays: 'up' | 'no'
  pcscd: { ok: true } | { ok: false; missing: string }
}): Promise<Scene> {
  const endings: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    return await build(options, endings, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function build(
  options: Parameters<typeof buildScene>[0],
  endings: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Scene> {
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'vafa-demo-'))
  const receipts = join(folder, 'receipts')
  const clubPort = await freePort()
  const pagesPort = options.stays === 'up' ? await freePort() : undefined
  const storePort = await freePort()
  const kiosk = options.stays === 'up' ? kioskOf('kiosk-1', { pages: storePort, reader: await freePort() }) : undefined
  const line = await startCuttableLink({ to: clubPort })
  endings.push(() => line.close())
  const printer = await startVirtualPrinter({ width: paperWidth })
  endings.push(() => printer.close())
  const display = await startVirtualDisplay({ tcp: { port: 0 } })
  endings.push(() => display.close())
  const scanner = await startVirtualScanner({ tcp: { port: 0 } })
  endings.push(() => scanner.close())
  const ports = {
    till: await freePort(),
    reader: await freePort(),
    scanner: scanner.port ?? 0,
    display: display.port ?? 0,
    printer: printer.port,
  }

  const reading = await startReader(options.pcscd, ports.reader)
  endings.push(reading.close)

  const devices = virtualDevices('lane-1', ports).map((d) => (d.driver === 'pcsc' ? { ...d, options: reading.driverOptions } : d))
  const installation = writeInstallation({
    folder: join(folder, 'installation'),
    club: 'demo',
    clubPort,
    linkPort: line.port,
    ...(pagesPort === undefined ? {} : { pagesPort }),
    stores: [
      {
        store: 's1',
        title: { fa: 'فروشگاه نمونه', en: 'Demo store' },
        lanes: [{ lane: 'lane-1', ...(kiosk ? { page: 'loopback' as const } : {}) }, ...(kiosk ? [kiosk.lane] : [])],
        devices: [...devices, ...(kiosk?.devices ?? [])],
        ...(kiosk ? { pages: kiosk.pages } : {}),
      },
    ],
  })
  const password = pagesPort === undefined ? undefined : await addFirstAdministrator(installation.clubConfig)
  const gatewayConfig = installation.gatewayConfigs.get('s1') ?? ''
  mkdirSync(receipts)

  const start = async (name: string, args: string[]) => {
    const began = performance.now()
    const process = startVafa(args, {}, openSync(join(folder, `${name}.log`), 'a'))
    endings.push(() => process.stop())
    await process.line(/^ready:/)
    return { process, ms: Math.round(performance.now() - began) }
  }
  shareCompiled()
  const club: { process: WatchedProcess; ms: number } = await start('club', ['club', '-c', installation.clubConfig])
  const gateway = await start('gateway', ['gateway', '-c', gatewayConfig])

  const till = await connectTillWhenThere({ port: ports.till, name: 'demo' })
  endings.push(() => till.close())
  let printed = 0
  return {
    folder,
    installation,
    clubConfig: installation.clubConfig,
    gatewayConfig,
    ...(pagesPort === undefined || password === undefined ? {} : { pages: { port: pagesPort, password, storePort } }),
    readyMs: { club: club.ms, gateway: gateway.ms },
    gatewayPid: gateway.process.pid,
    reader: reading.told,
    till,
    printer,
    display,
    scanner,
    line,
    hold: reading.hold,
    async nextReceipt() {
      const job = await printer.nextJob()
      printed += 1
      const file = join(receipts, `receipt-${printed}.png`)
      writeFileSync(file, paperPng(job, { width: paperWidth }))
      return file
    },
    close,
  }
}

interface Reading {
  driverOptions: Record<string, unknown>
  told: Scene['reader']
  hold: Scene['hold']
  close(): Promise<void>
}

/** A reader behind a real pcscd of the demo's own where that can be had, else the driver's own virtual one. */
async function startReader(pcscd: { ok: true } | { ok: false; missing: string }, port: number): Promise<Reading> {
  if (pcscd.ok) {
    const daemon: PrivatePcscd = await startPrivatePcscd({ readers: ['ACS ACR122U PICC Interface'] })
    return {
      driverOptions: { via: 'pcscd', socket: daemon.socket },
      told: { via: 'pcscd' },
      async hold(card) {
        const inserted = await daemon.insert(0, cards[card].card)
        return async () => void (await inserted.remove())
      },
      close: () => daemon.close(),
    }
  }
  const host: CardHost = await startCardHost()
  return {
    driverOptions: { via: 'vpcd', port },
    told: { via: 'virtual', because: pcscd.missing },
    async hold(card) {
      const inserted = await host.insert(port, cards[card].card)
      return async () => void (await inserted.remove())
    },
    close: () => host.close(),
  }
}
