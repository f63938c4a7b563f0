import type { Fact } from '#protocol/messages.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Outbox } from '../outbox.ts'
import type { Intent } from './inputs.ts'
import type { Lane } from './runner.ts'
import type { LaneWorld } from './world.ts'

/**
 * After a restart: what the club may be holding for sales of this box. What ended in a fact is over; of the rest a
 * lane keeps what its till was told of, and gives back what it was not.
 */
export function recoverHolds({ lanes, world }: { lanes: ReadonlyMap<string, Lane>; world: LaneWorld }): void {
  const { intents, outbox, openSales, envelopes, log } = world
  for (const { lane: name, intent } of intents.all()) {
    const { redemptionid, saleid, orderkey, device } = intent
    if (hasEnded(outbox, intent)) {
      intents.forget(redemptionid)
      continue
    }
    const lane = lanes.get(name)
    if (lane) {
      const pinned = openSales.find(saleid)?.quote.redemption
      lane.recoverHold(intent, pinned?.redemptionid === redemptionid ? { amount: pinned.amount } : undefined)
      continue
    }
    const given = envelopes.fact('vafa.redemption.voided.v1', { redemptionid }, { lane: name, device, orderkey }, redemptionid)
    outbox.commit([given]).then(
      () => intents.forget(redemptionid),
      (error: unknown) => log.warn({ redemptionid, reason: messageOf(error) }, 'credit is given back at the next start'),
    )
  }
}

/** Whether a fact on disk has taken the credit or given it back. */
function hasEnded(outbox: Outbox, { redemptionid, saleid }: Intent): boolean {
  if (outbox.factsOf(redemptionid).length > 0) return true
  const sale = outbox.factsOf(saleid).find(({ type }) => type === 'vafa.sale.completed.v1')
  if (!sale) return false
  const { data } = JSON.parse(outbox.body(sale.id).toString('utf8')) as Fact<'vafa.sale.completed.v1'>
  return data.redemption?.redemptionid === redemptionid
}
