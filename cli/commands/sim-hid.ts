import { mkdirSync } from 'node:fs'
import { type HidScannerMode, hidScannerDevice } from '#simulators/hid/hid-scanner.ts'
import { type MsrModel, msrDevice, swipeReports } from '#simulators/hid/msr-reader.ts'
import { hidPosReports, keyboardReports } from '#simulators/hid/scan-reports.ts'
import { type ScriptedHid, writeUmockdev } from '#simulators/hid/umockdev-files.ts'
import { called } from '../called.ts'

/** A gateway is up in so long, on a slow box too. */
const afterMs = 5_000

/** `vafa sim scan CODE --umockdev FOLDER`: a USB scanner that a program sees which umockdev-run starts. */
export function writeHidScan(
  code: string,
  { folder, mode, aim = '' }: { folder: string; mode: HidScannerMode; aim?: string | undefined },
): void {
  const reports = mode === 'hid-pos' ? hidPosReports(code, { identifier: aim }) : keyboardReports(`${aim}${code}\r`)
  write(folder, { ...hidScannerDevice(mode), reports, starts: { afterMs } }, `a scan of ${code}`)
}

/** `vafa sim swipe NUMBER --umockdev FOLDER` */
export function swipe(number: string, { umockdev: folder, model }: { umockdev: string; model: MsrModel }): void {
  const reports = swipeReports({ number }, { model })
  write(folder, { ...msrDevice(model), reports, starts: { afterMs } }, 'a swipe')
}

function write(folder: string, hid: ScriptedHid, what: string): void {
  mkdirSync(folder, { recursive: true })
  const words = writeUmockdev(folder, hid)
  const hex = (id: number) => id.toString(16).padStart(4, '0')
  const { vendorId, productId } = hid.device
  process.stdout.write(
    `${what} is in ${folder}, of the device ${hex(vendorId)}:${hex(productId)}. It comes ${afterMs / 1_000} s after this starts:\n` +
      `  ${words.join(' ')} ${called} gateway -c gateway.yaml\n`,
  )
}
