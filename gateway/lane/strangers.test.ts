import { expect, it } from 'vitest'
import { createStrangers } from './strangers.ts'

it('after twenty unknown cards a lane asks about nobody, until a while has passed; the same card counts once', () => {
  const clock = { now: 0 }
  const strangers = createStrangers({ now: () => clock.now })
  for (let n = 0; n < 19; n += 1) strangers.note(`card ${n}`)
  for (let n = 0; n < 50; n += 1) strangers.note('card 0')
  expect(strangers.tooMany()).toBe(false)
  strangers.note('card 19')
  expect(strangers.tooMany()).toBe(true)
  clock.now += 5_999
  expect(strangers.tooMany()).toBe(true)
  clock.now += 1
  expect(strangers.tooMany()).toBe(false)
  strangers.note('card 20')
  expect(strangers.tooMany()).toBe(true)
  clock.now += 120_000
  for (let n = 0; n < 19; n += 1) strangers.note(`card ${n}`)
  expect(strangers.tooMany()).toBe(false)
})

it('a stranger a minute is never too many', () => {
  const clock = { now: 0 }
  const strangers = createStrangers({ now: () => clock.now })
  for (let n = 0; n < 1_000; n += 1) {
    strangers.note(`card ${n}`)
    expect(strangers.tooMany()).toBe(false)
    clock.now += 60_000
  }
})
