import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { catalogueDown } from '#protocol/catalogue.ts'
import type { Credential } from '#protocol/credentials.ts'
import type { MemberProfile } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { seal } from '#protocol/sealing.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type BoxOnTrial, type ClubOnTrial, cardOf, clubOnTrial, day } from './club-on-trial.ts'

// Sentences of loyalty managers about people and cards, each through a box's messages to a club that runs.

const everyone = { id: 'everyone', order: 90, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }
const once = [{ per: 'member', every: 'ever', times: 1 }]
const goods = (amount: number) => [{ product: 'goods', quantity: 1, amount }]
const [sara, mina, nima] = ['04A1B2C3', '04A1B2C4', '04A1B2C5'].map(cardOf) as [Credential, Credential, Credential]

const creditIn = ({ balances }: Reply) => balances?.find((one) => one.unit === 'credit')?.available
const gained = ({ effects }: Reply) => effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)

/** Signs somebody up as a kiosk does: the profile is sealed to the club. */
function signUp(
  trial: ClubOnTrial,
  box: BoxOnTrial,
  credential: Credential,
  more: { profile?: MemberProfile; referredBy?: string } = {},
) {
  const { profile, ...rest } = more
  return box.fact('vafa.member.enrolled.v1', {
    memberid: systemRuntime.uuid(),
    credentials: [credential],
    consents: [{ purpose: 'club', given: true }],
    ...(profile ? { profile: sealed(trial, profile) } : {}),
    ...rest,
  })
}
const sealed = ({ folder }: ClubOnTrial, profile: MemberProfile) =>
  seal(profile, JSON.parse(readFileSync(join(folder, 'secrets/sealing.json'), 'utf8')))

it('6. Friends who are brought in earn more', async () => {
  const rule = { id: 'with-friends', order: 10, when: { friends: { from: 1 } }, effects: [{ kind: 'credit', basisPoints: 500 }] }
  const trial = await clubOnTrial({ rules: [rule, everyone] })
  const box = await trial.connect()
  const { member } = await signUp(trial, box, sara)
  expect(gained((await box.buy(goods(1_000_000), sara)).booked)).toBe(100_000)
  await signUp(trial, box, mina, { referredBy: member?.number ?? '' })
  expect(gained((await box.buy(goods(1_000_000), sara)).booked)).toBe(100_000)
  await box.buy(goods(1_000_000), mina)
  expect(gained((await box.buy(goods(1_000_000), sara)).booked)).toBe(150_000)
})

it('7. A welcome gift comes with sign-up, once, however often the card signs up', async () => {
  const gift = { id: 'welcome', on: 'enrolled', order: 10, when: {}, effects: [{ kind: 'credit', amount: 50_000 }] }
  const trial = await clubOnTrial({ rules: [gift, everyone] })
  const box = await trial.connect()
  const first = await signUp(trial, box, sara)
  expect([gained(first), creditIn(first)]).toEqual([50_000, 50_000])
  const again = await signUp(trial, box, sara)
  expect([gained(again), creditIn(again)]).toEqual([0, 50_000])
  expect((await box.tap(sara)).balances).toMatchObject([{ available: 50_000 }])
  expect(await trial.club.books.audit()).toEqual([])
})

it('8. Filling in the profile and bringing a friend earn, once each', async () => {
  const trial = await clubOnTrial({
    rules: [
      {
        id: 'profile',
        on: 'profile-completed',
        order: 10,
        when: { profile: ['name', 'birthday'] },
        limits: once,
        effects: [{ kind: 'credit', amount: 30_000 }],
      },
      { id: 'friend', on: 'friend-bought', order: 20, when: {}, limits: once, effects: [{ kind: 'credit', amount: 70_000 }] },
    ],
  })
  const box = await trial.connect()
  const { member } = await signUp(trial, box, sara, { profile: { displayName: 'سارا' } })
  const update = (profile: MemberProfile) =>
    box.fact('vafa.member.updated.v1', { memberid: member?.memberid, profile: sealed(trial, profile), consents: [] })
  expect(gained(await update({ area: 'ونک' }))).toBe(0)
  expect(gained(await update({ birthday: '1991-03-25' }))).toBe(30_000)
  expect(gained(await update({ birthday: '1991-03-26' }))).toBe(0)

  const balance = async () => creditIn(await box.tap(sara))
  for (const friend of [mina, nima]) await signUp(trial, box, friend, { referredBy: member?.number ?? '' })
  expect(await balance()).toBe(30_000)
  const first = await box.buy(goods(1_000_000), mina)
  expect(await balance()).toBe(100_000)
  await box.undo(first.saleid)
  await box.buy(goods(1_000_000), mina)
  await box.buy(goods(1_000_000), nima)
  expect(await balance()).toBe(100_000)
  const record = await trial.club.books.person(member?.number ?? '')
  expect(record?.friends).toBe(2)
  expect(record?.messages.filter((one) => one.type === 'vafa.club.friend-bought.v1')).toHaveLength(2)
  expect(await trial.club.books.audit()).toEqual([])
})

it('9. A lost card is replaced: the member keeps everything, the old card is refused with a word to the cashier', async () => {
  const trial = await clubOnTrial({ rules: [everyone] })
  const box = await trial.connect()
  const { member } = await signUp(trial, box, sara)
  await box.buy(goods(1_000_000), sara)
  trial.clock.now += day
  expect((await box.fact('vafa.card.blocked.v1', { credential: sara, reason: 'lost' })).status).toBe('accepted')
  const refused = await box.tap(sara)
  expect(refused).toMatchObject({ status: 'declined', error: { key: 'card.blocked' } })
  expect(refused.error?.detail).toEqual({
    fa: 'کارت جایگزین بخواهید یا با پشتیبانی تماس بگیرید.',
    en: 'Ask for the replacement card, or call support.',
  })
  // A sale is never declined: it is booked, nobody is credited, and the till is told.
  const finder = await box.buy(goods(500_000), sara)
  expect([finder.quoted.error?.key, finder.booked.error?.key, gained(finder.booked)]).toEqual(['card.blocked', 'card.blocked', 0])

  trial.clock.now += day
  const replaced = await box.fact('vafa.card.replaced.v1', { old: sara, new: mina })
  expect(replaced).toMatchObject({ status: 'accepted', member: { number: member?.number }, balances: [{ available: 100_000 }] })
  expect(creditIn((await box.buy(goods(1_000_000), mina)).booked)).toBe(200_000)
  expect((await box.tap(sara)).error?.key).toBe('card.blocked')
  await trial.stop()
  await trial.start()
  const again = await trial.connect()
  expect((await again.tap(sara)).error?.key).toBe('card.blocked')
  expect(creditIn(await again.tap(mina))).toBe(200_000)
})

it('a new list of products goes to every store at once, and to a store that comes later', async () => {
  const trial = await clubOnTrial({ rules: [everyone] })
  const early = await trial.connect('s1')
  const heard = (box: BoxOnTrial) => {
    const found = new Promise<unknown>((resolve) => {
      box.client.on('message', (topic, payload) => {
        if (topic === box.topics.down('catalogue')) resolve(JSON.parse(String(payload)))
      })
    })
    return box.client.subscribeAsync(box.topics.down('catalogue'), { qos: 1 }).then(() => found)
  }
  const first = heard(early)
  const products = [{ product: 'latte', name: { fa: 'لاته' }, category: 'coffee' }]
  const act = { id: systemRuntime.uuid(), at: new Date(trial.clock.now).toISOString(), actor: 'tests' }
  await trial.club.books.act([{ ...act, type: 'vafa.club.catalogue-imported.v1', data: { products } }])
  const expected = { version: 1, part: 1, parts: 1, products }
  expect(catalogueDown.parse(await first)).toMatchObject(expected)
  expect(catalogueDown.parse(await heard(await trial.connect('s2')))).toMatchObject(expected)
  await trial.stop()
  await trial.start()
  expect(catalogueDown.parse(await heard(await trial.connect('s1')))).toMatchObject(expected)
})
