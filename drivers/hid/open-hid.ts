import { messageOf, VafaError } from '#runtime/errors.ts'
import type { DeviceHost } from '../contract.ts'
import { type HidKind, type HidSelection, selectDevice } from './device-selection.ts'
import { parseReportDescriptor, type ReportMap } from './report-descriptor.ts'
import type { HidDevice, HidHandle, HidTransport } from './transport.ts'

/** A HID device with the manners of a connection: one end, told once, and nothing heard after it. */
export interface OpenHid {
  readonly device: HidDevice
  readonly map: ReportMap
  readonly console: HidHandle['console']
  /** Call it once, at once: nothing is read before. */
  onReport(listener: (report: Uint8Array) => void): void
  readonly closed: Promise<VafaError | undefined>
  close(): Promise<void>
}

/** A device that is there and sends nothing of what its kind sends: it is let go, and the reason is given. */
export async function noSuchReport({ device, close }: OpenHid, kind: HidKind): Promise<VafaError> {
  await close()
  return new VafaError({
    key: 'device.unusable',
    message: `${device.title} at ${device.path} has no report with what a ${kind.title} sends`,
    hint: kind.hint,
    permanent: false,
  })
}

/** Finds and opens the device, or rejects with a retryable `VafaError`. */
export async function openHid(
  transport: HidTransport,
  { selection, kind, host }: { selection: HidSelection; kind: HidKind; host: DeviceHost },
): Promise<OpenHid> {
  const { signal } = host
  const letGo = () =>
    new VafaError({ key: 'device.let-go', message: `${kind.title}: let go before it was open`, permanent: false })
  if (signal.aborted) throw letGo()
  const device = await selectDevice(await transport.list(), selection, kind)
  const handle = await transport.open(device.path)
  const map = parseReportDescriptor(handle.descriptor)
  if (signal.aborted || !map) {
    await handle.close()
    if (signal.aborted) throw letGo()
    throw new VafaError({
      key: 'device.unusable',
      message: `${device.title} at ${device.path}: what it says of its reports makes no sense`,
      hint: 'unplug it and plug it in again; if it stays so, use another of its modes (serial)',
      permanent: false,
    })
  }

  const closed = Promise.withResolvers<VafaError | undefined>()
  let ended: Promise<void> | undefined
  const finish = (reason: VafaError | undefined): Promise<void> => {
    if (ended) return ended
    signal.removeEventListener('abort', abort)
    ended = handle
      .close()
      .catch((error: unknown) => host.log.debug({ device: host.device, error: messageOf(error) }, 'a HID device did not close'))
    // Released first: who hears of the end may open it again at once.
    void ended.then(() => closed.resolve(reason))
    return ended
  }
  const abort = () => void finish(undefined)
  signal.addEventListener('abort', abort)
  handle.onError((cause) => {
    void finish(
      new VafaError({
        key: 'device.gone',
        message: `${device.title} at ${device.path}: it cannot be read any more (${messageOf(cause)})`,
        hint: 'check its cable; plug it in again',
        permanent: false,
        cause,
      }),
    )
  })
  return {
    device,
    map,
    console: handle.console,
    onReport: (listener) => handle.onData((report) => ended === undefined && listener(report)),
    closed: closed.promise,
    close: () => finish(undefined),
  }
}
