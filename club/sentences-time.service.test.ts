import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seal } from '#protocol/sealing.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { begin, cardOf, clubOnTrial, day } from './club-on-trial.ts'

// Sentences of loyalty managers about what time brings, each through a box's messages to a club that runs.

const sara = cardOf('04A1B2C3')
const cake = { fa: 'تولدشان است؛ کیک تعارف کنید.', en: 'A birthday! Offer the cake.' }
const wish = { fa: '{name} عزیز، تولدتان مبارک!', en: 'Happy birthday, {name}!' }

it('5. On the birthday a cake is offered, and a message goes out by itself', async () => {
  const trial = await clubOnTrial({
    rules: [
      { id: 'cake', order: 1, when: { birthday: {} }, effects: [{ kind: 'prompt', audience: 'operator', text: cake }] },
      {
        id: 'wish',
        on: 'birthday',
        order: 2,
        when: {},
        effects: [
          { kind: 'message', channel: 'sms', text: wish },
          { kind: 'credit', amount: 20_000 },
        ],
      },
    ],
  })
  const box = await trial.connect()
  const sealingKey = JSON.parse(readFileSync(join(trial.folder, 'secrets/sealing.json'), 'utf8'))
  // 16 Shahrivar, two days from now; it was 16 Shahrivar 1370 too.
  const profile = seal({ displayName: 'سارا', birthday: '1370-06-16' }, sealingKey)
  await box.fact('vafa.member.enrolled.v1', {
    memberid: systemRuntime.uuid(),
    credentials: [sara],
    consents: [
      { purpose: 'club', given: true },
      { purpose: 'promotion', channel: 'sms', given: true },
    ],
    profile,
  })
  await box.buy([{ product: 'tea', quantity: 1, amount: 100_000 }], sara)
  expect((await box.tap(sara)).prompts).toEqual([])

  await trial.stop()
  trial.clock.now = begin + 2 * day
  await trial.start()
  const again = await trial.connect()
  const tapped = await again.tap(sara)
  expect(tapped.prompts).toMatchObject([{ audience: 'operator', text: cake }])
  expect(tapped.balances).toMatchObject([{ available: 20_000 }])
  const due = await trial.club.books.dueMessages(new Date(trial.clock.now).toISOString())
  // At 0:00 in Tehran, on the day.
  expect(due).toMatchObject([{ ruleid: 'wish', channel: 'sms', text: wish, due: '2026-09-06T20:30:00.000Z' }])

  // Nothing more is due that day, however often the club starts.
  await trial.stop()
  await trial.start()
  expect(await trial.club.books.dueMessages(new Date(trial.clock.now).toISOString())).toHaveLength(1)
  expect(await trial.club.books.audit()).toEqual([])
})
