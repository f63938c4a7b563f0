import type { PcscOptions } from '#drivers/pcsc/driver.ts'
import type { WireCapture } from '#gateway/remote/instruments.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { freePort } from '../process/free-port.ts'
import { overheard } from './overheard.ts'
import { standBeforeDevice, standBeforeGateway } from './proxy.ts'
import { hidDriver, isHid, recordHid } from './record-hid.ts'
import { recordCards, recordLines, refuseUnmasked } from './recorder.ts'
import { type RecordingFile, type RecordingSink, startRecording } from './recording-file.ts'
import { linkFrom, type Wire, wireOf } from './wires.ts'

/** A device of a running gateway, whose wire is to be recorded; aborted where the gateway ends before. */
export interface CaptureRequest extends WireCapture {
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
  const { device, driver, options, redirect, seconds, signal, runtime } = request
  refuseUnmasked({ device, driver: driver.kind })
  const wire = driver.kind === 'pcsc' || isHid(driver.kind) ? undefined : wireOf(driver, options, device)
  const over = Promise.withResolvers<'full' | 'aborted' | 'done'>()
  const sink = boundedSink(request.charsMax, () => over.resolve('full'))
  const file = startRecording(sink, {
    ...{ device, driver: driver.kind, now: () => runtime.monotonic(), started: new Date(runtime.now()) },
  })
  const aborted = () => over.resolve('aborted')
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  let between: Between | undefined
  let cancel: Cancel = () => {}
  try {
    between = wire ? await standOn(wire, { ...request, file }) : await listenAtDriver({ ...request, file })
    cancel = runtime.after(seconds * 1_000, () => over.resolve('done'))
    const why = await over.promise
    return { recording: sink.text(), entries: file.entries, cut: why !== 'done' }
  } finally {
    cancel()
    signal.removeEventListener('abort', aborted)
    await between?.close()
    redirect()
    file.close()
  }
}

/** What stands on the wire. */
interface Between {
  close(): Promise<void>
}
type Recorded = CaptureRequest & { file: RecordingFile }

async function standOn(wire: Wire, { driver, options, beside, redirect, runtime, file }: Recorded): Promise<Between> {
  const recorder = recordLines(file, { driver: driver.kind, options, beside })
  if ('heard' in wire) {
    redirect({ driver: overheard(driver, recorder), options })
    return { close: async () => undefined }
  }
  if ('opens' in wire) {
    const proxy = await standBeforeDevice(linkFrom(wire.opens, beside), recorder)
    redirect({ driver, options: wire.redirected(proxy.port) })
    return proxy
  }
  const elsewhere = await freePort()
  // First the gateway leaves the port to whoever stands before it; its driver tells nobody when that is done.
  redirect({ driver, options: wire.redirected(elsewhere) })
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

/** Cards and HID devices have no line of bytes that passes here: the driver itself tells what was said. */
async function listenAtDriver({ driver: { kind }, options, redirect, file }: Recorded): Promise<Between> {
  if (isHid(kind)) {
    const { nodeHidTransport } = await import('#drivers/hid/node-hid-transport.ts')
    redirect({ driver: hidDriver(kind, recordHid(nodeHidTransport, { file, driver: kind, options })), options })
    return { close: async () => undefined }
  }
  const { pcscOver } = await import('#drivers/pcsc/driver.ts')
  redirect({ driver: pcscOver(recordCards(file, options as PcscOptions)), options })
  return { close: async () => undefined }
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
