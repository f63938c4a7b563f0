import { readSecret } from '#runtime/config.ts'
import type { Logger } from '#runtime/log.ts'
import type { MqttLogin } from '#runtime/mqtt-client.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { GatewayConfig } from '../config.ts'
import { type BoxIdentity, identityHolds, readIdentity } from './identity.ts'

/** The enrolment port of a club that says nothing else. */
export const enrolmentPort = 8884

/** Where a box renews its certificate. */
export const enrolmentUrl = ({ url, enrolment }: GatewayConfig['club']): URL =>
  new URL(enrolment ?? `https://${new URL(url.replace(/^mqtts?:/, 'https:')).hostname}:${enrolmentPort}`)

export interface ClubLogin {
  login(): MqttLogin
  /** Undefined where it logs in by a password. */
  identity: (() => BoxIdentity) | undefined
  until(): number | undefined
  close(): void
}

/** What a box shows at the club: its password, or its certificate, which is then kept fresh. */
export async function openClubLogin(
  club: GatewayConfig['club'] & { store: string },
  { beside, runtime, log }: { beside(path: string): string; runtime: Runtime; log: Logger },
): Promise<ClubLogin> {
  if (club.identity === undefined) {
    const password = readSecret(beside(club.secretFile ?? ''), "the store's password at the club")
    return { login: () => ({ username: club.store, password }), identity: undefined, until: () => undefined, close: () => {} }
  }
  const folder = beside(club.identity)
  let identity = readIdentity(folder)
  const { keepIdentityFresh } = await import('./renewal.ts')
  const freshness = keepIdentityFresh({
    folder,
    url: enrolmentUrl(club),
    runtime,
    log: log.child({ part: 'identity' }),
    // Shown from the next connection on; the one that is open stays.
    onRenewed: (renewed) => {
      identity = renewed
    },
  })
  return { login: () => identity, identity: () => identity, until: () => identityHolds(identity).until, close: freshness.close }
}
