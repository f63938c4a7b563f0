import type { Digit } from '#agent/machine/inputs.ts'
import type { AgentState, Desk } from '#agent/machine/state.ts'
import type { Entry } from '#agent/terminal/journal.ts'
import { readPrivateData } from '#protocol/iso8583/private-data.ts'
import { originSaleId } from '#protocol/origin.ts'
import type { Chance } from './chance.ts'
import { type Counter, customerOf } from './counter.ts'
import { cardOf, mobileOf } from './customers.ts'
import type { OutsideRecord, SeenSale } from './record.ts'
import type { SimulatedTerminal } from './terminal.ts'
import type { WorldTime } from './time.ts'

type At<Place extends Desk['at']> = Extract<Desk, { at: Place }>

const lookMs = 200
/** The longest that anybody waits for a screen to change: an answer takes twelve seconds at most. */
const patienceMs = 40_000

/** A cashier at a POS terminal: types, shows cards, believes the glass. */
export function createTerminalCounter(options: {
  terminal: SimulatedTerminal
  members: number
  record: OutsideRecord
  time: WorldTime
  chance: Chance
  mayAct(): boolean
}): Pick<Counter, 'work'> {
  const { terminal, members, record, time, mayAct } = options
  const { store, lane } = terminal
  const chance = options.chance.of(`${store.name}/${lane}`)

  /** What the glass shows once it is one of these; undefined where it never is, or the terminal goes off. */
  async function until<Place extends Desk['at']>(...places: Place[]): Promise<At<Place> | undefined> {
    const end = time.elapsed + patienceMs
    while (time.elapsed < end) {
      const desk = terminal.state?.desk
      if (!desk) return undefined
      if ((places as Desk['at'][]).includes(desk.at)) return desk as At<Place>
      await time.sleep(lookMs)
    }
    return undefined
  }
  const type = (amount: number) => terminal.press(...([...String(amount)] as Digit[]))

  /** Whatever the glass shows, the next customer finds it at its beginning. */
  async function home(): Promise<boolean> {
    for (let tries = 0; tries < 8; tries++) {
      const desk = terminal.state?.desk
      if (desk?.at === 'home' && desk.typed === '' && !desk.who) return true
      if (desk) terminal.press('cancel')
      await time.sleep(chance.int(200, 3_000))
    }
    return false
  }

  const entryOf = (saleid: string): Entry | undefined =>
    terminal.state?.journal.find((one) => one.message.mti !== '0420' && saleidOf(one, terminal) === saleid)

  const noted = (state: AgentState, given: { total: number; customer: number | undefined }): SeenSale | undefined => {
    const entry = state.journal.at(-1)
    if (!entry?.about) return undefined
    const { about } = entry
    const sale: SeenSale = {
      ...{ saleid: saleidOf(entry, terminal), store: store.name, lane, cardLate: false, ...given },
      ...{ payable: about.paid, redeemed: about.redeemed, discount: about.discount },
      ...{ givenAloneAt: undefined, paid: true, acknowledged: false, acknowledgedAt: 0, reversal: 'no' as const },
    }
    record.sales.set(sale.saleid, sale)
    return sale
  }
  const stands = (sale: SeenSale) => {
    sale.acknowledged = true
    sale.acknowledgedAt = time.elapsed
  }

  /** The glass went dark at the wrong moment: what the terminal's own journal says when it is back, the cashier believes. */
  function lookItUp(sale: SeenSale): void {
    sale.reversal = 'asked'
    record.unsure.set(sale.saleid, () => {
      const entry = entryOf(sale.saleid)
      if (entry?.state === 'done') return 'stands'
      return entry === undefined || entry.state === 'undone' || entry.state === 'refused' ? 'gone' : 'open'
    })
  }

  async function serve(): Promise<void> {
    if (!(await home()) || !mayAct()) return
    const customer = chance.happens(0.85) ? customerOf({ store, members, chance }) : undefined
    const isMember = customer !== undefined && record.members.has(customer)
    const total = chance.int(1, 200) * 10_000
    const how = chance.next()
    if (isMember && how < 0.3) terminal.tap(cardOf(customer))
    await time.sleep(chance.int(100, 1_500))
    // Somebody asks what they have, and buys nothing.
    if (chance.happens(0.08)) return
    type(total)
    terminal.press('enter')
    const asked = terminal.state?.desk
    if (asked?.at === 'customer') {
      if (isMember && how < 0.6) terminal.tap(cardOf(customer))
      else if (isMember) terminal.press(...([...mobileOf(customer)] as Digit[]), 'enter')
      else terminal.press('enter')
    }
    const quoted = await until('quoted', 'alone', 'notice')
    if (!quoted || quoted.at === 'notice' || !mayAct()) return
    await pay(quoted, { total, customer: isMember ? customer : undefined })
  }

  async function pay(desk: At<'quoted'> | At<'alone'>, given: { total: number; customer: number | undefined }): Promise<void> {
    if (desk.at === 'alone') return alone(given)
    const credit = desk.quote.answer.balances.some(({ unit, amount }) => unit === 'credit' && amount > 0)
    if (credit && chance.happens(0.4)) {
      terminal.press('credit')
      if (chance.happens(0.5)) type(chance.int(1, 20_000))
      terminal.press('enter')
      if (terminal.state?.desk.at === 'credit') terminal.press('cancel')
      const next = await until('quoted', 'alone', 'notice')
      if (next?.at === 'alone') return alone(given)
      if (next?.at !== 'quoted') return
    }
    if (chance.happens(0.08)) return terminal.press('cancel')
    if (chance.happens(0.05)) await time.sleep(chance.int(30_000, 600_000))
    if (!mayAct() || terminal.state?.desk.at !== 'quoted') return
    terminal.press('1')
    const state = terminal.state
    const sale = state?.desk.at === 'paying' ? noted(state, given) : undefined
    // The disk was full, or the terminal went off in the very step: nothing left it.
    if (!sale) return
    const end = await until('outcome', 'alone', 'notice')
    if (end?.at === 'outcome') {
      stands(sale)
      return chance.happens(0.1) ? undo(sale) : undefined
    }
    if (end?.at === 'notice') sale.reversal = 'acknowledged'
    else if (end?.at === 'alone') {
      // The glass says that the sale is undone; the customer may have paid all the same.
      sale.reversal = 'acknowledged'
      await alone(given)
    } else lookItUp(sale)
  }

  async function alone(given: { total: number; customer: number | undefined }): Promise<void> {
    await time.sleep(chance.int(500, 8_000))
    const way = chance.next()
    if (!mayAct()) return
    if (way < 0.25) return terminal.press('cancel')
    if (way < 0.4) {
      terminal.press('enter')
      const next = await until('quoted', 'alone', 'notice')
      return next?.at === 'quoted' ? pay(next, given) : terminal.press('cancel')
    }
    const before = terminal.state
    const trace = before?.journal.at(-1)?.trace
    terminal.press('1')
    // Where it went off just then, the terminal says when it is back whether it has the sale.
    while (!terminal.state) await time.sleep(1_000)
    const last = terminal.state.journal.at(-1)
    // One that was off already has heard no key.
    if (!before || last?.message.mti !== '0220' || last.trace === trace) return
    const sale = noted(terminal.state, given)
    if (sale) {
      record.alone.add(sale.saleid)
      stands(sale)
    }
  }

  async function undo(sale: SeenSale): Promise<void> {
    if (!mayAct()) return
    terminal.press('enter', 'menu', '2')
    const desk = terminal.state?.desk
    if (desk?.at !== 'undo' || desk.trace !== entryOf(sale.saleid)?.trace) return
    sale.reversal = 'asked'
    terminal.press('enter')
    if (terminal.state?.desk.at === 'undoing') sale.reversal = 'acknowledged'
    await until('outcome', 'home')
  }

  return {
    async work() {
      await time.sleep(chance.int(0, 3_000))
      while (mayAct()) {
        await serve()
        await time.sleep(chance.int(100, 8_000))
      }
    },
  }
}

/** As the profile makes it of the terminal's own number of the transaction. */
function saleidOf({ message: { fields } }: Entry, { store, lane }: SimulatedTerminal): string {
  const batch = readPrivateData(fields[60])?.find(([tag]) => tag === 'BN')?.[1]
  const at = `${fields[13] ?? ''}${fields[12] ?? ''}`
  return originSaleId({
    ...{ store: store.name, terminal: lane, trace: fields[11] ?? '', at },
    ...(batch === undefined ? {} : { batch }),
  })
}
