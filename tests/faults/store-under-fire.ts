import { type AgentConsole, startAgentConsole } from '#simulators/console/agent-console.ts'
import { type AgentStore, mobile } from '../agent-store.ts'
import { cashier, enrolAt, newRecord, type OutsideRecord, pause, sellAtTerminal } from './outside-record.ts'

/** A store in which all sell at once, while somebody breaks things under them. */
export interface StoreUnderFire {
  readonly record: OutsideRecord
  /** Members buy at all tills and the terminal until `stop`. `insists`: how often a till asks until the club has answered. */
  sell(options: { random: () => number; insists?: number }): void
  /** Resolves when the lanes have said so many further words. */
  words(more: number): Promise<void>
  /** The terminal that is switched on now. */
  readonly terminal: AgentConsole
  /** Its power goes, and comes back. */
  killTerminal(): Promise<void>
  /** Lets everybody finish what they are at. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** Neither offline nor with anything left to send. */
export const settledTerminal = /^(?![\s\S]*(?:offline|Waiting))[\s\S]*T1/

/** Signs customers up at each till of a store that runs. The terminal is switched on with the first `sell`. */
export async function putUnderFire(store: AgentStore, { tills, each }: { tills: number; each: number }): Promise<StoreUnderFire> {
  const { chain, memberid } = store
  const record = newRecord()
  const customers = await enrolAt(chain, tills, each)
  // Who buys at the terminal is known at a till too: it may be the next customer there.
  const everybody = [{ mobile, memberid }, ...[...customers.values()].flat()]
  let total = 600_001
  let agent: AgentConsole | undefined
  let over = false
  let selling: Promise<unknown> = Promise.resolve()
  let said = 0
  let heard = () => {}

  const switchOn = () => {
    agent = startAgentConsole({ config: store.agentConfig })
    return agent
  }
  const atTerminal = async () => {
    for (; !over; total += 1) {
      const at = agent ?? switchOn()
      const customer = everybody[total % everybody.length] ?? everybody[0]
      if (customer) await sellAtTerminal(at, { customer, total, record }).catch(() => pause(50))
    }
  }
  return {
    record,
    sell({ random, insists }) {
      over = false
      const onMessage = () => {
        said += 1
        heard()
      }
      const tills = [...customers].map(([lane, some]) =>
        cashier({
          ...{ chain, lane, customers: some, record, random, over: () => over, onMessage },
          ...(insists === undefined ? {} : { insists }),
        }),
      )
      selling = Promise.all([...tills, atTerminal()])
    },
    words(more) {
      const until = said + more
      return new Promise((resolve) => {
        heard = () => {
          if (said >= until) resolve()
        }
      })
    },
    get terminal() {
      return agent ?? switchOn()
    },
    async killTerminal() {
      await agent?.kill()
      switchOn()
    },
    async stop() {
      over = true
      await selling
    },
    async close() {
      over = true
      await agent?.close()
    },
  }
}
