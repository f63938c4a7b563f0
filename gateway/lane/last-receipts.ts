import type { LaneReceipt } from '#protocol/lane.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Outbox } from '../outbox.ts'

/** So far back a cashier looks for a receipt at the lane itself; what is older, the till asks for by its number. */
const backMs = 12 * 3_600_000
const most = 10

/** The last sales of a lane that are on the disk of the box, the newest first. */
export function lastReceipts({ lane, world }: { lane: string; world: { outbox: Outbox; now(): number } }): LaneReceipt[] {
  const { outbox } = world
  const sales = [...outbox.factsSince(lane, world.now() - backMs)].filter(({ type }) => type === 'vafa.sale.completed.v1')
  return sales
    .sort((one, other) => other.at - one.at)
    .slice(0, most)
    .flatMap(({ saleid, at, body }): LaneReceipt[] => {
      const fact = JSON.parse(body.toString('utf8')) as Fact<'vafa.sale.completed.v1'> | null
      if (!fact) return []
      const { tillreceipt, currency, total, payable, member } = fact.data
      const known = outbox.factsOf(saleid)
      const sale = known.find(({ type }) => type === 'vafa.sale.completed.v1')
      // What was printed without the club is booked since, once the club has said so.
      const handed = sale?.reply?.status === 'accepted' ? 'final' : sale?.handed
      const reversed = known.some(({ type }) => type === 'vafa.sale.reversed.v1')
      const state = reversed ? 'reversed' : handed === 'final' || handed === 'provisional' ? handed : 'waiting'
      return [
        {
          ...{ saleid, at: new Date(at).toISOString(), currency, total, payable, member: member !== undefined, state },
          ...(tillreceipt === undefined ? {} : { tillreceipt }),
        },
      ]
    })
}
