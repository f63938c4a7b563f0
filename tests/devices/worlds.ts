import type { Connection } from '#drivers/contract.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { World } from './conformance.ts'
import type { TestHost } from './test-host.ts'

/** A virtual device as a world needs it. */
export interface Played {
  close(): Promise<void>
  garbage(): Promise<void>
}

interface Play<Device extends Played> {
  start(place: DevicePlace): Promise<Device>
  use(device: Device, connection: Connection, host: TestHost): Promise<void>
  /** Besides `connection`. */
  options?: Record<string, unknown>
}

/** The device on a TCP port: it vanishes by hanging up and no longer listening. */
export async function tcpWorld<Device extends Played>({ start, use, options }: Play<Device>): Promise<World> {
  const port = await freePort()
  let device: Device | undefined
  const vanish = async () => {
    await device?.close()
    device = undefined
  }
  return {
    options: { ...options, connection: { tcp: { host: '127.0.0.1', port } } },
    async appear() {
      device = await start({ tcp: { port } })
    },
    vanish,
    garbage: async () => there(device).garbage(),
    use: async (connection, host) => use(there(device), connection, host),
    end: vanish,
  }
}

/** The device on a tty, joined by socat: it vanishes as a USB adapter does that is pulled out. */
export async function ttyWorld<Device extends Played>({ start, use, options }: Play<Device>): Promise<World> {
  const pair = await openTtyPair({ start: 'unplugged' })
  let device: Device | undefined
  const vanish = async () => {
    await pair.unplug()
    await device?.close()
    device = undefined
  }
  return {
    options: { ...options, connection: { serial: { path: pair.a, baudRate: 115_200 } } },
    async appear() {
      await pair.plug()
      device = await start({ tty: { path: pair.b } })
    },
    vanish,
    garbage: async () => there(device).garbage(),
    use: async (connection, host) => use(there(device), connection, host),
    async end() {
      await vanish()
      await pair.close()
    },
  }
}

function there<Device>(device: Device | undefined): Device {
  if (device === undefined) throw new Error('the device has not appeared')
  return device
}
