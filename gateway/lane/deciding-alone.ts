import { parseSource } from '#protocol/envelope.ts'
import type { Fact } from '#protocol/messages.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Advice, adviceFor, type CompletedSale, provisionalReversal, provisionalSale } from '../provisional.ts'
import type { LaneInput } from './inputs.ts'
import type { LaneSetup } from './state.ts'
import { usableCredit } from './without-the-club.ts'
import type { LaneWorld } from './world.ts'

export interface DecideAloneOptions {
  ref: string
  of: 'sale' | 'reversal'
  /** The sale's id. */
  subject: string
  /** The fact's id in the outbox. */
  id: string
  setup: LaneSetup
  world: LaneWorld
  log: Logger
}

/**
 * The box decides without the club. For a sale the decision is put on disk as advice before the customer hears of it;
 * one that is there already (the box restarted in between) is used again, so that there is never a second.
 */
export async function decideAlone(options: DecideAloneOptions): Promise<LaneInput> {
  const { ref, of, subject, id, setup, world, log } = options
  const { outbox, envelopes, shop } = world
  try {
    const body = JSON.parse(outbox.body(id).toString('utf8'))
    if (of === 'reversal')
      return { kind: 'decided-alone', ref, effects: [], ...provisionalReversal(body as Fact<'vafa.sale.reversed.v1'>, shop) }
    const original = body as CompletedSale
    const before = outbox.factsOf(subject).find((fact) => fact.type === 'vafa.decision.advised.v1')
    if (before) {
      const advised = JSON.parse(outbox.body(before.id).toString('utf8')) as Fact<'vafa.decision.advised.v1'>
      return decided(ref, advised.data, world)
    }
    const decidedat = new Date(world.now()).toISOString()
    const programme = world.programmeFor(original.time, original.data.programmeVersion)
    const { member } = original.data
    const regular = member && world.regulars.find(member)
    const usable = member && programme ? usableCredit(member, { ...world, programme, gifts: 0 }) : 0
    const { advice, after } = adviceFor({ original, programme, products: world.products(), regular, usable, decidedat })
    const device = parseSource(original.source)?.device ?? setup.lane
    const origin = { lane: setup.lane, device, orderkey: original.orderkey }
    const fact = envelopes.fact('vafa.decision.advised.v1', advice, origin, subject)
    await outbox.commit([fact])
    world.differences.announced(fact.id, advice.effects)
    if (after) world.regulars.changed(after)
    return decided(ref, advice, world)
  } catch (error) {
    log.warn(
      { saleid: subject, reason: messageOf(error) },
      'the box could not decide alone; the receipt comes with the club’s reply',
    )
    return { kind: 'not-decided', ref, reason: messageOf(error) }
  }
}

const decided = (ref: string, advice: Advice, { shop }: LaneWorld): LaneInput => ({
  kind: 'decided-alone',
  ref,
  effects: advice.effects,
  ...provisionalSale(advice, shop),
})
