import { inForceAt, inForceFromMs } from '#programme/in-force.ts'
import type { Programme } from '#programme/schema.ts'
import type { VerifyingKey } from '#protocol/signing.ts'
import type { ProgrammeState } from '#protocol/state.ts'
import {
  type Refusal,
  readProgrammes,
  type SignedProgramme,
  type SignedProgrammes,
  writeProgrammes,
} from './signed-programmes.ts'

const listed = (...some: (SignedProgramme | undefined)[]): Programme[] => some.flatMap((one) => (one ? [one.programme] : []))

/**
 * The programmes that a box decides with: what was in force before, the current one, and the next with its instant.
 * Only what the club signed gets in, from the line as from the disk, and the version in force never goes back.
 */
export function createProgrammes({ keys }: { keys: readonly VerifyingKey[] }) {
  let held: Partial<SignedProgrammes> = {}
  let refused: ProgrammeState['refused']

  const all = () => listed(held.before, held.current, held.next)
  const refuse = (refusal: Refusal, now: number): Refusal => {
    refused = { ...refusal, at: new Date(now).toISOString() }
    return refusal
  }

  return {
    /** The one that decides what happens at an instant (milliseconds since 1970). */
    at: (instantMs: number): Programme | undefined => inForceAt(all(), instantMs),
    /** The version that a quote was made by, if the box has it. */
    ofVersion: (version: number): Programme | undefined => all().find((one) => one.version === version),

    /**
     * Takes all of what the club sent, or nothing of it; the reason where it is nothing. A box whose clock is not to be
     * trusted (`trusted`) does not take it for granted that the next programme's time has come.
     */
    accept(json: unknown, { now, trusted }: { now: number; trusted: boolean }): Refusal | undefined {
      // `before` is the box's own word: from outside it would be a way back.
      const fresh = readProgrammes(json !== null && typeof json === 'object' ? { ...json, before: undefined } : json, keys)
      if ('key' in fresh) return refuse(fresh, now)
      const inForce = trusted ? inForceAt(all(), now) : inForceAt(listed(held.before, held.current), Number.POSITIVE_INFINITY)
      const refusal = inForce && faultAfter(inForce, fresh, trusted ? now : Number.NEGATIVE_INFINITY)
      if (refusal) return refuse(refusal, now)
      const earlier = [held.before, held.current, held.next].findLast(
        (one) =>
          one && inForce && one.programme.version <= inForce.version && one.programme.version < fresh.current.programme.version,
      )
      held = { ...fresh, ...(earlier ? { before: earlier } : {}) }
      refused = undefined
      return undefined
    },

    /** Takes what lay on the box's disk: it is trusted no more than the line is. */
    restore(json: unknown, now: number): Refusal | undefined {
      const kept = readProgrammes(json, keys)
      if ('key' in kept) return refuse(kept, now)
      held = kept
      return undefined
    },
    /** What `restore` takes again; undefined where there is nothing yet. */
    kept: (): string | undefined => (held.current ? writeProgrammes({ ...held, current: held.current }) : undefined),

    state(now: number): ProgrammeState {
      const version = inForceAt(all(), now)?.version
      const from = held.next && inForceFromMs(held.next.programme)
      const next =
        held.next && from !== undefined && from > now
          ? { version: held.next.programme.version, from: new Date(from).toISOString() }
          : undefined
      return { ...(version === undefined ? {} : { version }), ...(next ? { next } : {}), ...(refused ? { refused } : {}) }
    },
  }
}

/** What is wrong with `fresh` after a programme that is in force here. */
function faultAfter(inForce: Programme, { current, next }: SignedProgrammes, now: number): Refusal | undefined {
  const taken = inForceAt(listed(current, next), now)
  if (taken && taken.version < inForce.version)
    return {
      key: 'programme.older',
      reason: `version ${inForce.version} is in force here, and ${taken.version} is an older one`,
    }
  // A version stands for one set of rules for ever, once it has been in force.
  const same = listed(current, next).find(({ version }) => version === inForce.version)
  if (!same || JSON.stringify(same) === JSON.stringify(inForce)) return undefined
  return {
    key: 'programme.changed',
    reason: `version ${inForce.version} is in force here with other rules: a change needs a higher version`,
  }
}
