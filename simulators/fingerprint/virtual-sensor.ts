import { createPacketDecoder, encodePacket } from '#drivers/fingerprint-r30x/packets.ts'
import { type DevicePlace, openDeviceLine } from '../line/device-line.ts'
import { createSensorModel, emptyFlash, fillFlash, type Pressed, type SensorFlash } from './sensor-model.ts'

/**
 * `wrong-checksum`: the next answers arrive damaged. `half-frame`: half an answer, then nothing. `silent`: nothing at
 * all. `slow`: each answer a second late. `worn`: its flash takes nothing any more.
 */
export type SensorFault = 'none' | 'wrong-checksum' | 'half-frame' | 'silent' | 'slow' | 'worn'
export const sensorFaults: readonly SensorFault[] = ['none', 'wrong-checksum', 'half-frame', 'silent', 'slow', 'worn']

export interface VirtualSensor {
  /** The TCP port, where it has one. */
  readonly port: number | undefined
  /** What it keeps without power; give it to the next one, and it is the same module again. */
  readonly flash: SensorFlash
  /** Lays a finger on the glass until it is lifted. A seed is a finger. */
  press(finger: string, image?: Pressed['image']): void
  lift(): void
  /** Resolves when the host has taken an image (of whatever lies there) this many more times. */
  looked(times?: number): Promise<void>
  /** `times`: for so many answers only. */
  fault(fault: SensorFault, times?: number): void
  /** No slot is free any more. */
  fill(): void
  readonly light: { mode: number; colour: number } | undefined
  garbage(): Promise<void>
  hangUp(): void
  close(): Promise<void>
}

export interface VirtualSensorOptions {
  flash?: SensorFlash
  capacity?: number
  password?: number
  address?: number
}

const slowMs = 1_000
/** At power up a module says 55. */
const powerUp = Uint8Array.of(0x55)
const takeImage = 0x01

/** A fingerprint module on a serial line, or on TCP behind a serial device server. */
export async function startVirtualSensor(place: DevicePlace, options: VirtualSensorOptions = {}): Promise<VirtualSensor> {
  const { flash = emptyFlash(), capacity = 200, password = 0, address = 0xffff_ffff } = options
  let fault: SensorFault = 'none'
  let faultsLeft = Number.POSITIVE_INFINITY
  let looks = 0
  const waiting = new Set<{ until: number; resolve(): void }>()
  const timers = new Set<NodeJS.Timeout>()
  const model = createSensorModel({ flash, capacity, password, address, worn: () => fault === 'worn' })
  const decoder = createPacketDecoder()

  const countLook = () => {
    looks += 1
    for (const one of waiting)
      if (looks >= one.until) {
        waiting.delete(one)
        one.resolve()
      }
  }

  const send = async (payload: Buffer) => {
    const bytes = encodePacket({ address, kind: 'acknowledge', payload })
    const now = faultsLeft > 0 ? fault : 'none'
    if (now !== 'worn') faultsLeft -= 1
    if (now === 'silent') return
    if (now === 'wrong-checksum') bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff
    const sent = now === 'half-frame' ? bytes.subarray(0, bytes.length >> 1) : bytes
    if (now !== 'slow') return line.send(sent)
    const timer = setTimeout(() => {
      timers.delete(timer)
      void line.send(sent).catch(() => undefined)
    }, slowMs)
    timers.add(timer)
  }

  const line = await openDeviceLine(place, {
    onData(bytes) {
      for (const result of decoder.decode(bytes)) {
        if (result.kind !== 'packet' || result.packet.kind !== 'command' || result.packet.address !== address) continue
        const { payload } = result.packet
        const answer = model.answer(payload)
        if (payload[0] === takeImage) countLook()
        // A host that is gone hears nothing.
        send(answer).catch(() => undefined)
      }
    },
    onConnect: () => decoder.reset(),
  })
  if ('tty' in place) await line.send(powerUp)

  return {
    port: line.port,
    flash,
    press: (finger, image = 'good') => model.press({ finger, image }),
    lift: model.lift,
    looked: (times = 2) => new Promise((resolve) => waiting.add({ until: looks + times, resolve })),
    fault(next, times = Number.POSITIVE_INFINITY) {
      fault = next
      faultsLeft = times
    },
    fill: () => fillFlash(flash, capacity),
    get light() {
      return model.light
    },
    garbage: () => line.send(Uint8Array.of(0x55, 0xef, 0x01, 0x00, 0xff, 0xef, 0x01, 0x80)),
    hangUp: line.hangUp,
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await line.close()
    },
  }
}
