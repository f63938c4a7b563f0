import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { driverKinds } from '#drivers/registry.ts'
import { startCardHost } from '#simulators/card/card-host.ts'
import { startVirtualDisplay } from '#simulators/display/virtual-display.ts'
import { startVirtualSensor } from '#simulators/fingerprint/virtual-sensor.ts'
import { rulesOf } from '#simulators/paper-till/receipts.ts'
import { pcscdAvailable } from '#simulators/pcscd/available.ts'
import { startPrivatePcscd } from '#simulators/pcscd/private-pcscd.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { type InstalledDevice, writeInstallation } from '../installation.ts'

/** A store with one device of each kind that there is a driver for. */
export interface EveryDevice {
  /** From the start of the process until it says that it is ready, milliseconds. */
  readyMs: number
  gatewayPid: number
  reader: 'pcscd' | 'virtual'
  /** Kinds whose device cannot be played outside a test: their driver looks for it all the time. */
  absent: readonly string[]
  close(): Promise<void>
}

/** No machine that measures has HID devices; the code that looks for them is loaded all the same. */
const absent: readonly string[] = ['magstripe-hid', 'scanner-hid']

/** Starts a club and the store, and waits until every device is used that is there. */
export async function startEveryDevice(): Promise<EveryDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-every-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  const started = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
    const one = await starting
    endings.push(() => one.close())
    return one
  }
  try {
    const pcscd = pcscdAvailable().ok
    const reading = pcscd
      ? { via: 'pcscd', socket: (await started(startPrivatePcscd({ readers: ['ACS ACR122U PICC Interface'] }))).socket }
      : { via: 'vpcd', port: await freePort() }
    if (!pcscd) await started(startCardHost())
    const at = (port: number | undefined) => ({ connection: { tcp: { host: '127.0.0.1', port: port ?? 0 } } })
    const listening = await started(startVirtualPrinter())
    const behindTill = await started(startVirtualPrinter())
    const [display, sensor] = [
      await started(startVirtualDisplay({ tcp: { port: 0 } })),
      await started(startVirtualSensor({ tcp: { port: 0 } })),
    ]
    const [scanner, called] = [await started(startVirtualScanner({ tcp: { port: 0 } })), await freePort()]
    const clubPort = await freePort()
    const options: Record<string, Record<string, unknown>> = {
      'display-serial': at(display.port),
      'fingerprint-r30x': at(sensor.port),
      'magstripe-hid': { prefixes: ['9871'] },
      pcsc: reading,
      'pos-iso8583': { terminals: [{ terminal: 'T1', lane: 'lane-1', port: await freePort() }] },
      'pos-nexo': { port: await freePort(), tills: [{ saleid: 'Till-1', poiid: 'VAFA-1' }] },
      'printer-escpos': { ...at(listening.port), width: 576 },
      'scanner-hid': {},
      'scanner-serial': at(scanner.port),
      'scanner-tcp': { connection: { listen: { port: called } } },
      'till-http': { port: await freePort(), tills: [{ till: 'till-1', lane: 'lane-1', secretFile: 'secrets/till-1' }] },
      'till-print': {
        till: { tcp: { port: await freePort() } },
        printer: { tcp: { host: '127.0.0.1', port: behindTill.port } },
        rulesFile: 'rules.yaml',
      },
      'till-tcp': { port: await freePort() },
    }
    const devices: InstalledDevice[] = Object.entries(options).map(([driver, one]) => ({
      device: driver,
      lane: driver === 'till-print' ? 'lane-2' : 'lane-1',
      driver,
      options: one,
    }))
    const { clubConfig, gatewayConfigs } = writeInstallation({
      folder: join(folder, 'installation'),
      club: 'every',
      clubPort,
      stores: [
        {
          store: 's1',
          title: { fa: 'فروشگاه', en: 'Store' },
          lanes: [
            { lane: 'lane-1', secretFile: 'secrets/lane-1' },
            { lane: 'lane-2', earnOnly: true, budgetMs: 1_000, receipt: { via: 'till' } },
          ],
          devices,
          localBrokerPort: await freePort(),
        },
      ],
    })
    const gatewayConfig = gatewayConfigs.get('s1') ?? ''
    writeFileSync(join(dirname(gatewayConfig), 'secrets/till-1'), 'the-key-of-the-till-at-lane-1-long-enough')
    writeFileSync(join(dirname(gatewayConfig), 'rules.yaml'), rulesOf.windows)

    const start = async (args: string[]): Promise<{ process: WatchedProcess; readyMs: number }> => {
      const began = performance.now()
      const process = startVafa(args, { VAFA_LOG: 'info' })
      endings.push(() => process.stop())
      await process.line(/^ready:/)
      return { process, readyMs: Math.round(performance.now() - began) }
    }
    await start(['club', '-c', clubConfig])
    const { process, readyMs } = await start(['gateway', '-c', gatewayConfig])
    const there = driverKinds.filter((kind) => !absent.includes(kind) && kind !== 'till-mqtt')
    await Promise.all(there.map((kind) => process.line(new RegExp(`"device":"${kind}".*"status":"ready".*device health`))))
    return { readyMs, gatewayPid: process.pid, reader: pcscd ? 'pcscd' : 'virtual', absent, close }
  } catch (error) {
    await close()
    throw error
  }
}
