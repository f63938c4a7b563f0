import type { LaneScreen } from '#protocol/lane.ts'
import type { DisplayContent } from '#protocol/receipt.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import { renderDisplay } from '#receipts/render-display.ts'
import { messageOf } from '#runtime/errors.ts'
import { screenOf } from './screen.ts'
import type { LaneState } from './state.ts'
import type { LaneHands } from './world.ts'

const welcome: DisplayContent = { title: receiptTexts.welcome, rows: [] }

export type Showing = ReturnType<typeof createShowing>

/** What the customer and a page see of a lane, each in its own words and width. */
export function createShowing({ setup, hardware, world, log }: Pick<LaneHands, 'setup' | 'hardware' | 'world' | 'log'>) {
  const nameOfTier = (id: string) => {
    const tiers = world.programmeFor(new Date(world.now()).toISOString())?.tiers?.list
    return tiers?.find((one) => one.id === id)?.name ?? { fa: id, en: id }
  }
  const onDisplays = (content: DisplayContent): void => {
    for (const display of hardware.displays) {
      const { columns, rows, persian } = display
      display
        .show(renderDisplay(content, { columns, rows, timeZone: world.timeZone, language: persian ? world.language : 'en' }))
        .catch((error: unknown) => log.info({ reason: messageOf(error) }, 'the display shows nothing'))
    }
  }
  return {
    onDisplays,
    /** What the lane has to say to the customer now. */
    displayOf: ({ shown }: LaneState): void => onDisplays(shown.display ?? welcome),
    screenOf: (state: LaneState): LaneScreen => screenOf(setup, state, nameOfTier),
  }
}
