import { expect, it } from 'vitest'
import type { BasketLine } from '#protocol/messages.ts'
import { fieldsOf } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Club } from './club.ts'
import { clubOnTrial, day } from './club-on-trial.ts'

// What loyalty managers write down, each through a box's messages to a club that runs.

let club: Club
let clock: { now: number }

async function clubWith(rules: object[]) {
  const trial = await clubOnTrial({ rules })
  ;({ club, clock } = trial)
  const box = await trial.connect()
  const memberid = await box.enrol()
  return { ...box, memberid }
}

const goods = (amount: number): BasketLine[] => [{ product: 'goods', quantity: 1, amount }]
const coffees = (quantity: number): BasketLine[] => [
  { product: 'latte', category: 'coffee', quantity, amount: quantity * 150_000 },
]
const creditOf = ({ effects }: Reply) => effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)
const balanceOf = ({ balances }: Reply, unit: string, name?: string) =>
  balances?.find((one) => one.unit === unit && one.name === name)?.available
const say = (text: string) => ({ fa: text, en: text })

const everyone = { id: 'everyone', group: 'earning', order: 90, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }

it('1. Everyone gets 10 % of each purchase as credit', async () => {
  const { buy } = await clubWith([everyone])
  expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(100_000)
  expect(balanceOf((await buy(goods(500_000))).booked, 'credit')).toBe(150_000)
})

it('2. Who came more than 10 times gets 15 % instead, from the 11th visit on; the cashier is told, and an SMS goes out, once', async () => {
  const { buy, tap, memberid } = await clubWith([
    {
      id: 'regular',
      group: 'earning',
      order: 10,
      when: { visit: { from: 11 } },
      effects: [
        { kind: 'credit', basisPoints: 1_500 },
        { kind: 'prompt', audience: 'operator', text: say('You are one of our regulars') },
      ],
    },
    {
      id: 'regular-sms',
      order: 20,
      when: { visit: { from: 11 } },
      limits: [{ per: 'member', every: 'ever', times: 1 }],
      effects: [{ kind: 'message', channel: 'sms', text: say('{name}, from now on you get 15 %') }],
    },
    everyone,
  ])
  for (let visit = 1; visit <= 10; visit++) {
    expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(100_000)
    clock.now += day
  }
  expect(await club.books.dueMessages(new Date(clock.now).toISOString())).toEqual([])
  expect((await tap()).prompts).toMatchObject([{ audience: 'operator', text: say('You are one of our regulars') }])
  const eleventh = await buy(goods(1_000_000))
  expect(creditOf(eleventh.booked)).toBe(150_000)
  const sent = { ruleid: 'regular-sms', channel: 'sms', text: say('{name}, from now on you get 15 %'), memberid }
  expect(await club.books.dueMessages(new Date(clock.now).toISOString())).toMatchObject([
    { ...sent, due: new Date(clock.now).toISOString() },
  ])
  clock.now += day
  expect(creditOf((await buy(goods(1_000_000))).booked)).toBe(150_000)
  expect(await club.books.dueMessages(new Date(clock.now).toISOString())).toHaveLength(1)
})

it('3. Who was away for over a month gets 10 % off in cash on return, on top of the 10 % credit, with a welcome line', async () => {
  const back = {
    id: 'welcome-back',
    order: 10,
    when: { absence: { from: 31 } },
    effects: [
      { kind: 'discount', basisPoints: 1_000 },
      { kind: 'prompt', audience: 'customer', text: say('We have missed you!') },
    ],
  }
  const { buy } = await clubWith([back, everyone])
  expect((await buy(goods(1_000_000))).discount).toBe(0)
  clock.now += 30 * day
  expect((await buy(goods(1_000_000))).discount).toBe(0)
  clock.now += 31 * day
  const returned = await buy(goods(1_000_000))
  expect([returned.discount, creditOf(returned.booked)]).toEqual([100_000, 90_000])
  expect(returned.booked.prompts).toMatchObject([{ audience: 'customer', text: say('We have missed you!') }])
  expect(JSON.stringify(returned.booked.receipt)).toContain('We have missed you!')
  clock.now += day
  expect((await buy(goods(1_000_000))).discount).toBe(0)
})

it("4. 75 days after an oil change a message with the customer's name goes out by itself", async () => {
  const rule = {
    id: 'oil',
    order: 10,
    when: { lines: { category: ['oil-change'] } },
    effects: [{ kind: 'message', channel: 'sms', after: { days: 75, at: '10:00' }, text: say('{name}, time to change the oil') }],
  }
  const { buy, undo } = await clubWith([rule])
  await buy(goods(1_000_000))
  const change = await buy([{ product: 'oil-4l', category: 'oil-change', quantity: 1, amount: 9_000_000 }])
  // 28 Aban 1405, 75 days on, at 10:00 in Tehran.
  const due = '2026-11-19T06:30:00.000Z'
  expect(await club.books.dueMessages('2026-11-19T06:29:59.999Z')).toEqual([])
  const messages = await club.books.dueMessages(due)
  expect(messages).toMatchObject([{ due, channel: 'sms', text: say('{name}, time to change the oil'), saleid: change.saleid }])
  expect(change.booked.effects).toMatchObject([{ kind: 'message', ruleid: 'oil', channel: 'sms', due }])
  await undo(change.saleid)
  expect(await club.books.dueMessages(due)).toEqual([])
})

it('5. Every ten coffees, one is free', async () => {
  const stamps = { kind: 'stamps', name: 'coffee', of: { category: ['coffee'] }, freeEvery: 10 }
  const { buy, undo } = await clubWith([{ id: 'coffees', order: 10, when: {}, effects: [stamps] }])
  const nine = await buy(coffees(9))
  expect([nine.discount, balanceOf(nine.booked, 'stamps', 'coffee')]).toEqual([0, 9])
  const receipt = nine.booked.receipt ?? { version: 1 as const, reference: '', provisional: false, blocks: [] }
  expect(fieldsOf(receipt).get('stamps')).toEqual({ kind: 'code', code: '9/10' })
  const small = { product: 'espresso', category: 'coffee', quantity: 1, amount: 90_000 }
  const tenth = await buy([...coffees(1), small])
  expect([tenth.discount, balanceOf(tenth.booked, 'stamps', 'coffee')]).toEqual([90_000, 1])
  const undone = await undo(tenth.saleid)
  expect(undone.effects).toMatchObject([
    { kind: 'stamps-revoked', name: 'coffee', amount: 2 },
    { kind: 'stamps-restored', name: 'coffee', amount: 10 },
  ])
  expect(balanceOf(undone, 'stamps', 'coffee')).toBe(9)
  expect(await club.books.audit()).toEqual([])
})

it('6. Morning customers who like energy drinks get their own offer; products and peak hours earn more', async () => {
  const { buy } = await clubWith([
    {
      id: 'morning-energy',
      order: 10,
      when: { time: { from: '06:00', to: '10:00' }, lines: { category: ['energy-drink'] } },
      effects: [{ kind: 'discount', basisPoints: 2_000, of: { category: ['energy-drink'] } }],
    },
    { id: 'points', order: 20, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
    {
      id: 'energy-points',
      order: 30,
      when: {},
      effects: [{ kind: 'points', name: 'club', perItem: 5, of: { category: ['energy-drink'] } }],
    },
    {
      id: 'peak',
      order: 40,
      when: { time: { from: '17:00', to: '20:00' } },
      effects: [{ kind: 'points', name: 'club', extra: 10_000 }],
    },
  ])
  const basket = [...goods(100_000), { product: 'bull', category: 'energy-drink', quantity: 2, amount: 200_000 }]
  const morning = await buy(basket)
  expect([morning.discount, balanceOf(morning.booked, 'points', 'club')]).toEqual([40_000, 26 + 10])
  clock.now += 8.5 * 3_600_000
  const peak = await buy(basket)
  expect([peak.discount, balanceOf(peak.booked, 'points', 'club')]).toEqual([0, 36 + 2 * (30 + 10)])
  expect(await club.books.audit()).toEqual([])
})

it('7. The first purchase has its discount, within the budget of the offer', async () => {
  const first = {
    id: 'first',
    order: 10,
    when: { purchase: { to: 1 } },
    limits: [{ per: 'programme', every: 'month', amount: 70_000 }],
    effects: [{ kind: 'discount', basisPoints: 500 }],
  }
  const { buy, undo } = await clubWith([first, everyone])
  const one = await buy(goods(1_000_000))
  const two = await buy(goods(1_000_000))
  expect([one.discount, two.discount]).toEqual([50_000, 0])
  await undo(two.saleid)
  await undo(one.saleid)
  // The budget has its 50,000 back, and 70,000 is all that it gives this month.
  const large = await buy(goods(2_000_000))
  expect(large.quoted.effects).toMatchObject([{ kind: 'discount', desired: 100_000, granted: 70_000 }, { kind: 'credit' }])
  await undo(large.saleid)
  const within = await buy(goods(1_400_000))
  expect(within.discount).toBe(70_000)
  await undo(within.saleid)
  expect(await club.books.audit()).toEqual([])
})
