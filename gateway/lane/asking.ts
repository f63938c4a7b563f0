import type { MessageData, Request, RequestType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { LaneSetup } from './state.ts'
import type { LaneWorld } from './world.ts'

/**
 * Asks the club something that changes no lane, within the lane's budget. Resolves to undefined where it does not answer;
 * never rejects.
 */
export function askClub<T extends RequestType>(
  asked: { type: T; data: MessageData<T>; device: string; orderkey: string },
  { setup, world }: { setup: LaneSetup; world: LaneWorld },
): Promise<Reply | undefined> {
  const { type, data, device, orderkey } = asked
  const { lane, budgetMs } = setup
  if (!world.uplink.proved) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const cancel = world.runtime.after(budgetMs, () => {
      world.uplink.doubt()
      resolve(undefined)
    })
    const question = world.envelopes.request(type, data, { lane, device, orderkey }, budgetMs) as Request
    const sent = world.uplink.ask(question, (reply) => {
      cancel()
      resolve(reply)
    })
    if (sent) return
    cancel()
    resolve(undefined)
  })
}
