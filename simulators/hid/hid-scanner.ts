import type { LayoutName } from '#drivers/hid/keyboard-layouts.ts'
import { hidPosDescriptor, keyboardDescriptor } from './descriptors.ts'
import { hidPosReports, keyboardReports } from './scan-reports.ts'
import type { PluggedHid, VirtualHid, VirtualHidDevice } from './virtual-hid.ts'

export type HidScannerMode = 'hid-pos' | 'keyboard'

/** The scanner as it is plugged in; Zebra's numbers for a scanner in either mode. */
export function hidScannerDevice(mode: HidScannerMode): VirtualHidDevice {
  const known = { path: '/dev/hidraw0', vendorId: 0x05e0, serial: 'S-0001', title: 'Virtual Bar Code Scanner' }
  if (mode === 'hid-pos')
    return { device: { ...known, productId: 0x1300, usagePage: 0x8c, usage: 2 }, descriptor: hidPosDescriptor }
  return { device: { ...known, productId: 0x1200, usagePage: 1, usage: 6 }, descriptor: keyboardDescriptor, console: 'kept-off' }
}

export interface HidScanner {
  readonly plugged: PluggedHid
  scan(code: string, options?: { identifier?: string }): Promise<void>
  /** Half a code and nothing behind it. */
  scanHalf(code: string): Promise<void>
  garbage(): Promise<void>
  hangUp(): void
  close(): Promise<void>
}

/** A scanner on the USB of a machine that is played. */
export function plugHidScanner(
  hid: VirtualHid,
  {
    mode,
    layout = 'us',
    device = hidScannerDevice(mode),
  }: { mode: HidScannerMode; layout?: LayoutName; device?: VirtualHidDevice },
): HidScanner {
  const plugged = hid.plug(device)
  const send = async (reports: readonly Uint8Array[]) => {
    await plugged.read()
    for (const report of reports) plugged.send(report)
  }
  const half = (code: string) => code.slice(0, Math.ceil(code.length / 2))
  return {
    plugged,
    scan: (code, { identifier = '' } = {}) =>
      send(mode === 'hid-pos' ? hidPosReports(code, { identifier }) : keyboardReports(`${identifier}${code}\r`, { layout })),
    scanHalf: (code) =>
      send(
        mode === 'hid-pos'
          ? hidPosReports(half(code)).map((report) => Uint8Array.of(...report.subarray(0, -1), 1))
          : keyboardReports(half(code), { layout }),
      ),
    // A length that is longer than the report; keys that no scanner has, all of them at once.
    garbage: () =>
      send(
        mode === 'hid-pos'
          ? [Uint8Array.of(2, 255, ...new Uint8Array(60).fill(0xff)), Uint8Array.of(9), Uint8Array.of()]
          : [
              Uint8Array.of(0, 0, 1, 1, 1, 1, 1, 1),
              Uint8Array.of(4, 0, 0x59, 0x5a),
              Uint8Array.of(0, 0, 0x28),
              Uint8Array.of(1, 2),
            ],
      ),
    hangUp: plugged.unplug,
    close: async () => plugged.unplug(),
  }
}
