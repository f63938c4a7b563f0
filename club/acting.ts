import type { Reply } from '#protocol/reply.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Act } from './books/acts.ts'
import type { ClubStore } from './store/store.ts'

/** What is to be done, without who does it and when. */
export type ActBody = Act extends infer One ? (One extends Act ? Pick<One, 'type' | 'data'> : never) : never

/**
 * Does one thing in the club's books. Rejects with the club's own reason where it cannot be done; then nothing is changed.
 * The same `id` does it once, however often it is asked for.
 */
export async function performAct(
  books: Pick<ClubStore, 'act'>,
  body: ActBody,
  by: { id: string; at: string; actor: string },
): Promise<Reply> {
  const [reply] = await books.act([{ ...body, ...by } as Act])
  if (!reply) throw new Error('the books gave no reply')
  if (reply.status !== 'declined') return reply
  throw new VafaError({
    key: reply.error?.key ?? 'act.declined',
    message: reply.error?.reason ?? 'it was declined',
    hint: 'nothing was changed',
  })
}
