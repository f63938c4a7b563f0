import type { CodePage } from '#drivers/printed-text/code-pages.ts'
import { VafaError } from '#runtime/errors.ts'
import { type DevicePlace, openDeviceLine } from '../line/device-line.ts'
import { createScreen } from './screen.ts'

export interface VirtualDisplay {
  /** The TCP port, where it has one. */
  readonly port: number | undefined
  /** What stands on it now: two lines of 20 characters. */
  lines(): [string, string]
  /** Resolves when what it shows fits (now or later). */
  waitFor(matches: (lines: [string, string]) => boolean, options?: { timeoutMs?: number }): Promise<[string, string]>
  /** Bytes toward the driver, which a display never sends. */
  garbage(): Promise<void>
  hangUp(): void
  close(): Promise<void>
}

/** A customer display of 2 × 20 characters that understands both dialects. */
export async function startVirtualDisplay(
  place: DevicePlace,
  options: { codePage?: CodePage; onShow?(lines: [string, string]): void } = {},
): Promise<VirtualDisplay> {
  const screen = createScreen(options)
  const watchers = new Set<() => void>()
  const line = await openDeviceLine(place, {
    onData(bytes) {
      screen.take(bytes)
      options.onShow?.(screen.lines())
      for (const watcher of watchers) watcher()
    },
  })
  return {
    port: line.port,
    lines: screen.lines,
    waitFor: (matches, { timeoutMs = 5_000 } = {}) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const lines = screen.lines()
          if (!matches(lines)) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve(lines)
        }
        const timer = setTimeout(() => {
          watchers.delete(look)
          const message = `the display shows ${JSON.stringify(screen.lines())}, and after ${timeoutMs} ms not what was waited for`
          reject(new VafaError({ key: 'display.late', message, permanent: false }))
        }, timeoutMs)
        watchers.add(look)
        look()
      }),
    garbage: () => line.send(Uint8Array.of(0x00, 0xff, 0x12, 0x37, 0x0d)),
    hangUp: line.hangUp,
    close: line.close,
  }
}
