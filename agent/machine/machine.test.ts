import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layOut } from '#agent/screens/lay-out.ts'
import { screenOf } from '#agent/screens/screen-of.ts'
import { type Entry, isDue } from '#agent/terminal/journal.ts'
import { answerType, exchangeOf, missingField } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, tagValue, writePrivateData } from '#protocol/iso8583/private-data.ts'
import { type AgentEffect, type AgentInput, digitKeys, type Key } from './inputs.ts'
import { stateOf, step } from './machine.ts'
import type { AgentState, Setup } from './state.ts'

type Fate = 'through' | 'lost' | 'answer lost' | 'fault' | 'refused'

const setup: Setup = { terminal: 'T1', moneyShown: 'toman', timeZone: 'Asia/Tehran', answerMs: 12_000, signs: true }
const start = () => stateOf({ journal: [], next: { batch: 1, trace: 1 }, language: 'fa' })

/** A terminal with a box that books each number once and knows tombstones. The wire between them is the test's. */
function terminal() {
  let state: AgentState = start()
  let now = Date.UTC(2026, 10, 22, 8)
  const sent: IsoMessage[] = []
  const booked = new Map<string, number>()
  const undone = new Set<string>()
  const effects: AgentEffect[] = []
  const nameOf = ({ fields }: IsoMessage) =>
    `${tagValue(readPrivateData(fields[60]) ?? [], 'BN')}/${fields[11]}/${fields[13]}${fields[12]}`

  const take = (input: AgentInput) => {
    now += 1_000
    const next = step(state, input, { setup, moment: { now, offsetMinutes: 210 } })
    for (const effect of next.effects) {
      effects.push(effect)
      if (effect.kind !== 'send') continue
      const { message } = effect
      const name = exchangeOf(message)
      expect([message.mti, name && missingField(name, message)]).toEqual([message.mti, undefined])
      // What books is in the journal before it leaves.
      if (/^0[24]/.test(message.mti))
        expect(next.state.journal.some((entry) => isDue(entry) && entry.trace === message.fields[11])).toBe(true)
      sent.push(message)
    }
    state = next.state
    // Every state has a screen, of exactly the glass's size.
    const lines = layOut(screenOf(state, { setup, moment: { now, offsetMinutes: 210 } }), {
      columns: 20,
      rows: 8,
      language: state.language,
      bidi: 'visual',
    })
    expect(lines.length).toBe(8)
  }

  /** What the box makes of a message. */
  const box = (message: IsoMessage, code: string): IsoMessage => {
    const name = nameOf(message)
    // What it has taken it does not refuse when it comes again.
    const taken = message.mti.startsWith('04') ? undone.has(name) : booked.has(name) && !undone.has(name)
    let answer = code === '12' && taken ? '00' : code
    if (answer === '00' || answer === '91') {
      if (message.mti.startsWith('04')) undone.add(name)
      else if (/^02/.test(message.mti) && undone.has(name) && !booked.has(name)) answer = '25'
      else if (/^02/.test(message.mti)) booked.set(name, Number(message.fields[4]))
    }
    const given = writePrivateData([
      ['DS', '1000'],
      ['EF', 'discount;1000;welcome'],
    ])
    const quote =
      message.mti.startsWith('01') && message.fields[4]
        ? { 48: given ?? '', 4: message.fields[4], 54: '6002364C000000005000' }
        : {}
    const { 3: processing, 7: transmission, 11: trace } = message.fields
    return {
      mti: answerType(message.mti),
      fields: { ...(processing ? { 3: processing } : {}), 7: transmission ?? '', 11: trace ?? '', 39: answer, ...quote },
    }
  }
  return {
    take,
    press: (...keys: Key[]) => {
      for (const key of keys) take({ kind: 'key', key })
    },
    /** The oldest message on the wire comes to an end. */
    land(fate: Fate) {
      const message = sent.shift()
      if (!message) return
      const silence = { kind: 'silence', mti: message.mti, trace: message.fields[11] ?? '' } as const
      if (fate === 'lost') return take(silence)
      const answer = box(message, fate === 'refused' ? '12' : fate === 'fault' ? '96' : '00')
      take(fate === 'answer lost' ? silence : { kind: 'answer', message: answer })
    },
    /** The power goes: what the journal has is all there is. */
    cut() {
      sent.length = 0
      const { journal, next, language, operator, lastReceipt } = state
      state = stateOf({ journal, next, language, ...(operator ? { operator } : {}), ...(lastReceipt ? { lastReceipt } : {}) })
      take({ kind: 'start' })
    },
    settle() {
      take({ kind: 'line', line: 'up' })
      for (let n = 0; sent.length > 0 || state.journal.some(isDue); n += 1) {
        if (n > 500) throw new Error(`it never ends: ${JSON.stringify(state.journal.filter(isDue))}`)
        const message = sent.shift()
        if (message) take({ kind: 'answer', message: box(message, '00') })
        else take({ kind: 'timer', timer: 'resend' })
      }
    },
    get state() {
      return state
    },
    effects,
    sent,
    booked,
    undone,
    nameOf,
  }
}

const fate = fc.constantFrom<Fate>('through', 'through', 'through', 'lost', 'answer lost', 'fault', 'refused')
const keys: readonly Key[] = [...digitKeys, 'cancel', 'clear', 'enter', 'menu', 'credit']
const quick: fc.Arbitrary<readonly Key[]> = fc.constantFrom<readonly Key[]>(
  ['5', '0', 'enter', 'enter'],
  ['enter'],
  ['1'],
  ['2'],
  ['credit', 'enter'],
  ['menu', '2', 'enter'],
  ['menu', '4', 'enter'],
  ['cancel'],
)
type Move =
  | { kind: 'keys'; keys: readonly Key[] }
  | { kind: 'land'; fate: Fate }
  /** A customer from the amount to the payment, if nothing comes between. */
  | { kind: 'customer'; quote: Fate; sale: Fate; after: readonly Key[] }
  | { kind: 'input'; input: AgentInput }
  | { kind: 'cut' }
const input: fc.Arbitrary<AgentInput> = fc.oneof(
  fc.constantFrom<AgentInput>(
    { kind: 'credential', credential: { kind: 'nfc-uid', value: '04AABBCC' } },
    { kind: 'refused' },
    { kind: 'line', line: 'up' },
    { kind: 'line', line: 'down' },
    { kind: 'timer', timer: 'home' },
    { kind: 'timer', timer: 'resend' },
    { kind: 'pin', outcome: 'right' },
    { kind: 'pin', outcome: 'wrong' },
    { kind: 'printed', outcome: 'failed' },
    { kind: 'keys-exchanged', outcome: 'failed' },
    { kind: 'devices', devices: [{ device: 'reader', status: 'absent', reason: 'no such tty' }] },
    // News that nobody waits for.
    { kind: 'silence', mti: '0200', trace: '000001' },
    { kind: 'answer', message: { mti: '0210', fields: { 11: '000001', 39: '00' } } },
  ),
)
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: quick.map((some): Move => ({ kind: 'keys', keys: some })) },
  { weight: 2, arbitrary: fc.constantFrom(...keys).map((key): Move => ({ kind: 'keys', keys: [key] })) },
  { weight: 5, arbitrary: fate.map((one): Move => ({ kind: 'land', fate: one })) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        quote: fate,
        sale: fate,
        after: fc.constantFrom<readonly Key[]>(['1'], ['enter'], ['cancel'], ['menu', '2', 'enter']),
      })
      .map((one): Move => ({ kind: 'customer', ...one })),
  },
  { weight: 2, arbitrary: input.map((one): Move => ({ kind: 'input', input: one })) },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: 'cut' }) },
)

test('whatever is pressed, lost, cut off or late: a basket stands once at most, and terminal and box agree on every sale', () => {
  let stood = 0
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 40 }), (all) => {
      const t = terminal()
      t.take({ kind: 'line', line: 'up' })
      for (const move of all) {
        if (move.kind === 'keys') t.press(...move.keys)
        else if (move.kind === 'land') t.land(move.fate)
        else if (move.kind === 'input') t.take(move.input)
        else if (move.kind === 'customer') {
          t.press('cancel', 'cancel', '5', '0', 'enter', 'enter')
          while (t.sent.length > 0) t.land(move.quote)
          t.press('1')
          while (t.sent.length > 0) t.land(move.sale)
          t.press(...move.after)
        } else t.cut()
      }
      t.settle()
      const standing = new Map<string, number>()
      for (const entry of t.state.journal) {
        const name = t.nameOf(entry.message)
        const stands = t.booked.has(name) && !t.undone.has(name)
        expect([name, entry.state, stands]).toEqual([name, entry.state, entry.state === 'done'])
        if (stands) standing.set(entry.about?.basket ?? '', (standing.get(entry.about?.basket ?? '') ?? 0) + 1)
      }
      for (const [basket, times] of standing) expect([basket, times]).toEqual([basket, 1])
      stood += standing.size
      // The box has nothing that the terminal does not know of.
      for (const name of t.booked.keys()) expect(t.state.journal.some((entry) => t.nameOf(entry.message) === name)).toBe(true)
      // What a customer showed is gone from the journal once it is answered.
      for (const entry of t.state.journal) expect(JSON.stringify(entry)).not.toMatch('04AABBCC')
    }),
    { numRuns: 500 },
  )
  // A property of sales that says something of sales.
  expect(stood).toBeGreaterThan(200)
})

const sell = (t: ReturnType<typeof terminal>) => {
  t.press('5', '0', '0', 'enter', 'enter')
  t.land('through')
  t.press('1')
}
const stateOfLast = ({ state }: { state: AgentState }): Entry['state'] | undefined => state.journal.at(-1)?.state

test('a sale that nobody answers is undone, unless the cashier says that it was paid: then the terminal reports it', () => {
  const t = terminal()
  sell(t)
  t.land('lost')
  expect([t.state.desk.at, stateOfLast(t)]).toEqual(['alone', 'undoing'])
  t.press('1')
  expect(t.state.journal.map(({ message, state }) => `${message.mti} ${state}`)).toEqual(['0200 undoing', '0220 sent'])
  // It carries what was given: the price, and the discount that the customer was promised.
  expect(t.state.journal[1]?.message.fields[48]).toContain('discount;1000;welcome')
  t.settle()
  expect(t.state.journal.map(({ state }) => state)).toEqual(['undone', 'done'])
})

test('an answer that comes after its time changes nothing', () => {
  const t = terminal()
  sell(t)
  const [message] = t.sent
  t.land('lost')
  t.take({ kind: 'answer', message: { mti: '0210', fields: { ...message?.fields, 39: '00' } } })
  expect([t.state.desk.at, stateOfLast(t)]).toEqual(['alone', 'undoing'])
})

test('a terminal whose power was cut says that a sale is undone, and undoes it', () => {
  const t = terminal()
  sell(t)
  t.cut()
  expect(t.state.desk).toMatchObject({ at: 'home', said: { en: 'A sale that was cut off is undone' } })
  t.take({ kind: 'line', line: 'up' })
  expect(t.sent.map(({ mti }) => mti)).toEqual(['0421'])
})

test('the last sale is undone from the menu; a copy of its receipt says so', () => {
  const t = terminal()
  sell(t)
  t.land('through')
  t.press('menu', '2', 'enter')
  expect(t.sent.at(-1)?.mti).toBe('0420')
  t.land('through')
  expect([t.state.desk.at, stateOfLast(t)]).toEqual(['outcome', 'undone'])
  t.press('menu', '1')
  const last = t.effects.findLast((effect) => effect.kind === 'print')
  expect(JSON.stringify(last)).toContain('رونوشت')
})

test('a quote that nobody answers leaves the choice: alone at the full price, again, or not at all', () => {
  for (const [key, at] of [
    ['1', 'outcome'],
    ['enter', 'quoting'],
    ['cancel', 'home'],
  ] as const) {
    const t = terminal()
    t.press('5', '0', 'enter', 'enter')
    t.land('lost')
    expect(t.state.desk.at).toBe('alone')
    t.press(key)
    expect(t.state.desk.at).toBe(at)
  }
})

test('the day is closed only when nothing waits, and the same close is repeated where nobody answered', () => {
  const t = terminal()
  t.press('5', '0', 'enter', 'enter')
  t.land('lost')
  t.press('1', 'enter', 'menu', '4', 'enter')
  expect(t.state.desk).toMatchObject({ at: 'close', trouble: { en: 'First let what waits be sent' } })
  t.settle()
  t.press('cancel', 'menu', '4', 'enter')
  const [asked] = t.sent
  expect(asked).toMatchObject({ mti: '0500', fields: { 76: '1', 88: '500' } })
  t.land('lost')
  t.press('enter')
  expect(t.sent[0]).toEqual({ mti: '0501', fields: asked?.fields })
})

test('trace numbers go on with the next batch after 999999', () => {
  const t = stateOf({ journal: [], next: { batch: 7, trace: 999_999 }, language: 'en' })
  const { state } = step(
    t,
    { kind: 'credential', credential: { kind: 'nfc-uid', value: '04AABBCC' } },
    { setup, moment: { now: 0, offsetMinutes: 0 } },
  )
  expect(state.next).toEqual({ batch: 8, trace: 1 })
})
