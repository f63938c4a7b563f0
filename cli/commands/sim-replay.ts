import { existsSync, readFileSync } from 'node:fs'
import type { Driver } from '#drivers/contract.ts'
import type { HidSelection } from '#drivers/hid/device-selection.ts'
import type { PcscOptions } from '#drivers/pcsc/driver.ts'
import { vpcdPort } from '#drivers/pcsc/vpcd.ts'
import { loadDrivers } from '#drivers/registry.ts'
import type { DeviceLink } from '#drivers/stream/connection.ts'
import type { GatewayConfig } from '#gateway/config.ts'
import { startGateway } from '#gateway/gateway.ts'
import { pathBeside } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { standAt } from '#simulators/devices/far-end.ts'
import { reachable } from '#simulators/devices/play-till.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { type Recording, readRecording } from '#simulators/recording/format.ts'
import { knownHere } from '#simulators/recording/known-here.ts'
import { hidDriver, isHid } from '#simulators/recording/record-hid.ts'
import { notReadable, replay as replayRecording } from '#simulators/recording/replay.ts'
import { replayCards } from '#simulators/recording/replay-cards.ts'
import { replayHid } from '#simulators/recording/replay-hid.ts'
import { type HeardPlace, wireOf } from '#simulators/recording/wires.ts'
import { refusedOn } from '#simulators/store/permission.ts'
import { deviceOf, refuseRunning } from '../sim/recorded-device.ts'
import { readStore } from './store-config.ts'

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
  await refuseRunning(config, configFile)
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

function readFile(file: string): Recording {
  if (!existsSync(file)) throw notReadable(file, 'there is no such file')
  const read = readRecording(readFileSync(file, 'utf8'))
  if ('reason' in read) throw notReadable(file, read.reason)
  return read
}
