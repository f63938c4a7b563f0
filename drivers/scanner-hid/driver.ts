import { z } from 'zod'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { hidSelection } from '../hid/device-selection.ts'
import { createTyping, hasKeys, pressedKeys } from '../hid/keyboard.ts'
import { consoleHears, keyboardKind, keyboardOptions } from '../hid/keyboard-options.ts'
import { nodeHidTransport } from '../hid/node-hid-transport.ts'
import { noSuchReport, type OpenHid, openHid } from '../hid/open-hid.ts'
import type { HidTransport } from '../hid/transport.ts'
import { createScanDecoder } from '../scan/framing.ts'
import { framingOptions, meaningOptions } from '../scan/options.ts'
import { reportScans, type ScanReports } from '../scan/scan-reports.ts'
import { createHidPosDecoder } from './hid-pos.ts'

const { prefix, maxLength } = framingOptions

export const scannerHidOptions = z
  .strictObject({
    device: hidSelection.default({}),
    mode: z.enum(['hid-pos', 'keyboard']).default('hid-pos').meta({
      description: '`hid-pos`: the scanner’s own USB mode for shops; `keyboard`: it types, as most do from the factory',
    }),
    ...keyboardOptions,
    ends: z
      .enum(['enter', 'tab', 'pause'])
      .default('enter')
      .meta({ description: 'keyboard mode: what the scanner types behind each code; `pause`: nothing' }),
    prefix,
    maxLength,
    ...meaningOptions,
  })
  .refine(
    ({ mode, device }) =>
      mode === 'hid-pos' || device.path !== undefined || (device.vendor !== undefined && device.product !== undefined),
    {
      path: ['device'],
      message: 'name the keyboard by vendor and product, or by path: any other keyboard would be read too',
    },
  )
export type ScannerHidOptions = z.infer<typeof scannerHidOptions>

const scannerKind = {
  title: 'scanner in HID POS mode',
  collections: [{ usagePage: 0x8c }],
  hint: 'plug it in, and scan the code “USB HID POS” (also “HID bar code scanner”, “IBM-less HID”) of its manual',
}

/** Barcode scanners on USB that are no serial port: in HID POS mode, or as a keyboard, read from hidraw. */
export const scannerHidOver = (transport: HidTransport): Driver<ScannerHidOptions> => ({
  kind: 'scanner-hid',
  options: scannerHidOptions,
  async connect(options, host): Promise<Connection> {
    const kind = options.mode === 'keyboard' ? keyboardKind : scannerKind
    const hid = await openHid(transport, { selection: options.device, kind, host })
    const reports = reportScans(host, {
      rules: options,
      standing: options.mode === 'keyboard' && hid.console === 'heard' ? consoleHears : undefined,
      advice:
        options.mode === 'keyboard'
          ? 'check the layout, and that the scanner types Enter (or what `ends` says) behind each code'
          : 'check the cable, and `prefix` and `maxLength` in the settings',
    })
    const listening =
      options.mode === 'keyboard' ? readKeyboard(hid, { options, host, reports }) : readHidPos(hid, { options, host, reports })
    if (!listening) throw await noSuchReport(hid, kind)
    return { closed: hid.closed, close: hid.close }
  },
})

export const scannerHidDriver = scannerHidOver(nodeHidTransport)

interface Reading {
  options: ScannerHidOptions
  host: DeviceHost
  reports: ScanReports
}

/** False where the device cannot be read so. */
function readHidPos(hid: OpenHid, { options, host, reports }: Reading): boolean {
  const decoder = createHidPosDecoder(hid.map, options)
  if (!decoder) return false
  hid.onReport((report) => reports.take(decoder.decode(report, host.runtime.monotonic())))
  return true
}

const endings = { enter: undefined, tab: '\t', pause: undefined }

function readKeyboard(hid: OpenHid, { options, host, reports }: Reading): boolean {
  if (!hasKeys(hid.map)) return false
  const typing = createTyping(options.layout)
  const suffix = endings[options.ends]
  const decoder = createScanDecoder({
    prefix: options.prefix,
    maxLength: options.maxLength,
    gapMs: options.pauseMs,
    ...(suffix === undefined ? {} : { suffix }),
  })
  let cancelPause = () => {}
  hid.onReport((report) => {
    const pressed = pressedKeys(hid.map, report)
    if (!pressed) return
    const text = typing.press(pressed)
    if (text !== '') reports.take(decoder.decode(Buffer.from(text), host.runtime.monotonic()))
    if (options.ends !== 'pause') return
    cancelPause()
    cancelPause = host.runtime.after(options.pauseMs, () => reports.take(decoder.end()))
  })
  void hid.closed.then(() => cancelPause())
  return true
}
