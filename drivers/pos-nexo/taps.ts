import type { CredentialKind } from '#protocol/credentials.ts'
import type { ReplyError } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Runtime } from '#runtime/runtime.ts'

type MemberWord = Extract<TillResponse, { op: 'member' }>

/** Somebody has shown a card at the lane: who it is, or why it is nobody's. */
export type Tap =
  | { is: 'member'; word: MemberWord; kind?: CredentialKind }
  | { is: 'refused'; error: ReplyError; kind?: CredentialKind }

/** The lane forgets a tap without a sale after two minutes; a little earlier here, so that the till is told no old one. */
const standingMs = 110_000

/** What the lane says by itself of a card; of a sale's booking it may say errors by itself too. */
const isOfCard = ({ key }: ReplyError): boolean => /^(credential|card|finger|member|club)\./.test(key)

/** Who stands at the lane, as the lane itself says it, and who waits for somebody to come. */
export function createTaps(runtime: Runtime) {
  const waiting = new Set<(tap: Tap) => void>()
  let standing: { tap: Tap & { is: 'member' }; at: number } | undefined
  let kind: CredentialKind | undefined

  const came = (tap: Tap) => {
    standing = tap.is === 'member' ? { tap, at: runtime.monotonic() } : undefined
    for (const take of waiting) take(tap)
    waiting.clear()
  }
  return {
    /** What the lane says by itself. Returns the tap, where it was one. */
    hear(response: TillResponse): Tap | undefined {
      if (response.op !== 'member' && !(response.op === 'error' && isOfCard(response.error))) return undefined
      const by = kind === undefined ? {} : { kind }
      const tap: Tap =
        response.op === 'member' ? { is: 'member', word: response, ...by } : { is: 'refused', error: response.error, ...by }
      came(tap)
      return tap
    },
    /** How the card was read, which the lane’s own word does not say. */
    read(by: CredentialKind): void {
      kind = by
    },
    /** Whoever is there, or the next to come within `ms` milliseconds. */
    next({ ms, signal }: { ms: number; signal: AbortSignal }): Promise<Tap | 'late' | 'aborted'> {
      const there = this.standing()
      if (there) return Promise.resolve(there)
      return new Promise((resolve) => {
        const end = (outcome: Tap | 'late' | 'aborted') => {
          cancel()
          signal.removeEventListener('abort', aborted)
          waiting.delete(end)
          resolve(outcome)
        }
        const aborted = () => end('aborted')
        const cancel = runtime.after(ms, () => end('late'))
        signal.addEventListener('abort', aborted)
        waiting.add(end)
        if (signal.aborted) aborted()
      })
    },
    standing: () => (standing && runtime.monotonic() - standing.at < standingMs ? standing.tap : undefined),
    get waitedFor() {
      return waiting.size > 0
    },
    /** The customer is done, or was somebody else’s. */
    forget(): void {
      standing = undefined
      kind = undefined
    },
  }
}
export type Taps = ReturnType<typeof createTaps>
