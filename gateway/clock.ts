import type { ClockTrust } from '#protocol/envelope.ts'
import type { Runtime } from '#runtime/runtime.ts'

/** The box's wall clock, corrected by its offset to the club's. */
export interface ClubClock {
  /** Milliseconds since 1970, corrected. */
  now(): number
  trust(): ClockTrust
  /** The club's clock less the box's, milliseconds; undefined until it has been measured. */
  skewMs(): number | undefined
  /** One measurement: when the question left and its answer came, by the box's wall clock, and the club's time in between. */
  measured(sample: { sentAt: number; receivedAt: number; clubTime: number }): void
}

/** Over this, a round trip says too little of the moment in which the club read its clock. */
const longestRoundTripMs = 2_000

export function createClubClock(runtime: Runtime): ClubClock {
  let skew: number | undefined
  return {
    now: () => runtime.now() + (skew ?? 0),
    trust: () => (skew === undefined ? 'unsynced' : 'corrected'),
    skewMs: () => skew,
    measured({ sentAt, receivedAt, clubTime }) {
      const roundTrip = receivedAt - sentAt
      if (roundTrip < 0 || roundTrip > longestRoundTripMs) return
      skew = Math.round(clubTime - (sentAt + roundTrip / 2))
    },
  }
}
