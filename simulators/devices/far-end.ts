import { existsSync } from 'node:fs'
import type { DeviceLink } from '#drivers/stream/connection.ts'
import { isLoopback } from '#runtime/loopback.ts'
import type { DevicePlace } from '../line/device-line.ts'
import { openTtyPair } from '../line/tty-pair.ts'
import { notPlayable } from './refusals.ts'

/** A device at its own end of the line that the gateway opens. */
export interface AtFarEnd<Device> {
  /** As it stands there now: another one after `hangUp` on a tty. */
  readonly device: Device
  /** Cuts the line in the middle, and puts it together again: a TCP connection is ended, an adapter pulled and put back. */
  hangUp(): Promise<void>
  close(): Promise<void>
}

interface Hanging {
  hangUp(): void
  close(): Promise<void>
}

/**
 * Puts a device where the gateway opens one by `link`: on the port that it calls, or at the other end of a tty that is
 * made for it. What is there already is a real device's, and is left alone. Rejects with `config.no-virtual-device`.
 */
export async function standAt<Device extends Hanging>(
  link: DeviceLink,
  name: string,
  start: (place: DevicePlace) => Promise<Device>,
): Promise<AtFarEnd<Device>> {
  const fail = (why: string, hint: string) => notPlayable({ device: name }, why, hint)
  if ('tcp' in link) {
    const { host, port } = link.tcp
    if (!isLoopback(host)) throw fail(`it is another machine’s, ${host}`, 'give it `tcp: { host: 127.0.0.1, port }` to play it')
    const device = await start({ tcp: { port } })
    return { device, hangUp: async () => device.hangUp(), close: () => device.close() }
  }
  if ('file' in link)
    throw fail(`it is the file ${link.file.path}`, 'give it `tcp: { host: 127.0.0.1, port }` or a serial path to play it')
  const { path } = link.serial
  if (existsSync(path)) throw fail(`${path} is there already`, 'a simulator makes the path itself: name one that is not there')
  const pair = await openTtyPair({ near: path })
  const place = { tty: { path: pair.b, opened: pair.opened } }
  try {
    let device = await start(place)
    return {
      get device() {
        return device
      },
      async hangUp() {
        await pair.unplug()
        await device.close()
        await pair.plug()
        device = await start(place)
      },
      async close() {
        await device.close()
        await pair.close()
      },
    }
  } catch (error) {
    await pair.close()
    throw error
  }
}
