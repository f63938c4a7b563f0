import type { Driver } from '#drivers/contract.ts'
import type { PcscOptions } from '#drivers/pcsc/driver.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { startGateway } from '#gateway/gateway.ts'
import { pathBeside } from '#runtime/config.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { overheard } from '#simulators/recording/overheard.ts'
import { standBeforeDevice, standBeforeGateway } from '#simulators/recording/proxy.ts'
import { hidDriver, isHid, recordHid } from '#simulators/recording/record-hid.ts'
import { recordCards, recordLines, refuseUnmasked } from '#simulators/recording/recorder.ts'
import { openRecordingFile, type RecordingFile } from '#simulators/recording/recording-file.ts'
import { linkFrom, type Wire, wireOf } from '#simulators/recording/wires.ts'
import { deviceOf, refuseRunning } from '../sim/recorded-device.ts'
import { readStore } from './store-config.ts'
import { untilStopped } from './until-stopped.ts'

/** `vafa sim record DEVICE`: runs the store's gateway with a recorder on the wire of one device, until it is stopped. */
export async function record(device: string, options: { config: string; out: string; seconds?: number }): Promise<void> {
  const config = readStore(options.config)
  const { index, driver, parsed } = await deviceOf(config, options.config, device)
  refuseUnmasked({ device, driver: driver.kind })
  await refuseRunning(config, options.config)
  // What cannot be recorded is said before a file is made.
  const wire = driver.kind === 'pcsc' || isHid(driver.kind) ? undefined : wireOf(driver, parsed, device)
  const file = openRecordingFile({
    file: options.out,
    device,
    driver: driver.kind,
    now: () => performance.now(),
    started: new Date(),
  })
  const place = { configFile: options.config, driver, parsed, file }
  const between = wire ? await standBetween(wire, place) : await listenAtDriver(place)
  const devices = config.devices.map((one, at) => (at === index ? { ...one, options: between.options } : one))
  process.env.VAFA_LOG ??= 'warn'
  const gateway = await startGateway({
    config: { ...config, devices },
    configFile: options.config,
    runtime: systemRuntime,
    log: createLogger({ name: 'gateway' }),
    ...(between.drivers ? { drivers: between.drivers } : {}),
  })
  process.stdout.write(`ready: recording ${device} into ${options.out}, with credentials masked; Ctrl-C ends it\n`)
  untilStopped(async () => {
    await gateway.close()
    await between.close()
    file.close()
    process.stdout.write(`${file.entries} entries in ${options.out}\n`)
  })
  if (options.seconds !== undefined) setTimeout(() => process.kill(process.pid, 'SIGTERM'), options.seconds * 1_000)
}

/** What stands between a device and its gateway, and the options by which the gateway finds it. */
interface Between {
  options: unknown
  drivers?: ReadonlyMap<string, Driver>
  close(): Promise<void>
}

interface RecordedDevice {
  configFile: string
  driver: Driver
  parsed: unknown
  file: RecordingFile
}

async function standBetween(wire: Wire, { configFile, driver, parsed, file }: RecordedDevice): Promise<Between> {
  const beside = (path: string) => pathBeside(configFile, path)
  const recorder = recordLines(file, { driver: driver.kind, options: parsed, beside })
  if ('heard' in wire) {
    const drivers = new Map<string, Driver>(await loadDrivers())
    drivers.set(driver.kind, overheard(driver, recorder))
    return { options: parsed, drivers, close: async () => undefined }
  }
  if ('opens' in wire) {
    const { port, close } = await standBeforeDevice(linkFrom(wire.opens, beside), recorder)
    return { options: wire.redirected(port), close }
  }
  const elsewhere = await freePort()
  const { close } = await standBeforeGateway(wire.listens, elsewhere, recorder)
  return { options: wire.redirected(elsewhere), close }
}

/** Cards and HID devices have no line of bytes that passes here: the driver itself tells what was said. */
async function listenAtDriver({ driver: { kind }, parsed, file }: RecordedDevice): Promise<Between> {
  const drivers = new Map<string, Driver>(await loadDrivers())
  if (isHid(kind)) {
    const { nodeHidTransport } = await import('#drivers/hid/node-hid-transport.ts')
    drivers.set(kind, hidDriver(kind, recordHid(nodeHidTransport, { file, driver: kind, options: parsed })))
  } else {
    const { pcscOver } = await import('#drivers/pcsc/driver.ts')
    drivers.set('pcsc', pcscOver(recordCards(file, parsed as PcscOptions)))
  }
  return { options: parsed, drivers, close: async () => undefined }
}
