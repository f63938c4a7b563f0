import { existsSync, readFileSync } from 'node:fs'
import type { Driver } from '#drivers/contract.ts'
import type { HidSelection } from '#drivers/hid/device-selection.ts'
import type { PcscOptions } from '#drivers/pcsc/driver.ts'
import { vpcdPort } from '#drivers/pcsc/vpcd.ts'
import { loadDrivers } from '#drivers/registry.ts'
import type { DeviceLink } from '#drivers/stream/connection.ts'
import type { GatewayConfig } from '#gateway/config.ts'
import { startGateway } from '#gateway/gateway.ts'
import { localBrokerOf } from '#gateway/local-broker.ts'
import { pathBeside } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { standAt } from '#simulators/devices/far-end.ts'
import { reachable } from '#simulators/devices/play-till.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { type Recording, readRecording } from '#simulators/recording/format.ts'
import { knownHere } from '#simulators/recording/known-here.ts'
import { overheard } from '#simulators/recording/overheard.ts'
import { standBeforeDevice, standBeforeGateway } from '#simulators/recording/proxy.ts'
import { hidDriver, isHid, recordHid } from '#simulators/recording/record-hid.ts'
import { recordCards, recordLines, refuseUnmasked } from '#simulators/recording/recorder.ts'
import { openRecordingFile, type RecordingFile } from '#simulators/recording/recording-file.ts'
import { notReadable, replay as replayRecording } from '#simulators/recording/replay.ts'
import { replayCards } from '#simulators/recording/replay-cards.ts'
import { replayHid } from '#simulators/recording/replay-hid.ts'
import { type HeardPlace, linkFrom, type Wire, wireOf } from '#simulators/recording/wires.ts'
import { refusedOn } from '#simulators/store/permission.ts'
import { readStore } from './store-config.ts'
import { untilStopped } from './until-stopped.ts'

/** `vafa sim record DEVICE`: runs the store's gateway with a recorder on the wire of one device, until it is stopped. */
export async function record(device: string, options: { config: string; out: string; seconds?: number }): Promise<void> {
  const config = readStore(options.config)
  const { index, driver, parsed } = await deviceOf(config, options.config, device)
  refuseUnmasked({ device, driver: driver.kind })
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

/** `vafa sim replay FILE`: is the recorded device, at the place where the store's gateway looks for it. */
export async function replay(
  file: string,
  options: { config: string; device?: string; speed: number; cert?: string; certKey?: string },
): Promise<void> {
  const recording = readFile(file)
  const config = readStore(options.config)
  const name = options.device ?? recording.head.device
  const { driver, parsed, lanes } = await deviceOf(config, options.config, name)
  if (driver.kind !== recording.head.driver)
    throw notReadable(file, `it is of a ${recording.head.driver}, and ${name} is a ${driver.kind}`)
  const refused = refusedOn(config, lanes)
  if (refused) throw refused
  const say = (text: string) => process.stdout.write(`${text}\n`)
  const beside = (path: string) => pathBeside(options.config, path)
  const said = knownHere(driver.kind, { options: parsed, beside })
  const play = (place: (who: string | undefined) => DevicePlace) =>
    replayRecording({ recording, place, said, speed: options.speed, onDoubt: (text) => say(`  ${text}`) })
  say(`${name} is the ${recording.head.driver} of ${recording.head.started}: ${recording.entries.length} entries`)
  if (driver.kind === 'pcsc') {
    const reader = parsed as PcscOptions
    // Behind pcscd a virtual card is laid on vsmartcard's reader.
    await replayCards({ recording, port: reader.via === 'vpcd' ? reader.port : vpcdPort, speed: options.speed })
    say('the recording is over')
    return
  }
  if (isHid(driver.kind)) {
    await replayInOwnGateway({ recording, config, configFile: options.config, name, driver, parsed, speed: options.speed })
    say('the recording is over')
    return
  }
  const wire = wireOf(driver, parsed, name)
  if ('listens' in wire) await play(() => ({ calls: { port: wire.listens.port } }))
  else if ('opens' in wire) await playAt(wire.opens, name, play)
  else {
    const first = wire.heard(undefined)
    if ('serial' in first) await playAt({ serial: first.serial }, name, play)
    else await play((who) => ({ calls: callTo(wire.heard(who), name, options, beside) }))
  }
  say('the recording is over')
}

/** No kernel that we build on can make a HID device: it is played at its driver's seam, in a gateway that is started here. */
async function replayInOwnGateway(options: {
  recording: Recording
  config: GatewayConfig
  configFile: string
  name: string
  driver: Driver
  parsed: unknown
  speed: number
}): Promise<void> {
  const { recording, config, configFile, name, driver, parsed, speed } = options
  const { device: wanted } = parsed as { device: HidSelection }
  const { transport, play } = replayHid(recording, { wanted, device: name, speed })
  const drivers = new Map<string, Driver>(await loadDrivers())
  drivers.set(driver.kind, hidDriver(driver.kind, transport))
  process.env.VAFA_LOG ??= 'warn'
  const log = createLogger({ name: 'gateway' })
  const gateway = await startGateway({ config, configFile, runtime: systemRuntime, log, drivers })
  try {
    await play()
  } finally {
    await gateway.close()
  }
}

/** `standAt` puts it where the gateway looks; a replay is over with its recording. */
async function playAt(link: DeviceLink, name: string, play: (place: () => DevicePlace) => Promise<void>): Promise<void> {
  const end = await standAt(link, name, async (place) => {
    const over = play(() => place)
    return { over, hangUp: () => undefined, close: () => over }
  })
  await end.device.over
  await end.close()
}

function callTo(
  place: HeardPlace,
  name: string,
  { cert, certKey }: { cert?: string; certKey?: string },
  beside: (path: string) => string,
) {
  if ('serial' in place) throw new Error(`${name} is on a serial line`)
  const { host, port, tls, shows } = place
  const to = { host: reachable(host), port }
  if (!tls) return to
  if (shows && !(cert && certKey))
    throw new VafaError({
      key: 'usage.certificate',
      message: `${name} is known by a certificate, which no recording has`,
      hint: 'name one that the store knows: --cert FILE --cert-key FILE',
    })
  const read = (file: string) => readFileSync(file, 'utf8')
  return {
    ...to,
    tls: { ca: read(beside(tls.certFile)), ...(cert && certKey ? { cert: read(cert), key: read(certKey) } : {}) },
  }
}

async function deviceOf(
  config: GatewayConfig,
  file: string,
  name: string,
): Promise<{ index: number; driver: Driver; parsed: unknown; lanes: readonly string[] }> {
  const devices = [...config.devices, ...localBrokerOf(config)]
  const index = devices.findIndex(({ device }) => device === name)
  const device = devices[index]
  const driver = device && (await loadDrivers([device.driver])).get(device.driver)
  if (!device || !driver)
    throw new VafaError({
      key: 'usage.device',
      message: `${file} has no device ${name}`,
      hint: `it has ${devices.map((one) => one.device).join(', ')}`,
    })
  const parsed = driver.options.parse(device.options)
  return { index, driver, parsed, lanes: driver.lanes?.(parsed) ?? [device.lane] }
}

function readFile(file: string): Recording {
  if (!existsSync(file)) throw notReadable(file, 'there is no such file')
  const read = readRecording(readFileSync(file, 'utf8'))
  if ('reason' in read) throw notReadable(file, read.reason)
  return read
}
