import type { Driver } from '#drivers/contract.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { freePort } from '../process/free-port.ts'
import { standBeforeDevice, standBeforeGateway } from './proxy.ts'
import { openRecorder, type Recorder, type RecordingSink } from './recorder.ts'
import { linkFrom, type Wire, wireOf } from './wires.ts'

/** A device of a running gateway, whose wire is to be recorded. */
export interface CaptureRequest {
  device: string
  driver: Driver
  /** Through the driver's schema. */
  options: unknown
  beside(path: string): string
  /** Lets the device go and opens it by other options; by its own where none are given. */
  redirect(options?: unknown): void
  seconds: number
  /** Characters that the recording may have; one that grows longer ends before its time. */
  charsMax: number
  /** Aborted where the gateway ends before. */
  signal: AbortSignal
  runtime: Runtime
}

export interface Captured {
  /** JSON lines, as `vafa sim record` writes them: credentials masked, of the gateway's own words only how many bytes. */
  recording: string
  entries: number
  /** It ended before its time: the recording had grown too long, or the gateway ended. */
  cut: boolean
}

/** How long a port that the device has just let go may still be taken, milliseconds. */
const portMs = 5_000
const askAgainMs = 50

/**
 * Stands on the wire of a device of a running gateway for a while. The device is let go and opened again at the beginning
 * and at the end. Rejects with `sim.not-recordable` where there is no one wire, or nobody can mask what passes there:
 * then nothing was touched.
 */
export async function captureWire(request: CaptureRequest): Promise<Captured> {
  const { device, driver, options, beside, redirect, seconds, signal, runtime } = request
  const over = Promise.withResolvers<'full' | 'aborted' | 'done'>()
  const wire = wireOf(driver, options, device)
  const sink = boundedSink(request.charsMax, () => over.resolve('full'))
  const recorder = openRecorder({
    ...{ device, driver: driver.kind, options, beside },
    to: () => sink,
    now: () => runtime.monotonic(),
    started: new Date(runtime.now()),
  })
  const aborted = () => over.resolve('aborted')
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  let proxy: Awaited<ReturnType<typeof standOn>> | undefined
  let cancel: Cancel = () => {}
  try {
    proxy = await standOn(wire, { ...request, recorder })
    cancel = runtime.after(seconds * 1_000, () => over.resolve('done'))
    const why = await over.promise
    return { recording: sink.text(), entries: recorder.entries, cut: why !== 'done' }
  } finally {
    cancel()
    signal.removeEventListener('abort', aborted)
    await proxy?.close()
    redirect()
    recorder.close()
  }
}

async function standOn(wire: Wire, { beside, redirect, recorder, runtime }: CaptureRequest & { recorder: Recorder }) {
  if ('opens' in wire) {
    const proxy = await standBeforeDevice(linkFrom(wire.opens, beside), recorder)
    redirect(wire.redirected(proxy.port))
    return proxy
  }
  const elsewhere = await freePort()
  // First the gateway leaves the port to whoever stands before it; its driver says nobody when that is done.
  redirect(wire.redirected(elsewhere))
  const until = runtime.monotonic() + portMs
  for (;;) {
    try {
      return await standBeforeGateway(wire.listens, elsewhere, recorder)
    } catch (error) {
      if (!(error instanceof VafaError) || error.key !== 'sim.port-taken' || runtime.monotonic() > until) throw error
      await new Promise<void>((resolve) => void runtime.after(askAgainMs, resolve))
    }
  }
}

function boundedSink(charsMax: number, onFull: () => void): RecordingSink & { text(): string } {
  const lines: string[] = []
  let chars = 0
  let full = false
  return {
    write(line) {
      // A recording without its last lines is one; one with a hole is not.
      full ||= chars + line.length > charsMax
      if (full) return onFull()
      chars += line.length
      lines.push(line)
    },
    close: () => {},
    text: () => lines.join(''),
  }
}
