import type { DeviceMemory } from '#drivers/contract.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { type Database, unsynced } from '#runtime/sqlite.ts'

const keepMs = 7 * 24 * 3_600_000
const forgetEveryMs = 24 * 3_600_000

export type DeviceMemories = ReturnType<typeof openDeviceMemories>

/** The box's side of `DeviceMemory`: one table for all devices, cleared of what is older than a week. */
export function openDeviceMemories({ database, runtime, log }: { database: Database; runtime: Runtime; log: Logger }) {
  const get = database.prepare<[string, string], string>('SELECT value FROM device_memory WHERE device = ? AND key = ?').pluck()
  const put = database.prepare('INSERT OR REPLACE INTO device_memory (device, key, at, value) VALUES (?, ?, ?, ?)')
  const clear = database.prepare('DELETE FROM device_memory WHERE at < ?')
  const keep = unsynced(database, (device: string, key: string, value: string) => {
    put.run(device, key, runtime.now(), value)
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
      find: (key) => get.get(device, key),
      keep: (key, value) => keep(device, key, value),
    }),
    close: () => cancel(),
  }
}
