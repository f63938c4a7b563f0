import { existsSync } from 'node:fs'
import { gatewayConfig } from '#gateway/config.ts'
import { openClubLogin } from '#gateway/identity/club-login.ts'
import { salvage } from '#gateway/identity/salvage.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** `vafa gateway salvage OLD.sqlite -c gateway.yaml`: what a broken box's disk still holds goes to the club. */
export async function salvageDatabase(database: string, options: { config: string; key?: string }): Promise<void> {
  if (!existsSync(database))
    throw new VafaError({
      key: 'database.absent',
      message: `there is no database ${database}`,
      hint: 'copy gateway.sqlite from the old disk, with its -wal and -shm files beside it',
    })
  const { club, store } = readConfig(options.config, gatewayConfig)
  const log = createLogger({ name: 'salvage' })
  const runtime = systemRuntime
  const login = await openClubLogin({ ...club, store }, { beside: (path) => pathBeside(options.config, path), runtime, log })
  // While the club is away nothing else keeps the process.
  const alive = setInterval(() => {}, 60_000)
  try {
    const { found, settled } = await salvage({
      database,
      keyFile: options.key,
      club: club.name,
      store,
      url: club.url,
      login: login.login,
      runtime,
      log,
    })
    process.stdout.write(
      found === 0
        ? `${database} holds nothing that the club does not have\n`
        : `${settled} of ${found} facts of ${database} are with the club now\n`,
    )
  } finally {
    clearInterval(alive)
    login.close()
  }
}
