import { VafaError } from '#runtime/errors.ts'
import type { Act } from './acts.ts'
import type { FaultKind } from './faults.ts'
import type { Part } from './virtual-device.ts'

export const cannotDo = ({ device }: Part, { do: what }: Act): VafaError =>
  new VafaError({
    key: 'sim.cannot',
    message: `${device} is no device to ${what} at`,
    hint: 'name another `device`; docs/simulators.md lists what each can',
  })

export const cannotFail = ({ device }: Part, kind: FaultKind): VafaError =>
  new VafaError({
    key: 'sim.no-such-fault',
    message: `${device} cannot have the fault “${kind}”`,
    hint: 'docs/simulators.md lists the faults of each device',
  })

/** The configuration names a real device there: a simulator has nowhere to stand. */
export const notPlayable = ({ device }: Pick<Part, 'device'>, why: string, hint: string): VafaError =>
  new VafaError({ key: 'config.no-virtual-device', message: `${device} cannot be played: ${why}`, hint })
