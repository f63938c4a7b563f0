import type { DeviceEvent, LaneNotice } from '#drivers/contract.ts'
import type { LaneScreen, TillResponse } from '#protocol/lane.ts'
import { messageOf } from '#runtime/errors.ts'
import type { BookedFact } from '../outbox.ts'
import { recoveredFrom } from './disk.ts'
import type { LaneHardware } from './hardware.ts'
import type { Intent, LaneInput } from './inputs.ts'
import { traceLane } from './lane-trace.ts'
import { step } from './machine.ts'
import { createPerforming } from './performing.ts'
import { createRequests } from './requests.ts'
import { scanned } from './scanned.ts'
import { createShowing } from './showing.ts'
import { initialLane, type LaneSetup, type LaneState } from './state.ts'
import { createStrangers } from './strangers.ts'
import { createTapSignals } from './tap-signals.ts'
import type { LaneHands, LaneWorld } from './world.ts'

export interface LaneOptions {
  setup: LaneSetup
  hardware: LaneHardware
  world: LaneWorld
  showScreen?(screen: LaneScreen): void
}

export type Lane = ReturnType<typeof runLane>

/** Runs one lane: takes what happens, has done what the machine says (performing.ts), one input after the other. */
export function runLane({ setup, hardware, world, showScreen }: LaneOptions) {
  const cashier = world.cashiers.find(setup.lane)
  let state: LaneState = {
    ...initialLane,
    uplink: world.uplink.proved ? 'online' : 'offline',
    ...(cashier ? { cashier } : {}),
  }
  const inputs: LaneInput[] = []
  let busy = false
  let closed = false

  const take = (input: LaneInput): void => {
    inputs.push(input)
    if (busy) return
    busy = true
    const before = state
    try {
      for (let next = inputs.shift(); next; next = inputs.shift()) {
        const result = step(setup, state, next)
        state = result.state
        for (const effect of result.effects) performing.perform(effect)
      }
    } catch (error) {
      // A fault here must not end the other lanes; what is on disk is sent and answered all the same.
      log.error({ reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'the lane met a fault')
    } finally {
      busy = false
    }
    changed(before)
  }

  const changed = (before: LaneState): void => {
    const { phase, shown, uplink } = state
    if (phase.at === 'idle' && before.phase.at !== 'idle') {
      trace.idle()
      requests.left()
    }
    if (shown.display !== before.shown.display) showing.displayOf(state)
    if (shown !== before.shown || phase.at !== before.phase.at || uplink !== before.uplink) showScreen?.(showing.screenOf(state))
  }

  const log = world.log.child({ lane: setup.lane })
  const trace = traceLane({ tracer: world.tracer, facts: world.traces, lane: setup.lane })
  const hands: LaneHands = { setup, hardware, world, log, trace, take, isClosed: () => closed }
  const strangers = createStrangers({ now: world.runtime.monotonic })
  const tapSignals = createTapSignals({ hardware, lane: setup.lane })
  const performing = createPerforming({ ...hands, strangers, tapSignals })
  const showing = createShowing(hands)
  const tell = (response: TillResponse): void => {
    if (!closed) performing.perform({ kind: 'tell', response })
  }
  const requests = createRequests({ ...hands, strangers, showing, tell, state: () => state })

  /** To tills that pass on what happens at the lane besides what it says itself. */
  const notice = (happened: LaneNotice): void => {
    for (const till of hardware.tills) till.notice?.(happened)
  }

  return {
    get state() {
      return state
    },
    hardware,
    request: requests.take,
    deviceEvent(device: string, event: DeviceEvent) {
      switch (event.kind) {
        case 'credential':
          tapSignals.tapped(device)
          notice({ kind: 'presented', via: event.credential.kind })
          return requests.presented(event.credential, device)
        case 'refused':
          tapSignals.refused(device)
          return take({ kind: 'refused', key: event.key, reason: event.reason })
        case 'scan':
          return tell(scanned(event.scan, world.products()))
        case 'till':
          return requests.take(event.request, device)
        case 'till-invalid':
          return log.info({ device, reason: event.reason }, 'a till sent what is no request')
        case 'finger':
          return
        case 'removed':
          return notice({ kind: 'removed' })
        case 'printer-status':
          return notice({ kind: 'printer', status: event.status })
      }
    },
    uplink(now: 'online' | 'offline'): void {
      take({ kind: 'uplink', state: now })
      notice({ kind: 'uplink', state: now })
    },
    /** After a restart: a fact whose receipt nobody was given yet. */
    recover(fact: BookedFact): void {
      const input = recoveredFrom(world.outbox, fact)
      performing.takeUp(fact, input.ref)
      take(input)
    },
    /** After a restart: credit that may be held; `pinned`, where the till was told so, and of how much. */
    recoverHold(intent: Intent, pinned: { amount: number } | undefined): void {
      take({ kind: 'recovered-hold', intent: { ...intent, ...pinned }, pinned: pinned !== undefined })
    },
    refreshDisplay: (): void => showing.displayOf(state),
    /** The screen as it is now, for a broker that has just started. */
    screen: (): LaneScreen => showing.screenOf(state),
    close(): void {
      closed = true
      performing.close()
      trace.close()
    },
  }
}
