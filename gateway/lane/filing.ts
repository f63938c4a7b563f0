import type { ReceiptDocument } from '#protocol/receipt.ts'
import { messageOf } from '#runtime/errors.ts'
import { type BookedFact, type FactDraft, hasReceipt } from '../outbox.ts'
import { factsOf, paidInCash } from './committing.ts'
import { enrolmentFact } from './enrolment.ts'
import type { CommitEffect, LaneEffect } from './inputs.ts'
import type { FactTrace } from './lane-trace.ts'
import { printReceipt } from './receipt-on-paper.ts'
import { withAllowance } from './without-the-club.ts'
import type { LaneHands } from './world.ts'

type Effect<K extends LaneEffect['kind']> = Extract<LaneEffect, { kind: K }>

/** Facts of one lane on their way: to the disk, to the club's reply, and with their receipt into the customer's hand. */
export function createFiling({ setup, hardware, world, log, trace, take, isClosed }: LaneHands) {
  const { outbox, envelopes } = world
  const { lane } = setup
  const place = { lane, hardware, world, log }
  /** The fact behind a booking, until its receipt is handed over. */
  const facts = new Map<string, string>()

  const hear = (id: string, ref: string) => world.onFactReply(id, (reply) => take({ kind: 'reply', ref, reply }))

  const toDisk = (
    drafts: readonly [FactDraft, ...FactDraft[]],
    ref: string,
    { traced, whenSafe }: { traced: FactTrace; whenSafe?: () => void },
  ) => {
    hear(drafts[0].id, ref)
    const committed = traced.committing(drafts[0].id)
    outbox.commit(drafts).then(
      () => {
        committed()
        whenSafe?.()
        take({ kind: 'committed', ref })
      },
      (error: unknown) => {
        committed(messageOf(error))
        facts.delete(ref)
        take({ kind: 'not-committed', ref, key: 'box.unwritable', reason: messageOf(error) })
      },
    )
  }

  const openDrawers = () =>
    void hardware
      .openDrawers()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the cash drawer was not opened'))

  /** What is no sale's own receipt: a return's, a claim's, a day's. */
  const printSlip = async (receipt: ReceiptDocument, id: string): Promise<void> => {
    try {
      await world.printing.print(receipt, hardware)
      outbox.hand(id, 'final')
    } catch (error) {
      // As with a sale's: a box that is going down prints it after the restart.
      if (isClosed()) return
      outbox.hand(id, 'final')
      log.warn({ reason: messageOf(error) }, 'a slip was not printed')
      take({ kind: 'not-printed', reason: messageOf(error) })
    }
  }

  return {
    commit(effect: CommitEffect): void {
      const given = withAllowance(effect, world)
      const allowance = 'allowance' in given.data ? given.data.allowance : undefined
      const traced = trace.fact(effect.type)
      const { traceparent } = traced
      const [fact, ...others] = factsOf({ effect: given, lane, envelopes, traceparent, now: world.now })
      if (hasReceipt(effect.type)) facts.set(effect.ref, fact.id)
      const whenSafe = () => {
        if (allowance) world.regulars.spent(effect.subject, allowance)
        if (paidInCash(effect)) openDrawers()
      }
      toDisk([fact, ...others], effect.ref, { traced, whenSafe })
    },
    enrol(effect: Effect<'enrol'>) {
      const traced = trace.fact('vafa.member.enrolled.v1')
      const { traceparent } = traced
      const fact = enrolmentFact({ effect, lane, envelopes, sealingKey: world.sealingKey(), traceparent })
      if (fact) return toDisk([fact], effect.ref, { traced })
      const reason = 'the club has sent no key yet to seal profiles with'
      take({ kind: 'not-committed', ref: effect.ref, key: 'club.unavailable', reason })
    },
    /** The fact behind a booking whose receipt is still to be handed over. */
    factOf: (ref: string): string | undefined => facts.get(ref),
    /** After a restart: a fact whose receipt nobody was given yet. */
    takeUp(fact: BookedFact, ref: string): void {
      facts.set(ref, fact.id)
      hear(fact.id, ref)
    },
    /** The customer has the receipt otherwise, or there is none. */
    handed({ ref, given }: Effect<'handed'>): void {
      const id = facts.get(ref)
      if (id !== undefined) outbox.hand(id, given)
      facts.delete(ref)
    },
    /** Never rejects. */
    async print({ ref, of, subject: saleid, receipt, given }: Effect<'print'>): Promise<void> {
      const id = facts.get(ref)
      facts.delete(ref)
      if (id === undefined) return
      if (of !== 'sale' && of !== 'reversal') return printSlip(receipt, id)
      const printed = trace.printing(receipt.provisional)
      try {
        const orderkey = outbox.factsOf(saleid).find((fact) => fact.id === id)?.orderkey ?? saleid
        const { confirmed } = await printReceipt({ receipt, saleid, orderkey, handed: { id, handed: given }, ...place })
        printed({ confirmed })
      } catch (error) {
        printed({ failed: messageOf(error) })
        // A box that is going down cut the job short: the receipt comes after the restart.
        if (isClosed()) return
        log.warn({ saleid, reason: messageOf(error) }, 'the receipt was not printed')
        outbox.hand(id, given)
        take({ kind: 'not-printed', reason: messageOf(error) })
      }
    },
  }
}
