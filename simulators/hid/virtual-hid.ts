import type { HidDevice, HidHandle, HidTransport } from '#drivers/hid/transport.ts'
import { VafaError } from '#runtime/errors.ts'

/** HID devices of a machine that has none: no kernel here has `uhid`, so the seam of the drivers is played. */
export interface VirtualHid {
  readonly transport: HidTransport
  plug(device: VirtualHidDevice): PluggedHid
}

export interface VirtualHidDevice {
  device: HidDevice
  descriptor: Uint8Array
  console?: 'heard' | 'kept-off'
}

export interface PluggedHid {
  /** To whoever has it open, as the interrupt pipe brings it: one after another. */
  send(report: Uint8Array): void
  /** What was written to it. */
  readonly written: Uint8Array[]
  /** How many have it open. */
  readonly openings: number
  /** Resolves when somebody has it open and reads. */
  read(): Promise<void>
  unplug(): void
}

interface Opening {
  data: ((report: Uint8Array) => void) | undefined
  error: ((cause: unknown) => void) | undefined
}

export function createVirtualHid(): VirtualHid {
  const plugged = new Map<
    string,
    { what: VirtualHidDevice; openings: Set<Opening>; written: Uint8Array[]; readers: Set<() => void> }
  >()
  const transport: HidTransport = {
    list: async () => [...plugged.values()].map(({ what }) => what.device),
    async open(path): Promise<HidHandle> {
      const there = plugged.get(path)
      if (!there)
        throw new VafaError({
          key: 'device.absent',
          message: `${path}: it has just been unplugged`,
          hint: 'plug it in again',
          permanent: false,
        })
      const opening: Opening = { data: undefined, error: undefined }
      there.openings.add(opening)
      const { descriptor, console } = there.what
      return {
        descriptor,
        ...(console === undefined ? {} : { console }),
        onData(listener) {
          opening.data = listener
          for (const told of there.readers) told()
        },
        onError(listener) {
          opening.error = listener
        },
        async write(report) {
          if (plugged.get(path) !== there) throw new Error('No such device')
          there.written.push(Uint8Array.from(report))
        },
        async close() {
          there.openings.delete(opening)
        },
      }
    },
  }
  return {
    transport,
    plug(what) {
      const { path } = what.device
      const there = { what, openings: new Set<Opening>(), written: [], readers: new Set<() => void>() }
      plugged.set(path, there)
      return {
        written: there.written,
        get openings() {
          return there.openings.size
        },
        send(report) {
          for (const { data } of [...there.openings]) data?.(report)
        },
        read: () =>
          new Promise((resolve) => {
            const look = () => [...there.openings].some(({ data }) => data) && resolve()
            there.readers.add(look)
            look()
          }),
        unplug() {
          if (plugged.get(path) === there) plugged.delete(path)
          for (const { error } of [...there.openings]) error?.('could not read from HID device: No such device')
        },
      }
    },
  }
}
