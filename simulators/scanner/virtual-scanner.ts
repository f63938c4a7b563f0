import { type DevicePlace, openDeviceLine } from '../line/device-line.ts'

export interface VirtualScanner {
  /** The TCP port, where it has one. */
  readonly port: number | undefined
  /** Scans a code: sends it with a carriage return once somebody listens. */
  scan(code: string): Promise<void>
  /** As `scan`, in pieces of `size` bytes, as a slow line delivers them. */
  scanInPieces(code: string, size: number): Promise<void>
  /** Half a code and nothing behind it: the cable is pulled in the middle. */
  scanHalf(code: string): Promise<void>
  /** Bytes as a wrong baud rate makes them, with or without an end. */
  garbage(bytes?: Uint8Array): Promise<void>
  hangUp(): void
  /** Resolves when the box has hung up on a scanner that calls it. */
  hungUp(): Promise<void>
  close(): Promise<void>
}

/** What a line at the wrong speed looks like: high bits, control characters, and now and then a line's end. */
const wrongBaudRate = Uint8Array.of(0x80, 0xfe, 0x00, 0x1f, 0xc3, 0x28, 0xff, 0x0d)

/** A scanner that reads what it is told to. On a TCP port it stands behind a serial device server; with `calls` it has a
 * network of its own. */
export async function startVirtualScanner(place: DevicePlace): Promise<VirtualScanner> {
  const line = await openDeviceLine(place, { onData: () => undefined })
  const send = async (bytes: Uint8Array) => {
    await line.connected()
    await line.send(bytes)
  }
  return {
    port: line.port,
    scan: (code) => send(Buffer.from(`${code}\r`)),
    async scanInPieces(code, size) {
      const bytes = Buffer.from(`${code}\r`)
      for (let at = 0; at < bytes.length; at += size) await send(bytes.subarray(at, at + size))
    },
    scanHalf: (code) => send(Buffer.from(code).subarray(0, Math.ceil(code.length / 2))),
    garbage: (bytes = wrongBaudRate) => send(bytes),
    hangUp: line.hangUp,
    hungUp: line.hungUp,
    close: line.close,
  }
}
