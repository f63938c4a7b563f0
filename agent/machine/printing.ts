import type { ReceiptDocument } from '#protocol/receipt.ts'
import { type Draft, enter } from './draft.ts'
import type { Outcome } from './state.ts'

/** What came of it is shown, and its receipt printed; the last receipt can be printed again. */
export function print(draft: Draft, outcome: Outcome, receipt: ReceiptDocument | undefined) {
  enter(draft, { at: 'outcome', outcome, paper: receipt ? 'printing' : 'none' })
  if (!receipt) return
  draft.state = { ...draft.state, lastReceipt: receipt }
  draft.effects.push({ kind: 'print', receipt })
}

export function printed(draft: Draft, result: 'printed' | 'failed' | 'none') {
  const { desk } = draft.state
  if (desk.at === 'outcome' && desk.paper === 'printing') draft.state = { ...draft.state, desk: { ...desk, paper: result } }
}
