import { z } from 'zod'
import type { Connection, DeviceHost, Driver } from '../contract.ts'
import { hidSelection } from '../hid/device-selection.ts'
import { createTyping, hasKeys, pressedKeys } from '../hid/keyboard.ts'
import { consoleHears, keyboardKind, keyboardOptions } from '../hid/keyboard-options.ts'
import { nodeHidTransport } from '../hid/node-hid-transport.ts'
import { noSuchReport, type OpenHid, openHid } from '../hid/open-hid.ts'
import type { HidTransport } from '../hid/transport.ts'
import { createScanDecoder } from '../scan/framing.ts'
import { clubPrefix } from './club-prefixes.ts'
import { createMsrDecoder } from './hid-msr.ts'
import { readTyped, type Swipe } from './swipe.ts'

export const magstripeHidOptions = z
  .strictObject({
    device: hidSelection.default({}),
    mode: z
      .enum(['hid-msr', 'keyboard'])
      .default('hid-msr')
      .meta({ description: '`hid-msr`: the reader’s own USB mode; `keyboard`: it types' }),
    ...keyboardOptions,
    prefixes: z
      .array(clubPrefix)
      .min(1)
      .max(20)
      .meta({ description: 'how the numbers of the club’s own cards begin; any other card is dropped as it is read' }),
    digits: z.int().min(4).max(19).optional().meta({ description: 'how many digits those numbers have' }),
    tracks: z
      .array(z.union([z.literal(1), z.literal(2)]))
      .min(1)
      .max(2)
      .default([2])
      .meta({ description: 'where the number stands; `[2, 1]`: on track 1 where track 2 has none' }),
    lrc: z
      .enum(['none', 'sent'])
      .default('none')
      .meta({ description: '`sent`: the reader passes on each track’s check character, and it is checked again' }),
  })
  .refine(
    ({ mode, device }) =>
      mode === 'hid-msr' || device.path !== undefined || (device.vendor !== undefined && device.product !== undefined),
    {
      path: ['device'],
      message: 'name the keyboard by vendor and product, or by path: any other keyboard would be read too',
    },
  )
export type MagstripeHidOptions = z.infer<typeof magstripeHidOptions>

const readerKind = {
  title: 'magnetic card reader in HID mode',
  collections: [{ usagePage: 0x8e }, { usagePage: 0xff00, usage: 1 }],
  hint: 'plug it in; a reader that types wants `mode: keyboard`',
}

/** Magnetic card readers on USB, read from hidraw. Only the club's own cards leave the codec (swipe.ts). */
export const magstripeHidOver = (transport: HidTransport): Driver<MagstripeHidOptions> => ({
  kind: 'magstripe-hid',
  options: magstripeHidOptions,
  async connect(options, host): Promise<Connection> {
    const kind = options.mode === 'keyboard' ? keyboardKind : readerKind
    const hid = await openHid(transport, { selection: options.device, kind, host })
    const listening = options.mode === 'keyboard' ? readKeyboard(hid, options, host) : readReports(hid, options, host)
    if (!listening) throw await noSuchReport(hid, kind)
    return { closed: hid.closed, close: hid.close }
  },
})

export const magstripeHidDriver = magstripeHidOver(nodeHidTransport)

function tell(host: DeviceHost, swipe: Swipe): void {
  const at = host.runtime.now()
  if (swipe.kind === 'card') host.event({ kind: 'credential', at, credential: { kind: 'magstripe', value: swipe.number } })
  else if (swipe.kind === 'foreign')
    host.event({ kind: 'refused', at, key: 'card.foreign', reason: 'the card’s number begins with none of the club’s prefixes' })
  else host.event({ kind: 'refused', at, key: 'card.unreadable', reason: 'no whole track with a number was read' })
}

/** False where the device cannot be read so. */
function readReports(hid: OpenHid, options: MagstripeHidOptions, host: DeviceHost): boolean {
  const decoder = createMsrDecoder(hid.map, options)
  if (!decoder) return false
  hid.onReport((report) => {
    const swipe = decoder.decode(report)
    if (swipe) tell(host, swipe)
  })
  return true
}

/** Three tracks with all that belongs to them. */
const maxTyped = 300

function readKeyboard(hid: OpenHid, options: MagstripeHidOptions, host: DeviceHost): boolean {
  if (!hasKeys(hid.map)) return false
  if (hid.console === 'heard') host.health('degraded', consoleHears)
  const typing = createTyping(options.layout)
  const decoder = createScanDecoder({ prefix: '', maxLength: maxTyped, gapMs: options.pauseMs })
  hid.onReport((report) => {
    const pressed = pressedKeys(hid.map, report)
    const text = pressed === undefined ? '' : typing.press(pressed)
    if (text === '') return
    for (const line of decoder.decode(Buffer.from(text), host.runtime.monotonic()))
      tell(host, line.kind === 'scan' ? readTyped(line.text, options) : { kind: 'unreadable' })
  })
  return true
}
