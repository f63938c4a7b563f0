import { type FSWatcher, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProcess, type WatchedProcess } from '#simulators/process/watched-process.ts'

/** A Mosquitto of a test's own, with the files of a folder that `vafa club broker-config mosquitto` wrote. */
export interface PrivateMosquitto {
  readonly output: () => string
  stop(): Promise<void>
  /** Killed, and started anew. */
  restart(): Promise<void>
}

/** It reads its certificates again when they change, as the written path unit has it. */
export async function startPrivateMosquitto(folder: string): Promise<PrivateMosquitto> {
  const written = readFileSync(join(folder, 'mosquitto.conf'), 'utf8')
  const file = join(folder, 'mosquitto-of-test.conf')
  // As root it would become the user `mosquitto`, who may not read a test's folder.
  writeFileSync(file, process.getuid?.() === 0 ? `user root\n${written}` : written)
  const start = async () => {
    const started = startProcess('mosquitto', ['-c', file], { PATH: `${process.env.PATH}:/usr/sbin` })
    await started.line(/mosquitto version \S+ running/).catch(async (error: unknown) => {
      await started.stop()
      throw error
    })
    return started
  }
  let running: WatchedProcess = await start()
  const watcher: FSWatcher = watch(folder, (_, name) => {
    if (name === 'revoked.pem' || name === 'server.pem') running.signal('SIGHUP')
  })
  return {
    output: () => running.output(),
    async stop() {
      watcher.close()
      await running.stop()
    },
    async restart() {
      running.signal('SIGKILL')
      await running.ended
      running = await start()
    },
  }
}
