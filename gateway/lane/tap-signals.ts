import type { TillResponse } from '#protocol/lane.ts'
import type { LaneHardware } from './hardware.ts'

export type TapSignals = ReturnType<typeof createTapSignals>

/**
 * Says at the reader itself what the lane made of a tap: light and buzzer, where it has them. One signal a tap; what tills
 * ask and hear is none of it.
 */
export function createTapSignals({ hardware, lane }: { hardware: Pick<LaneHardware, 'tapSignal'>; lane: string }) {
  let waiting: string | undefined
  const signal = (device: string, outcome: 'accepted' | 'refused') => {
    waiting = undefined
    hardware.tapSignal(device)?.signal(outcome, lane)
  }
  return {
    tapped(device: string): void {
      waiting = device
    },
    /** The device knew by itself that this identifies nobody. */
    refused: (device: string): void => signal(device, 'refused'),
    told(response: TillResponse): void {
      if (waiting === undefined || ('re' in response && response.re !== undefined)) return
      if (response.op === 'member') signal(waiting, 'accepted')
      // Without the club the tap is kept all the same: the sale earns when it is booked.
      else if (response.op === 'error') signal(waiting, response.error.key === 'club.unavailable' ? 'accepted' : 'refused')
    },
  }
}
