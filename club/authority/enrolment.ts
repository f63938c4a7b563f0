import { join } from 'node:path'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { readClubConfig } from '../config.ts'
import { readProgrammeKey } from '../key-file.ts'
import { currentKey, readRing } from '../token-keys/ring.ts'
import type { EnrolmentServer } from './enrolment-server.ts'
import type { Trust } from './trust.ts'

type Config = ReturnType<typeof readClubConfig>

/** Opens the port at which boxes enrol, with what this club hands out to them. */
export async function startEnrolment(given: {
  trust: Trust
  config: Config & { trust: NonNullable<Config['trust']> }
  brokerPort: number | undefined
  boxes: ReadonlyMap<string, unknown>
  runtime: Runtime
  log: Logger
}): Promise<EnrolmentServer> {
  const { trust, config, boxes, runtime, log } = given
  const { tokenKey } = config
  if (tokenKey === undefined)
    throw new VafaError({
      key: 'config.invalid',
      message: 'club.yaml: a club that enrols boxes hands them the key for tokens, and `tokenKey` is missing',
      hint: 'write `tokenKey: { keyid, secretFile }` as the stores have it',
    })
  readRing(tokenKey)
  const { keyid, publicKey } = readProgrammeKey(config.programmeKeyFile)
  const { startEnrolmentServer } = await import('./enrolment-server.ts')
  return startEnrolmentServer({
    listen: config.trust.enrolment,
    club: config.club,
    server: trust.server(),
    authority: trust.authority,
    register: trust.register,
    handedOut() {
      // That of the moment: a box of today begins with the key of today, and is told of the one before.
      const { keyid: tokenKeyid, secret } = currentKey(readRing(tokenKey))
      return {
        brokerPort: given.brokerPort ?? config.trust.listen.port,
        tokenKey: { keyid: tokenKeyid, secret },
        programmeKeys: [{ keyid, publicKey }],
      }
    },
    isStore: (store) => boxes.has(store),
    packageOf: (sha256) => join(config.fleetFolder, 'updates', `${sha256}.deb`),
    runtime,
    log,
  })
}
