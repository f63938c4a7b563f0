import type { Draft } from './draft.ts'
import type { Hold } from './state.ts'
import { checkStage, holdMoves } from './transitions.ts'

/** Stages of a hold that can still end in its sale. */
const open: ReadonlySet<Hold['stage']> = new Set(['queued', 'intending', 'asking', 'held'])

/** What is held, or asked for, for a sale that is not paid. */
export const holdOf = ({ state }: Draft, saleid: string): Hold | undefined =>
  state.holds.find((hold) => hold.saleid === saleid && open.has(hold.stage))

export const holdById = ({ state }: Draft, redemptionid: string): Hold | undefined =>
  state.holds.find((hold) => hold.redemptionid === redemptionid)

export function putHold(draft: Draft, hold: Hold) {
  checkStage(holdMoves, holdById(draft, hold.redemptionid)?.stage, hold.stage)
  const others = draft.state.holds.filter(({ redemptionid }) => redemptionid !== hold.redemptionid)
  draft.state = { ...draft.state, holds: [...others, hold] }
}

export function dropHold(draft: Draft, redemptionid: string) {
  checkStage(holdMoves, holdById(draft, redemptionid)?.stage, 'over')
  draft.state = { ...draft.state, holds: draft.state.holds.filter((hold) => hold.redemptionid !== redemptionid) }
}

export const holdTimer = ({ redemptionid }: Pick<Hold, 'redemptionid'>) => `hold:${redemptionid}`
