import { VafaError } from '#runtime/errors.ts'
import type { HidScannerMode } from '#simulators/hid/hid-scanner.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { askLeaveAt } from '../sim/leave.ts'
import { writeHidScan } from './sim-hid.ts'
import { devicePort, readPlayable } from './store-config.ts'

interface ScanOptions {
  tty?: string
  listen?: number
  call?: { host: string; port: number }
  umockdev?: string
  mode: HidScannerMode
  aim?: string
  config?: string
}

async function placeOf({ tty, listen, call, config }: ScanOptions): Promise<DevicePlace | undefined> {
  const leave = (place: Parameters<typeof askLeaveAt>[0]) => askLeaveAt(place, ['scanner-serial', 'scanner-tcp'], { config })
  if (tty) {
    await leave({ tty })
    return { tty: { path: tty } }
  }
  if (listen) {
    await leave({ port: listen })
    return { tcp: { port: listen } }
  }
  if (call) {
    await leave(call)
    return { calls: call }
  }
  return config
    ? { tcp: { port: devicePort(await readPlayable(config, 'scanner-serial'), config, 'scanner-serial') } }
    : undefined
}

/**
 * `vafa sim scan CODE`: into a tty, as a serial device server on the port where the gateway looks for its scanner, as a
 * scanner that calls the gateway's port, or as a USB scanner for umockdev-run.
 */
export async function scan(code: string, options: ScanOptions): Promise<void> {
  if (options.umockdev) return writeHidScan(code, { folder: options.umockdev, mode: options.mode, aim: options.aim })
  const place = await placeOf(options)
  if (!place)
    throw new VafaError({
      key: 'usage.where',
      message: 'where is the scanner? none of --tty, --listen, --call, --umockdev and --config was given',
      hint: 'add -c gateway.yaml, or --tty PATH',
    })
  const scanner = await startVirtualScanner(place)
  if ('tcp' in place)
    process.stdout.write(`waiting on port ${place.tcp.port} for the gateway (up to half a minute after a pause)\n`)
  await scanner.scan(`${options.aim ?? ''}${code}`)
  await scanner.close()
  process.stdout.write(`scanned ${code}\n`)
}
