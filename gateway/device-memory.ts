import type { DeviceMemory } from '#drivers/contract.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { unsynced } from '#runtime/sqlite.ts'
import type { BoxDisk } from './database.ts'
import { openedText } from './sealing/seal.ts'
import { placeOf } from './sealing/sealed-tables.ts'

const keepMs = 7 * 24 * 3_600_000
const forgetEveryMs = 24 * 3_600_000

export type DeviceMemories = ReturnType<typeof openDeviceMemories>

/** The box's side of `DeviceMemory`: one table for all devices, cleared of what is older than a week. */
export function openDeviceMemories({ database, seal, runtime, log }: BoxDisk & { runtime: Runtime; log: Logger }) {
  const get = database.prepare<[string, string], Buffer>('SELECT value FROM device_memory WHERE device = ? AND key = ?').pluck()
  const put = database.prepare('INSERT OR REPLACE INTO device_memory (device, key, at, value) VALUES (?, ?, ?, ?)')
  const clear = database.prepare('DELETE FROM device_memory WHERE at < ?')
  const keep = unsynced(database, (device: string, key: string, value: string) => {
    put.run(device, key, runtime.now(), seal.seal(placeOf('device_memory', 'value', device, key), value))
  })
  const clearOld = unsynced(database, () => clear.run(runtime.now() - keepMs))
  let cancel: Cancel = () => {}

  const forgetOld = () => {
    try {
      clearOld()
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'what devices remember could not be cleared')
    }
    cancel = runtime.after(forgetEveryMs, forgetOld)
  }
  forgetOld()

  return {
    of: (device: string): DeviceMemory => ({
      find(key) {
        const sealed = get.get(device, key)
        return sealed && openedText(seal, placeOf('device_memory', 'value', device, key), sealed, log)
      },
      keep(key, value) {
        try {
          keep(device, key, value)
        } catch (cause) {
          throw new VafaError({
            key: 'box.unwritable',
            message: `what ${device} is to remember cannot be written: ${messageOf(cause)}`,
            hint: 'make room on the disk of the box',
            permanent: false,
            cause,
          })
        }
      },
    }),
    close: () => cancel(),
  }
}
