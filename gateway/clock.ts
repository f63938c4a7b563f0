import type { ClockTrust } from '#protocol/envelope.ts'
import type { Runtime } from '#runtime/runtime.ts'

/** The club's time as the box knows it: by a clock that nobody sets, from the last measurement on. */
export interface ClubClock {
  /** Milliseconds since 1970, corrected; whole ones. */
  now(): number
  /**
   * As `now`, undefined where the box has not heard the club's time since the machine came up: its own clock may say
   * anything then (no battery, 1970), and nothing that ends may be given by it.
   */
  certain(): number | undefined
  trust(): ClockTrust
  /** The club's clock less the box's, milliseconds; undefined until it has been measured. */
  skewMs(): number | undefined
  /** One measurement: when the question left and its answer came, by the box's wall clock, and the club's time in between. */
  measured(sample: { sentAt: number; receivedAt: number; clubTime: number }): void
}

/** The club's time at one moment of this boot. */
export interface Anchor {
  /** Milliseconds since the machine came up. */
  sinceBoot: number
  clubTime: number
}

/** Where the last measurement outlasts a restart of the gateway; of the machine it must not. */
export interface AnchorMemory {
  /** Of this boot; undefined where there is none. */
  load(): Anchor | undefined
  save(anchor: Anchor): void
}

/** Over this, a round trip says too little of the moment in which the club read its clock. */
const longestRoundTripMs = 2_000
/** An anchor on disk is as good as one by this much, and is not written again. */
const sameMs = 1_000

/**
 * `sinceBoot`: milliseconds that never go back and that all processes of this boot share. The wall clock is asked until
 * the club's time is known, and never after: whoever sets it, forward or back, moves nothing here.
 */
export function createClubClock(
  runtime: Runtime,
  { sinceBoot = runtime.monotonic, memory }: { sinceBoot?: () => number; memory?: AnchorMemory } = {},
): ClubClock {
  const known = memory?.load()
  let anchor = known && known.sinceBoot <= sinceBoot() ? known : undefined
  let kept = anchor
  const certain = () => anchor && Math.round(anchor.clubTime + (sinceBoot() - anchor.sinceBoot))
  const now = () => certain() ?? runtime.now()
  return {
    now,
    certain,
    trust: () => (anchor === undefined ? 'unsynced' : 'corrected'),
    skewMs: () => (anchor === undefined ? undefined : Math.round(now() - runtime.now())),
    measured({ sentAt, receivedAt, clubTime }) {
      const roundTrip = receivedAt - sentAt
      if (roundTrip < 0 || roundTrip > longestRoundTripMs) return
      anchor = { sinceBoot: sinceBoot(), clubTime: clubTime + roundTrip / 2 }
      const drift = kept && anchor.clubTime - anchor.sinceBoot - (kept.clubTime - kept.sinceBoot)
      if (drift !== undefined && Math.abs(drift) < sameMs) return
      kept = anchor
      memory?.save(anchor)
    },
  }
}
