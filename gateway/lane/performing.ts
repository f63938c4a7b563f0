import { messageOf } from '#runtime/errors.ts'
import type { Cancel } from '#runtime/runtime.ts'
import { decideAlone } from './deciding-alone.ts'
import { createFiling } from './filing.ts'
import type { Intent, LaneEffect, LaneInput } from './inputs.ts'
import { createQuestions } from './questions.ts'
import type { Strangers } from './strangers.ts'
import type { TapSignals } from './tap-signals.ts'
import { takeCreditAlone } from './without-the-club.ts'
import type { LaneHands } from './world.ts'

/** The hands of a lane's machine: does what it wants, and gives back what comes of it. */
export function createPerforming(lane: LaneHands & { strangers: Strangers; tapSignals: TapSignals }) {
  const { setup, hardware, world, log, take } = lane
  const { runtime, openSales, intents, regulars } = world
  const filing = createFiling(lane)
  const questions = createQuestions(lane)
  const timers = new Map<string, Cancel>()

  const perform = (effect: LaneEffect) => {
    switch (effect.kind) {
      case 'tell':
        for (const till of hardware.tills) till.send(effect.response)
        return lane.tapSignals.told(effect.response)
      case 'ask':
        return questions.ask(effect)
      case 'ask-alone':
        return questions.askAlone(effect)
      case 'commit':
        return filing.commit(effect)
      case 'enrol':
        return filing.enrol(effect)
      case 'decide-alone': {
        const id = filing.factOf(effect.ref)
        if (id !== undefined) decideAlone({ ...effect, id, setup, world, log }).then(take)
        return
      }
      case 'print':
        return void filing.print(effect)
      case 'handed':
        return filing.handed(effect)
      case 'keep': {
        const { sale, quote } = effect
        // What the club promises is not the box's to give.
        if (quote.decidedBy === 'club') regulars.giveBack(sale.saleid, 'gifts')
        return quote.redemption ? openSales.keepNow({ sale, quote }) : openSales.keep({ sale, quote })
      }
      case 'forget':
        regulars.giveBack(effect.saleid, 'credit', 'gifts')
        return openSales.forget(effect.saleid)
      case 'intend':
        return take(intend(effect.intent, lane))
      case 'forget-intent':
        if (effect.alone !== undefined) regulars.giveBack(effect.alone, 'credit')
        return intents.forget(effect.redemptionid)
      case 'keep-cashier':
        return world.cashiers.keep(setup.lane, effect.cashier)
      case 'timer':
        return startTimer(effect)
      case 'cancel-timer':
        return stopTimer(effect.timer)
      case 'warm':
        return world.printing.warm()
      case 'doubt':
        return world.uplink.doubt()
    }
  }

  const stopTimer = (timer: string): void => {
    timers.get(timer)?.()
    timers.delete(timer)
  }
  const startTimer = ({ timer, ms }: { timer: string; ms: number }): void => {
    stopTimer(timer)
    const cancel = runtime.after(ms, () => {
      timers.delete(timer)
      questions.ranOut(timer)
      take({ kind: 'timer', timer })
    })
    timers.set(timer, cancel)
  }

  return {
    perform,
    takeUp: filing.takeUp,
    close(): void {
      for (const cancel of timers.values()) cancel()
      timers.clear()
    },
  }
}

/** Writes down that credit is about to be held; where the club is away, the box holds it itself, or not at all. */
function intend(intent: Intent, { setup, world }: LaneHands): LaneInput {
  const { redemptionid, alone } = intent
  try {
    world.intents.intend(setup.lane, intent)
  } catch (error) {
    return { kind: 'not-intended', redemptionid, key: 'box.unwritable', reason: messageOf(error) }
  }
  if (!alone) return { kind: 'intended', redemptionid }
  const held = takeCreditAlone(intent, { setup, world })
  if (held !== undefined) return { kind: 'intended', redemptionid, held }
  world.intents.forget(redemptionid)
  const reason = 'no allowance of the club for this member covers it, or this card spends nothing while the club is away'
  return { kind: 'not-intended', redemptionid, key: 'redemption.offline', reason }
}
