import { type Draft, tell } from './draft.ts'
import type { TillInput } from './inputs.ts'

/** Whoever signs on is the operator of what happens at the lane from now on, where the till names none. */
export function signOn(draft: Draft, { request }: TillInput<'sign-on'>) {
  const { id, operator, shift } = request
  const cashier = { operator, ...(shift === undefined ? {} : { shift }) }
  draft.state = { ...draft.state, cashier }
  draft.effects.push({ kind: 'keep-cashier', cashier })
  tell(draft, { op: 'signed-on', re: id, ...cashier })
}

export function signOff(draft: Draft, { request }: TillInput<'sign-off'>) {
  const { cashier, ...state } = draft.state
  draft.state = state
  draft.effects.push({ kind: 'keep-cashier', cashier: undefined })
  tell(draft, { op: 'signed-off', re: request.id, ...(cashier ? { operator: cashier.operator } : {}) })
}
