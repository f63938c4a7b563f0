import { userInfo } from 'node:os'
import type { Act } from '#club/books/acts.ts'
import type { OperatedBooks } from '#club/control.ts'
import type { Reply } from '#protocol/reply.ts'
import { VafaError } from '#runtime/errors.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** Which club a command is about. */
export interface Where {
  config: string
}

/** Who sits there; with sudo, who called it. */
export const actor = () => process.env.SUDO_USER ?? userInfo().username
export const now = () => new Date().toISOString()

type Body = Act extends infer One ? (One extends Act ? Pick<One, 'type' | 'data'> : never) : never
const actOf = (body: Body, id = systemRuntime.uuid()): Act => ({ ...body, id, at: now(), actor: actor() }) as Act

/** Does one thing in the club's books. Rejects with the club's own reason where it cannot be done; then nothing is changed. */
export async function perform(books: OperatedBooks, body: Body): Promise<Reply> {
  const [reply] = await books.act([actOf(body)])
  if (!reply) throw new Error('the books gave no reply')
  if (reply.status !== 'declined') return reply
  throw new VafaError({
    key: reply.error?.key ?? 'act.declined',
    message: reply.error?.reason ?? 'it was declined',
    hint: 'nothing was changed',
  })
}
