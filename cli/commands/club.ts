import { startClub } from '#club/club.ts'
import { readClubConfig } from '#club/config.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { shareCompiled } from '../compile-cache.ts'
import { untilStopped } from './until-stopped.ts'

/** `vafa club`: runs until SIGTERM or SIGINT. Standard output says when it is ready; logs go to standard error. */
export async function runClub(options: { config: string }): Promise<void> {
  const config = readClubConfig(options.config)
  const club = await startClub({ config, runtime: systemRuntime, log: createLogger({ name: 'club' }) })
  process.stdout.write(`ready: club ${config.club} on ${config.listen.host}:${club.port}\n`)
  setImmediate(shareCompiled)
  untilStopped(() => club.close())
  const failure = await club.closed
  if (failure) throw failure
}
