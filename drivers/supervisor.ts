import type { DeviceHealth } from '#protocol/state.ts'
import { backoffMs } from '#runtime/backoff.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { Connection, DeviceEvent, DeviceHost, DeviceMemory, Driver } from './contract.ts'

export interface SupervisedDevice {
  device: string
  store: string
  driver: Driver
  /** As the driver's schema gave them. */
  options: unknown
  beside(path: string): string
  memory: DeviceMemory
  draw: DeviceHost['draw']
  warm: DeviceHost['warm']
  runtime: Runtime
  log: Logger
  onEvent(event: DeviceEvent): void
  /** The device can be used, or (undefined) can no longer. */
  onConnection(connection: Connection | undefined): void
  /** Only when it changes. */
  onHealth(health: DeviceHealth): void
}

export interface Supervisor {
  /** Lets the device go and opens it again at once, whatever it was waiting for. */
  restart(): void
  /** The same in another way from now on: by another driver, with other options (as its schema gave them). */
  redirect(other: { driver: Driver; options: unknown }): void
  close(): Promise<void>
}

const connectMs = 10_000
const closeMs = 3_000
/**
 * To ask whether a device is back costs next to nothing, and whoever has just plugged it in stands before it: it is asked
 * every few seconds, however long it was away. One that lived as long as that begins with short waits again.
 */
const backoff = { floorMs: 500, capMs: 3_000 }
const goodLifeMs = backoff.capMs
const permanentRetryMs = 60_000

/**
 * Keeps one device connected: connect, use, closed, wait, again. Nothing that its driver does (hang, throw, die)
 * reaches the other devices. Errors that do not go away by trying are tried slowly, since someone may mend them.
 */
export function superviseDevice(options: SupervisedDevice): Supervisor {
  const { device, store, driver, runtime, onConnection } = options
  const log = options.log.child({ device, driver: driver.kind })
  const end = new AbortController()
  let given: { driver: Driver; options: unknown } = options
  let attempt = 0
  let health: DeviceHealth | undefined
  let current: Connection | undefined
  let cancelWait: Cancel = () => {}
  /** Ends the connection that there is, or is being made. */
  let letGo: (() => void) | undefined
  let running: Promise<void> = Promise.resolve()

  const report = (status: DeviceHealth['status'], reason?: string, key?: string) => {
    if (health?.status === status && health.reason === reason) return
    health = {
      device,
      driver: driver.kind,
      status,
      since: new Date(runtime.now()).toISOString(),
      ...(reason === undefined ? {} : { reason }),
      ...(key === undefined ? {} : { key }),
    }
    log.info({ status, reason }, 'device health')
    options.onHealth(health)
  }

  /** Connects once and resolves with the reason when that is over; a driver that hangs is let go. */
  const live = async (): Promise<{ error: VafaError; lifeMs: number }> => {
    const abort = new AbortController()
    const stop = () => abort.abort()
    letGo = stop
    end.signal.addEventListener('abort', stop)
    let said: { status: 'ready' | 'degraded'; reason?: string } = { status: 'ready' }
    const alive = () => !abort.signal.aborted
    try {
      const connection = await within(
        runtime,
        connectMs,
        stop,
        given.driver.connect(given.options, {
          device,
          store,
          runtime,
          log,
          signal: abort.signal,
          beside: options.beside,
          memory: options.memory,
          draw: options.draw,
          warm: options.warm,
          event: (event) => {
            if (alive()) contained(log, () => options.onEvent(event))
          },
          health: (status, reason) => {
            said = { status, ...(reason === undefined ? {} : { reason }) }
            if (current && alive()) report(status, reason)
          },
        }),
      )
      const since = runtime.monotonic()
      current = connection
      contained(log, () => onConnection(connection))
      report(said.status, said.reason)
      const closed = await connection.closed.catch((error: unknown) => asVafaError(error, device))
      current = undefined
      contained(log, () => onConnection(undefined))
      return { error: closed ?? lost(device), lifeMs: runtime.monotonic() - since }
    } catch (error) {
      return { error: asVafaError(error, device), lifeMs: 0 }
    } finally {
      stop()
      letGo = undefined
      end.signal.removeEventListener('abort', stop)
    }
  }

  const cycle = async () => {
    const { error, lifeMs } = await live()
    if (end.signal.aborted) return
    report('absent', error.hint === undefined ? error.message : `${error.message} (${error.hint})`, error.key)
    attempt = lifeMs >= goodLifeMs ? 0 : attempt + 1
    const waitMs = error.permanent ? permanentRetryMs : backoffMs({ attempt: attempt - 1, ...backoff, random: runtime.random })
    cancelWait = runtime.after(waitMs, () => {
      running = cycle()
    })
  }
  running = cycle()

  const restart = () => {
    if (end.signal.aborted) return
    attempt = 0
    const waited = cancelWait
    if (letGo) return letGo()
    waited()
    running = cycle()
  }

  return {
    restart,
    redirect(other) {
      given = other
      restart()
    },
    async close() {
      cancelWait()
      const connection = current
      end.abort()
      await within(runtime, closeMs, () => {}, Promise.all([connection?.close(), running])).catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'the device was left as it is'),
      )
    },
  }
}

/** A promise that does not settle in time is given up; a connection that it brings later is closed. */
async function within<T>(runtime: Runtime, ms: number, onLate: () => void, promise: Promise<T>): Promise<T> {
  let cancel: Cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = runtime.after(ms, () => {
      onLate()
      promise.then(closeLate, () => {})
      reject(
        new VafaError({
          key: 'device.hangs',
          message: `did not answer within ${ms / 1_000} s`,
          permanent: false,
          hint: 'switch it off and on',
        }),
      )
    })
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    cancel()
  }
}

function closeLate(value: unknown): void {
  if (value !== null && typeof value === 'object' && 'close' in value && typeof value.close === 'function') value.close()
}

function contained(log: Logger, action: () => void): void {
  try {
    action()
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'an event of the device could not be handled')
  }
}

const lost = (device: string) =>
  new VafaError({ key: 'device.lost', message: `${device} closed the connection`, permanent: false })

/** What is not a VafaError is a fault in the driver; it may pass. */
const asVafaError = (error: unknown, device: string): VafaError =>
  error instanceof VafaError
    ? error
    : new VafaError({ key: 'device.failed', message: `${device} failed: ${messageOf(error)}`, permanent: false, cause: error })
