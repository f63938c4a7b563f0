import type { Sealed } from '#protocol/messages.ts'

/** The keys of cards that prove themselves, batch by batch in the order in which they came; each sealed to the club. */
export interface CardKeyRing {
  ring: string
  batches: readonly { batch: string; sealed: Sealed }[]
}

/** One thing that a card or phone can say only once, and the presentation that it was said in. */
export interface SpentProof {
  /** `token/counter`, or `token/step` of a rotating code; the token peppered. */
  proof: string
  presentationid: string
  store: string
  at: string
  /** Other presentations that showed it again: it was refused there. */
  refused: readonly string[]
}
