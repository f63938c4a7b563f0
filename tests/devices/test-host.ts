import type { DeviceEvent, DeviceHost } from '#drivers/contract.ts'
import { silentLogger } from '#runtime/log.ts'
import { type Runtime, systemRuntime } from '#runtime/runtime.ts'

export interface TestHost {
  readonly host: DeviceHost
  readonly events: DeviceEvent[]
  /** What the driver asked to be remembered; give it to the next host for a restart. */
  readonly memory: Map<string, string>
  readonly health: { status: 'ready' | 'degraded'; reason: string | undefined }[]
  abort(): void
  /** Whatever comes from now on, at once. */
  onEvent(listener: (event: DeviceEvent) => void): void
  /** The first event that fits, which came already or comes within 5 s. */
  event<Kind extends DeviceEvent['kind']>(
    kind: Kind,
    matches?: (event: Extract<DeviceEvent, { kind: Kind }>) => boolean,
  ): Promise<Extract<DeviceEvent, { kind: Kind }>>
  /** As `event`, for what the driver said of the device's health. */
  healthOf(status: 'ready' | 'degraded', reason?: RegExp): Promise<void>
}

const deadlineMs = 5_000

/** The real clock with timers that go off ten times as early: for what a driver does after seconds of silence. */
export const hastyRuntime: Runtime = { ...systemRuntime, after: (ms, callback) => systemRuntime.after(ms / 10, callback) }

/** What the gateway lends a driver, with a memory. */
export function createTestHost(
  device = 'device-under-test',
  runtime: Runtime = systemRuntime,
  memory = new Map<string, string>(),
): TestHost {
  const controller = new AbortController()
  const events: DeviceEvent[] = []
  const health: TestHost['health'] = []
  const watchers = new Set<() => void>()
  const listeners = new Set<(event: DeviceEvent) => void>()
  const changed = () => {
    for (const watcher of watchers) watcher()
  }

  const until = <T>(find: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        clearTimeout(timer)
        watchers.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        watchers.delete(look)
        reject(new Error(`no ${what} in ${deadlineMs} ms; there were ${JSON.stringify({ events, health })}`))
      }, deadlineMs)
      watchers.add(look)
      look()
    })

  return {
    events,
    health,
    memory,
    abort: () => controller.abort(),
    onEvent: (listener) => void listeners.add(listener),
    host: {
      device,
      store: 'store-under-test',
      runtime,
      log: silentLogger,
      signal: controller.signal,
      beside: (path) => path,
      memory: { find: (key) => memory.get(key), keep: (key, value) => void memory.set(key, value) },
      async draw(receipt, width) {
        const { drawReceipt } = await import('#receipts/raster.ts')
        return drawReceipt(receipt, { language: 'fa', width, timeZone: 'Asia/Tehran' })
      },
      warm: () => undefined,
      event(event) {
        events.push(event)
        changed()
        for (const listener of listeners) listener(event)
      },
      health(status, reason) {
        health.push({ status, reason })
        changed()
      },
    },
    event: (kind, matches = () => true) =>
      until(
        () =>
          events
            .filter((event): event is Extract<DeviceEvent, { kind: typeof kind }> => event.kind === kind)
            .find((event) => matches(event)),
        `event ${kind}`,
      ),
    async healthOf(status, reason = /(?:)/) {
      await until(
        () => health.find((report) => report.status === status && reason.test(report.reason ?? '')),
        `health ${status} ${reason}`,
      )
    },
  }
}
