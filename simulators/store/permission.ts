import type { GatewayConfig } from '#gateway/config.ts'
import { simulatorsOn } from '#gateway/config.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { VafaError } from '#runtime/errors.ts'

/** Why a simulator may not act on these lanes of a store, by its configuration; undefined where it may. */
export function refusedOn(config: GatewayConfig, lanes: readonly string[]): VafaError | undefined {
  const live = lanes.find((name) => {
    const lane = config.lanes.find((one) => one.lane === name)
    return lane !== undefined && simulatorsOn(lane, config) === 'refused'
  })
  return live === undefined ? undefined : liveLane(live)
}

/** Asks the lane itself, before anything is done there: a till's line knows no configuration. */
export async function askLeave(till: { request(call: { op: 'ping' }): Promise<TillResponse> }, where: string): Promise<void> {
  const answer = await till.request({ op: 'ping' })
  if (answer.op === 'pong' && answer.simulators === 'welcome') return
  throw liveLane(where)
}

const liveLane = (lane: string): VafaError =>
  new VafaError({
    key: 'sim.live-lane',
    message: `${lane} serves customers: no simulator acts there`,
    hint: 'play on a lane with `mode: training`; a store without customers says `simulators: all-lanes` in its gateway.yaml',
  })
