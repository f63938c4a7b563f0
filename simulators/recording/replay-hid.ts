import type { HidSelection } from '#drivers/hid/device-selection.ts'
import type { HidTransport } from '#drivers/hid/transport.ts'
import { playedHid } from '../devices/played-hid.ts'
import { createVirtualHid } from '../hid/virtual-hid.ts'
import type { RecordedHid, Recording } from './format.ts'

/** The recorded device on the USB of a machine that is played, as a configuration looks for it. */
export function replayHid(
  recording: Recording,
  { wanted, device, speed }: { wanted: HidSelection; device: string; speed: number },
): { transport: HidTransport; play(): Promise<void> } {
  const hid = createVirtualHid()
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)))
  let collections: RecordedHid['collections'] = []
  return {
    transport: {
      ...hid.transport,
      list: async () =>
        (await hid.transport.list()).flatMap((one) => collections.map((collection) => ({ ...one, ...collection }))),
    },
    /** Plugs it in, says what it said, pulls it out; as often as it was. */
    async play() {
      for (const line of new Set(recording.entries.map((entry) => entry.line))) {
        const entries = recording.entries.filter((entry) => entry.line === line)
        const own = entries.flatMap((entry) => ('event' in entry && entry.event === 'connected' ? (entry.hid ?? []) : []))[0]
        if (!own) continue
        collections = own.collections
        const { vendorId, productId, title } = own
        const known = { path: '', vendorId, productId, title, usagePage: 0, usage: 0 }
        const plugged = hid.plug(
          playedHid({ device: known, descriptor: Buffer.from(own.descriptor, 'hex'), console: 'kept-off' }, wanted, device),
        )
        await plugged.read()
        let before = entries[0]?.at ?? 0
        for (const entry of entries) {
          await pause((entry.at - before) / speed)
          before = entry.at
          if ('hex' in entry) plugged.send(Buffer.from(entry.hex, 'hex'))
        }
        plugged.unplug()
      }
    },
  }
}
