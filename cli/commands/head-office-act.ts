import { userInfo } from 'node:os'
import { type ActBody, performAct } from '#club/acting.ts'
import type { OperatedBooks } from '#club/control.ts'
import type { Reply } from '#protocol/reply.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** Which club a command is about. */
export interface Where {
  config: string
}

/** Who sits there; with sudo, who called it. */
export const actor = () => process.env.SUDO_USER ?? userInfo().username
export const now = () => new Date().toISOString()

/** Does one thing in the club's books, in the name of who sits there. */
export const perform = (books: OperatedBooks, body: ActBody): Promise<Reply> =>
  performAct(books, body, { id: systemRuntime.uuid(), at: now(), actor: actor() })
