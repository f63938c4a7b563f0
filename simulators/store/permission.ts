import { networkOf } from '#agent/terminal/requests.ts'
import type { GatewayConfig } from '#gateway/config.ts'
import { simulatorsOn } from '#gateway/config.ts'
import { readPrivateData, tagValue } from '#protocol/iso8583/private-data.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { VafaError } from '#runtime/errors.ts'
import type { VirtualTerminal } from '../terminal/virtual-terminal.ts'

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

/** As `askLeave`, for a terminal: the answer to its sign-on says so. */
export async function askLeaveOfTerminal(t: Pick<VirtualTerminal, 'begin' | 'exchange'>, where: string): Promise<void> {
  const { fields } = await t.exchange(networkOf(t.begin(), '001'))
  const said = readPrivateData(fields[48]) ?? []
  if (tagValue(said, 'SM') === 'welcome') return
  if (fields[39] === '00') throw liveLane(where)
  throw new VafaError({
    key: 'terminal.refused',
    message: `the box answered ${fields[39]}${fields[44] ? ` (${fields[44]})` : ''} to the terminal’s sign-on`,
    hint: 'docs/devices/pos-iso8583.md: the terminal’s name, its port, certificate or key',
  })
}

const liveLane = (lane: string): VafaError =>
  new VafaError({
    key: 'sim.live-lane',
    message: `${lane} serves customers: no simulator acts there`,
    hint: 'play on a lane with `mode: training`; a store without customers says `simulators: all-lanes` in its gateway.yaml',
  })
