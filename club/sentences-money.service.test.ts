import { expect, it } from 'vitest'
import type { BasketLine } from '#protocol/messages.ts'
import { fieldsOf } from '#protocol/receipt.ts'
import type { Reply } from '#protocol/reply.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { cardOf, clubOnTrial, day } from './club-on-trial.ts'

// Spending and losing credit and points, each through a box's messages to a club that runs.

const minute = 60_000
const goods = (amount: number): BasketLine[] => [{ product: 'goods', quantity: 1, amount }]
const availableOf = ({ balances }: Reply, unit = 'credit') => balances?.find((one) => one.unit === unit)?.available
const everyone = { id: 'everyone', order: 90, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }

it('7. Points that are about to expire are announced', async () => {
  const trial = await clubOnTrial({
    expiry: { points: { club: { after: { days: 90 }, remind: [{ days: 14 }] } } },
    rules: [
      { id: 'points', order: 10, when: {}, effects: [{ kind: 'points', name: 'club', per: 10_000 }] },
      {
        id: 'use-them',
        on: 'points-expiring',
        order: 20,
        when: {},
        effects: [
          {
            kind: 'message',
            channel: 'sms',
            after: { days: 0, at: '10:00' },
            text: {
              fa: '{name} عزیز، {expiring} امتیاز شما {days} روز دیگر می‌سوزد.',
              en: '{name}, {expiring} points end in {days} days.',
            },
          },
        ],
      },
    ],
  })
  const { enrol, buy } = await trial.connect()
  const memberid = await enrol()
  await buy(goods(1_200_000))
  const told = () => trial.club.books.dueMessages(new Date(trial.clock.now).toISOString())
  await trial.pass(76 * day)
  expect(await told()).toEqual([])
  // Announced at the beginning of the day, and sent at ten.
  await trial.pass(day)
  expect(await told()).toEqual([])
  await trial.pass(60 * minute)
  expect(await told()).toMatchObject([
    {
      memberid,
      ruleid: 'use-them',
      channel: 'sms',
      text: {
        fa: '{name} عزیز، ۱۲۰ امتیاز شما ۱۴ روز دیگر می‌سوزد.',
        en: '{name}, 120 points end in 14 days.',
      },
    },
  ])
  // The club is stopped on the last day and started after it: they are lost all the same, once.
  await trial.stop()
  trial.clock.now += 14 * day
  await trial.start()
  const box = await trial.connect()
  expect(availableOf(await box.tap(), 'points')).toBe(0)
  await trial.pass(minute)
  expect((await trial.club.books.totals()).accounts['house:expired:points:club']).toBe(120)
  expect(await told()).toHaveLength(1)
  expect(await trial.club.books.audit()).toEqual([])
})

it('credit is held, taken off the next purchase, and given back when that is undone', async () => {
  const trial = await clubOnTrial({ rules: [everyone] })
  const { enrol, buy, ask, fact, undo } = await trial.connect()
  await enrol()
  await buy(goods(1_000_000))
  const member = cardOf('04A1B2C3')
  const redemptionid = systemRuntime.uuid()
  const wanted = { redemptionid, member, amount: 150_000, currency: 'IRR' }
  const declined = await ask('vafa.redemption.reserved.v1', { ...wanted, capture: 'whole' })
  expect(declined).toMatchObject({ status: 'declined', error: { key: 'credit.insufficient' } })
  expect(availableOf(declined)).toBe(100_000)
  const reserved = await ask('vafa.redemption.reserved.v1', { ...wanted, capture: 'up-to' })
  expect(reserved.hold).toMatchObject({ redemptionid, amount: 100_000 })

  const sale = { saleid: systemRuntime.uuid(), member, businessdate: '2026-09-05', currency: 'IRR', mode: 'live', applied: [] }
  const booked = await fact('vafa.sale.completed.v1', {
    ...{ ...sale, total: 500_000, lines: goods(500_000), redemption: { redemptionid, amount: 100_000 } },
    payable: 400_000,
    tenders: [{ kind: 'cash', amount: 400_000 }],
  })
  expect(availableOf(booked)).toBe(40_000)
  const fields = fieldsOf(booked.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
  expect(fields.get('credit-redeemed')).toMatchObject({ amount: 100_000 })
  expect(fields.get('payable')).toMatchObject({ amount: 400_000 })
  const undone = await undo(sale.saleid)
  expect(availableOf(undone)).toBe(100_000)
  expect(await trial.club.books.audit()).toEqual([])
})

it('credit that is held and never used is back a quarter of an hour later, by itself', async () => {
  const trial = await clubOnTrial({ rules: [everyone] })
  const { enrol, buy, ask, tap } = await trial.connect()
  await enrol()
  await buy(goods(1_000_000))
  const member = cardOf('04A1B2C3')
  const wanted = { redemptionid: systemRuntime.uuid(), member, amount: 60_000, currency: 'IRR', capture: 'whole' }
  expect((await ask('vafa.redemption.reserved.v1', wanted)).status).toBe('accepted')
  expect(availableOf(await tap())).toBe(40_000)
  await trial.pass(14 * minute)
  expect(availableOf(await tap())).toBe(40_000)
  await trial.pass(minute)
  expect(availableOf(await tap())).toBe(100_000)
})

it('credit that one store granted and another took is cleared between them', async () => {
  const trial = await clubOnTrial({ rules: [everyone] })
  const first = await trial.connect('s1')
  const second = await trial.connect('s2')
  await first.enrol()
  await first.buy(goods(1_000_000))
  const spent = { redemptionid: systemRuntime.uuid(), member: cardOf('04A1B2C3'), amount: 70_000, currency: 'IRR' }
  expect(availableOf(await second.fact('vafa.redemption.captured.v1', spent))).toBe(30_000)
  const today = { from: new Date(trial.clock.now - day).toISOString(), to: new Date(trial.clock.now + day).toISOString() }
  expect(await trial.club.books.clearing(today)).toEqual([{ debtor: 's1', creditor: 's2', amount: 70_000, currency: 'IRR' }])
})
