import { type Programme, programmeSchema } from '#programme/schema.ts'
import { VafaError } from '#runtime/errors.ts'
import { inForceAt, type Schedule } from '../programmes/schedule.ts'
import type { Desk } from './desk.ts'

/** A version of the programme that has decided something, kept for ever. */
export interface KeptProgramme {
  version: string
  document: string
}

export type Programmes = ReturnType<typeof createProgrammes>

/**
 * All versions of the rules that the books know: those of the schedule, and every one that has decided something.
 * A version is kept when it first decides: until then the next programme may still be changed or withdrawn.
 */
export function createProgrammes(kept: readonly KeptProgramme[]) {
  const history = new Map<number, Programme>()
  for (const { version, document } of kept) history.set(Number(version), programmeSchema.parse(JSON.parse(document)))
  const texts = new Map(kept.map(({ version, document }) => [Number(version), document]))
  let schedule: readonly Programme[] = []
  let all: readonly Programme[] = []

  const gather = () => {
    const scheduled = new Set(schedule.map((one) => one.version))
    all = [...schedule, ...[...history.values()].filter((one) => !scheduled.has(one.version))]
  }
  const at = (instant: string): Programme => {
    const [first, ...rest] = all
    if (!first) throw new Error('the books have no programme')
    return rest.length === 0 ? first : inForceAt([first, ...rest], instant)
  }

  return {
    /** Goes by another schedule from now on. Throws where a version of it has decided with other rules. */
    follow({ current, next }: Schedule): void {
      const fresh = next ? [current, next] : [current]
      for (const one of fresh) {
        const text = texts.get(one.version)
        if (text === undefined || text === JSON.stringify(one)) continue
        throw new VafaError({
          key: 'programme.changed',
          message: `programme version ${one.version} was in force with other rules`,
          hint: 'raise `version` in the programme: each version stands for one set of rules for ever',
        })
      }
      schedule = fresh
      gather()
    },
    /** In force at an instant (ISO 8601). */
    at,
    /** The rules of a version; those in force at an instant where the version is not known. */
    of: (version: number | undefined, instant: string): Programme =>
      (version === undefined ? undefined : all.find((one) => one.version === version)) ?? at(instant),
    /** Keeps the rules that are about to decide. */
    keep(programme: Programme, desk: Desk): Programme {
      const version = String(programme.version)
      if (desk.get('programme', version)) return programme
      const document = JSON.stringify(programme)
      desk.put('programme', version, { version, document })
      history.set(programme.version, programme)
      texts.set(programme.version, document)
      gather()
      return programme
    },
  }
}
