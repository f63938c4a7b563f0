import { openStream } from '#drivers/stream/stream.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type DevicePlace, openDeviceLine } from '#simulators/line/device-line.ts'
import { startVirtualPrinter, type VirtualPrinter, type VirtualPrinterOptions } from '#simulators/printer/virtual-printer.ts'

/** The virtual printer at the end of any line: on a tty, or behind a device server that can talk rubbish. */
export interface LinkedPrinter {
  readonly printer: VirtualPrinter
  garbage(): Promise<void>
  hangUp(): void
  close(): Promise<void>
}

export async function linkPrinter(
  place: DevicePlace,
  options: Omit<VirtualPrinterOptions, 'host' | 'port'> = {},
): Promise<LinkedPrinter> {
  const printer = await startVirtualPrinter(options)
  const toPrinter = await openStream(
    { tcp: { host: printer.host, port: printer.port } },
    // A printer without paper takes nothing, for as long as it takes somebody to bring some.
    { signal: new AbortController().signal, runtime: systemRuntime, stallMs: 'never' },
  )
  try {
    // Bytes that come while one end is being closed have nowhere to go.
    const line = await openDeviceLine(place, { onData: (bytes) => void toPrinter.write(bytes).catch(() => undefined) })
    toPrinter.onData((bytes) => void line.send(bytes).catch(() => undefined))
    return {
      printer,
      garbage: () => line.send(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
      hangUp: line.hangUp,
      async close() {
        await toPrinter.close()
        await line.close()
        await printer.close()
      },
    }
  } catch (error) {
    await toPrinter.close()
    await printer.close()
    throw error
  }
}
