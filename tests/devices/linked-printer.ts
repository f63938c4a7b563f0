import { openStream } from '#drivers/stream/stream.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type DevicePlace, openDeviceLine } from '#simulators/line/device-line.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'

/** The virtual printer at the end of any line: on a tty, or behind a device server that can talk rubbish. */
export interface LinkedPrinter {
  readonly printer: VirtualPrinter
  garbage(): Promise<void>
  close(): Promise<void>
}

export async function linkPrinter(place: DevicePlace): Promise<LinkedPrinter> {
  const printer = await startVirtualPrinter()
  const toPrinter = await openStream(
    { tcp: { host: printer.host, port: printer.port } },
    { signal: new AbortController().signal, runtime: systemRuntime },
  )
  // Bytes that come while one end is being closed have nowhere to go.
  const line = await openDeviceLine(place, { onData: (bytes) => void toPrinter.write(bytes).catch(() => undefined) })
  toPrinter.onData((bytes) => void line.send(bytes).catch(() => undefined))
  return {
    printer,
    garbage: () => line.send(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    async close() {
      await toPrinter.close()
      await line.close()
      await printer.close()
    },
  }
}
