import { randomBytes } from 'node:crypto'
import type { HidTransport } from '#drivers/hid/transport.ts'
import { magstripeHidOver } from '#drivers/magstripe-hid/driver.ts'
import { scannerHidOver } from '#drivers/scanner-hid/driver.ts'
import { createMask } from './mask.ts'
import { maskHid } from './mask-hid.ts'
import type { RecordingFile } from './recording-file.ts'

/** The drivers of HID devices, over a transport of one's own. */
export const hidDriver = (kind: string, transport: HidTransport) =>
  kind === 'magstripe-hid' ? magstripeHidOver(transport) : scannerHidOver(transport)

export const isHid = (kind: string): boolean => kind === 'magstripe-hid' || kind === 'scanner-hid'

/** The machine's HID devices, with a recorder at whichever is opened. `options`: the device's, through its driver's schema. */
export function recordHid(
  transport: HidTransport,
  { file, driver, options }: { file: RecordingFile; driver: string; options: unknown },
): HidTransport {
  const mask = createMask(randomBytes(32))
  let lines = 0
  return {
    list: () => transport.list(),
    async open(path) {
      const own = (await transport.list()).filter((one) => one.path === path)
      const handle = await transport.open(path)
      const line = lines
      lines += 1
      const [known] = own
      const descriptor = Buffer.from(handle.descriptor)
      file.write({
        ...{ at: file.since(), line, event: 'connected' },
        hid: {
          descriptor: descriptor.toString('hex'),
          ...{ vendorId: known?.vendorId ?? 0, productId: known?.productId ?? 0, title: known?.title.slice(0, 200) ?? '' },
          collections: own.slice(0, 100).map(({ usagePage, usage }) => ({ usagePage, usage })),
        },
      })
      const masking = maskHid({ driver, options, descriptor }, mask)
      const write = (reports: ReturnType<typeof masking.push>) => {
        for (const { at, bytes } of reports) file.write({ at, line, from: 'device', hex: bytes.toString('hex') })
      }
      let open = true
      const ended = () => {
        if (!open) return
        open = false
        write(masking.end())
        file.write({ at: file.since(), line, event: 'ended' })
      }
      return {
        ...handle,
        onData: (listener) =>
          handle.onData((report) => {
            write(masking.push({ at: file.since(), bytes: Buffer.from(report) }))
            listener(report)
          }),
        onError: (listener) =>
          handle.onError((cause) => {
            ended()
            listener(cause)
          }),
        async close() {
          ended()
          await handle.close()
        },
      }
    },
  }
}
