import type { Credential } from '#protocol/credentials.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { TillRequest } from '#protocol/lane.ts'
import type { LaneSetup } from './state.ts'

/** Where nobody works, nobody sells, and nobody says who somebody else is. */
const kioskOps: ReadonlySet<TillRequest['op']> = new Set([
  'ping',
  'cancel',
  'enrol',
  'enrol-finger',
  'forget-finger',
  'send-code',
  'prove-mobile',
  'issue-code',
  'react',
  'answer-survey',
  'print',
  'staff',
] as const)

/** A proven mobile can be signed up with for so long. */
const provenMs = 15 * 60_000

export interface KioskGuardOptions {
  setup: Pick<LaneSetup, 'kind'>
  /** Milliseconds that never go back. */
  now(): number
  tokenOf(mobile: string): Credential
}

/**
 * What a kiosk's page may not ask: whoever stands there types anything. A mobile counts when the code that was sent to it
 * has been typed, else anybody could read another's account, or sign up under another's number.
 */
export function guardKiosk({ setup, now, tokenOf }: KioskGuardOptions) {
  let proven: { token: string | undefined; at: number } | undefined
  return {
    proved({ token }: Credential): void {
      proven = { token, at: now() }
    },
    /** The visitor has gone. */
    left(): void {
      proven = undefined
    },
    /** Why a request is not for a kiosk; undefined where it is, and at a checkout always. */
    refuses(request: TillRequest): { key: ErrorKey; reason: string } | undefined {
      if (setup.kind !== 'kiosk') return undefined
      if (!kioskOps.has(request.op)) return { key: 'request.invalid', reason: `op: a kiosk does not “${request.op}”` }
      if (request.op !== 'enrol') return undefined
      if (request.credentials?.length) return { key: 'request.invalid', reason: 'credentials: a kiosk reads them itself' }
      const { mobile } = request.profile
      const known = proven && now() - proven.at <= provenMs ? proven.token : undefined
      if (mobile === undefined || known === undefined || tokenOf(mobile).token !== known)
        return { key: 'code.needed', reason: 'profile.mobile: the code that was sent to it was not entered' }
      return undefined
    },
  }
}
