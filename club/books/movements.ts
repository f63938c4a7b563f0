import type { Books } from './context.ts'

/** Notes an event that moved something of a member's and is no sale: a member's sales are found along their own chain. */
export function noteMovement({ desk }: Books, memberid: string, event: number): void {
  const before = desk.get('movements', memberid)?.events ?? []
  if (before.at(-1) !== event) desk.put('movements', memberid, { memberid, events: [...before, event] })
}
