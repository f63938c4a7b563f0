import { checkCharacter } from '#drivers/magstripe-hid/swipe.ts'
import { keyboardDescriptor, magtekDescriptor, msrDescriptor } from './descriptors.ts'
import { keyboardReports } from './scan-reports.ts'
import type { PluggedHid, VirtualHid, VirtualHidDevice } from './virtual-hid.ts'

/** How a reader is built: by MagTek's page, by the standard's, or as a keyboard. */
export type MsrModel = 'magtek' | 'standard' | 'keyboard'

/** What is on a card's stripe. `name`: on track 1, where there is one. */
export interface Stripe {
  number: string
  name?: string
}

export function msrDevice(model: MsrModel): VirtualHidDevice {
  const known = { path: '/dev/hidraw0', vendorId: 0x0801, serial: 'M-0001', title: 'Virtual Card Reader' }
  if (model === 'magtek')
    return { device: { ...known, productId: 0x0002, usagePage: 0xff00, usage: 1 }, descriptor: magtekDescriptor }
  if (model === 'standard')
    return { device: { ...known, productId: 0x0010, usagePage: 0x8e, usage: 1 }, descriptor: msrDescriptor }
  return { device: { ...known, productId: 0x0001, usagePage: 1, usage: 6 }, descriptor: keyboardDescriptor, console: 'kept-off' }
}

/** The two tracks as they are encoded, with sentinels. */
export function tracksOf({ number, name }: Stripe): { 1: string; 2: string } {
  return { 1: name === undefined ? '' : `%B${number}^${name}^29121010000000000?`, 2: `;${number}=29121010000000000?` }
}

/** One swipe as the reader's reports. `lrc`: with check characters; `spoiled`: a scratched stripe. */
export function swipeReports(
  stripe: Stripe,
  { model, lrc = 'none', spoiled = 'no' }: { model: MsrModel; lrc?: 'none' | 'sent'; spoiled?: 'no' | 'yes' },
): Uint8Array[] {
  const tracks = tracksOf(stripe)
  const sent = ([1, 2] as const).map((track) => {
    const text = tracks[track]
    if (text === '') return ''
    if (spoiled === 'yes') return model === 'keyboard' ? `${text.charAt(0)}E?` : ''
    return lrc === 'sent' ? text + checkCharacter(track, text) : text
  })
  if (model === 'keyboard') return keyboardReports(`${sent.join('')}\r`)
  const [first = '', second = ''] = sent
  if (model === 'magtek') {
    const report = Buffer.alloc(7 + 3 * 110)
    if (spoiled === 'yes') report.set([1, 1, 0])
    report.set([first.length, second.length, 0], 3)
    report.write(first, 7, 'latin1')
    report.write(second, 7 + 110, 'latin1')
    return [report]
  }
  const report = Buffer.alloc(1 + 3 + 79 + 40 + 107)
  report.set([1, first.length, second.length, 0])
  report.write(first, 4, 'latin1')
  report.write(second, 4 + 79, 'latin1')
  return [report]
}

export interface MsrReader {
  readonly plugged: PluggedHid
  swipe(stripe: Stripe, options?: { lrc?: 'none' | 'sent'; spoiled?: 'no' | 'yes' }): Promise<void>
  garbage(): Promise<void>
  close(): Promise<void>
}

/** A card reader on the USB of a machine that is played. */
export function plugMsrReader(
  hid: VirtualHid,
  { model, device = msrDevice(model) }: { model: MsrModel; device?: VirtualHidDevice },
): MsrReader {
  const plugged = hid.plug(device)
  const send = async (reports: readonly Uint8Array[]) => {
    await plugged.read()
    for (const report of reports) plugged.send(report)
  }
  return {
    plugged,
    swipe: (stripe, options = {}) => send(swipeReports(stripe, { model, ...options })),
    // Too short, of another number, lengths beyond the tracks.
    garbage: () => send([Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(337).fill(0xff), new Uint8Array(8).fill(0x59)]),
    close: async () => plugged.unplug(),
  }
}
