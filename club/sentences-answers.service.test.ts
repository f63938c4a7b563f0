import { expect, it } from 'vitest'
import type { BasketLine } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { cardOf, clubOnTrial, day } from './club-on-trial.ts'

// What is said, claimed and brought back after a sale, each through a box's messages to a club that runs.

const saras = cardOf('04A1B2C3')
const goods = (amount: number): BasketLine[] => [{ product: 'goods', quantity: 1, amount }]
const say = (text: string) => ({ fa: text, en: text })
const everyone = { id: 'everyone', order: 90, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }
const available = ({ balances }: Reply) => balances?.find((one) => one.unit === 'credit')?.available

it('2. … the cashier notes the reaction', async () => {
  const regular = {
    id: 'regular',
    order: 10,
    when: { visit: { from: 2 } },
    effects: [{ kind: 'prompt', audience: 'operator', text: say('You are one of our regulars') }],
  }
  const { club, clock, connect } = await clubOnTrial({ rules: [regular, everyone] })
  const { enrol, buy, fact } = await connect()
  const memberid = await enrol()
  await buy(goods(1_000_000))
  clock.now += day
  const { saleid, booked } = await buy(goods(1_000_000))
  const [prompt] = booked.prompts
  expect(prompt).toMatchObject({ audience: 'operator', ruleid: 'regular' })
  const react = (reaction: string) =>
    fact('vafa.offer.reacted.v1', { member: saras, offerid: prompt?.ruleid, saleid, reaction, operator: 'Mina' })
  expect(await react('later')).toMatchObject({ status: 'accepted', member: { memberid } })
  clock.now += 60_000
  await react('accepted')
  const at = new Date(clock.now).toISOString()
  expect((await club.books.responses(memberid)).reactions).toEqual([
    { offerid: 'regular', saleid, answer: 'accepted', operator: 'Mina', store: 's1', at },
  ])
})

it('8. Answering a survey earns, once', async () => {
  const thanks = { id: 'thanks', on: 'survey-answered', order: 1, when: {}, effects: [{ kind: 'credit', amount: 50_000 }] }
  const { club, connect } = await clubOnTrial({ rules: [thanks] })
  const { enrol, fact } = await connect()
  const memberid = await enrol()
  const answer = (surveyid: string, option: number) =>
    fact('vafa.survey.answered.v1', { member: saras, surveyid, option, comment: 'قهوه سرد بود' })
  expect(available(await answer('autumn', 3))).toBe(50_000)
  expect((await answer('autumn', 1)).effects).toEqual([])
  expect(available(await answer('winter', 4))).toBe(100_000)
  expect((await club.books.responses(memberid)).surveys.map(({ surveyid, option }) => [surveyid, option])).toEqual([
    ['autumn', 3],
    ['winter', 4],
  ])
  expect(await club.books.audit()).toEqual([])
})

it('A tap plus a sale is one visit, also when the sale is undone; a tap alone counts where there are rules about visits', async () => {
  const hello = { id: 'hello', on: 'visit', order: 1, when: {}, effects: [{ kind: 'points', name: 'club', amount: 5 }] }
  const { clock, connect } = await clubOnTrial({ rules: [hello] })
  const { enrol, buy, fact, undo } = await connect()
  await enrol()
  const tapped = () => fact('vafa.visit.recorded.v1', { member: saras })
  expect(await tapped()).toMatchObject({ member: { visits: 1 } })
  clock.now += 600_000
  const { saleid, booked } = await buy(goods(1_000_000))
  expect(booked).toMatchObject({ member: { visits: 1 } })
  expect(await undo(saleid)).toMatchObject({ member: { visits: 1 } })
  clock.now += day
  const next = await buy(goods(1_000_000))
  expect(next.booked).toMatchObject({ member: { visits: 2 } })
  clock.now += 600_000
  expect(await tapped()).toMatchObject({ member: { visits: 2 } })
  expect(await undo(next.saleid)).toMatchObject({ member: { visits: 2 } })
})

it('Who forgot the card claims the receipt later; what is brought back takes its part of the credit with it', async () => {
  const { club, clock, connect } = await clubOnTrial({ rules: [everyone] })
  const { enrol, buy, fact } = await connect()
  await enrol()
  const { booked } = await buy(goods(1_000_000), 'nobody')
  const reference = booked.receipt?.reference
  clock.now += day
  expect(available(await fact('vafa.receipt.claimed.v1', { reference, member: saras }))).toBe(100_000)
  const returned = { returnid: crypto.randomUUID(), reference, lines: [], amount: 250_000, currency: 'IRR', mode: 'live' }
  const reply = await fact('vafa.sale.returned.v1', returned)
  expect(available(reply)).toBe(75_000)
  expect(JSON.stringify(reply.receipt)).toContain('رسید مرجوعی')
  expect(await club.books.audit()).toEqual([])
})
