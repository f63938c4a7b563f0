import { computed, effect, signal } from '@preact/signals'
import type { TillResponse } from '#protocol/lane.ts'
import { createLaneLine } from '../shared/lane-line.ts'
import { createSilence } from './silence.ts'

export const line = createLaneLine({ page: 'kiosk' })

/** Where the visitor is; `home` shows what the lane shows. */
export type View =
  | { at: 'home' }
  | { at: 'mobile' }
  | { at: 'code'; mobile: string }
  | { at: 'join'; mobile: string }
  | { at: 'redeem' }
  | { at: 'redeem-code'; code: Extract<TillResponse, { op: 'code' }> }
  | { at: 'survey' }
  | { at: 'thanks' }
  | { at: 'staff' }

export const view = signal<View>({ at: 'home' })
/** A word at the top of the account, until the visitor goes on. */
export const notice = signal<string | undefined>(undefined)

export const go = (next: View) => {
  notice.value = undefined
  view.value = next
}
export const goHome = () => go({ at: 'home' })

/** Nobody is here: the page shows what any passer-by may see. */
export const vacant = computed(() => {
  const state = line.screen.value?.state ?? 'idle'
  return view.value.at === 'home' && (state === 'idle' || state === 'cancelled')
})

/** The visitor goes, or has gone: the lane forgets who it was, and the page what was typed. */
export function leave(): void {
  goHome()
  const state = line.screen.value?.state
  if (state !== undefined && state !== 'idle' && state !== 'cancelled') void line.ask({ op: 'cancel' })
}

export const silence = createSilence({ vacant, onOver: leave })

/** Somebody else than whoever typed is there now, or the lane has cleared itself: the page follows. */
let before = line.screen.value
effect(() => {
  const screen = line.screen.value
  const was = before
  before = screen
  if (!screen || !was) return
  const { at } = view.peek()
  if (at === 'staff') return
  if (was.state !== 'idle' && screen.state === 'idle') return goHome()
  const arrived = screen.customer !== undefined && screen.customer.number !== was.customer?.number
  const stranger = screen.error !== undefined && was.error === undefined && at === 'mobile'
  if (arrived || stranger) {
    silence.heard()
    // What was just said, such as that somebody joined, stays.
    view.value = { at: 'home' }
  }
})
