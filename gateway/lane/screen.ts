import type { LaneScreen } from '#protocol/lane.ts'
import type { LaneSetup, LaneState } from './state.ts'

/** What may be shown at the lane of its state. */
export const screenOf = ({ lane, mode }: LaneSetup, { phase, uplink, shown }: LaneState): LaneScreen => ({
  lane,
  state: phase.at,
  mode,
  uplink,
  ...(shown.display ? { display: shown.display } : {}),
  prompts: [...shown.prompts],
})
