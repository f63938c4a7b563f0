import { diskOf, gatewayConfig } from '#gateway/config.ts'
import { openGatewayDatabaseToRead } from '#gateway/database.ts'
import { readIdentity } from '#gateway/identity/identity.ts'
import { makeRangeCheckpoint } from '#gateway/range-checkpoint.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, systemRuntime } from '#runtime/runtime.ts'
import { writeNew } from './new-file.ts'

/** `vafa gateway checkpoint --out FILE`: what this box has told the club, signed with its certificate's key; also beside the running gateway. */
export function checkpoint(options: { config: string; out: string; from?: number; to?: number }): void {
  const config = readConfig(options.config, gatewayConfig)
  const { club, store } = config
  if (club.identity === undefined)
    throw new VafaError({
      key: 'identity.absent',
      message: 'a box with a password has no key to sign with',
      hint: 'give it a certificate: `vafa gateway enrol CODE` (docs/trust.md)',
    })
  const identity = readIdentity(pathBeside(options.config, club.identity))
  const { path, keyFile } = diskOf(config, { file: options.config })
  const disk = openGatewayDatabaseToRead(path, { keyFile })
  try {
    const { from, to } = options
    const made = makeRangeCheckpoint(disk, { club: club.name, store, identity, at: isoNow(systemRuntime), from, to })
    writeNew(options.out, `${JSON.stringify(made)}\n`, 0o644)
    process.stdout.write(`${options.out}: facts ${made.from} to ${made.to} of ${store}, signed by its box\n`)
  } finally {
    disk.database.close()
  }
}
