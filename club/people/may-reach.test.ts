import { expect, it } from 'vitest'
import { type ConsentEntry, mayReach } from './may-reach.ts'

const said = (purpose: string, given: boolean, channel?: string): ConsentEntry => ({
  purpose,
  given,
  ...(channel === undefined ? {} : { channel }),
})

it('nobody is written to who was never asked', () => {
  expect(mayReach([], 'club', 'sms')).toEqual({ may: false, why: 'never-asked' })
  expect(mayReach([said('club', true)], 'promotion', 'sms')).toEqual({ may: false, why: 'never-asked' })
  expect(mayReach([said('club', true, 'email')], 'club', 'sms')).toEqual({ may: false, why: 'never-asked' })
})

it('consent to a purpose is consent to each of its channels', () => {
  for (const channel of ['sms', 'messenger', 'email', 'push', 'receipt'] as const)
    expect(mayReach([said('promotion', true)], 'promotion', channel)).toEqual({ may: true })
})

it('what was said last counts, of the channel or of all', () => {
  const history = [said('promotion', true), said('promotion', false, 'sms')]
  expect(mayReach(history, 'promotion', 'sms')).toEqual({ may: false, why: 'withdrawn' })
  expect(mayReach(history, 'promotion', 'email')).toEqual({ may: true })
  expect(mayReach([...history, said('promotion', true, 'sms')], 'promotion', 'sms')).toEqual({ may: true })
  expect(mayReach([...history, said('promotion', false)], 'promotion', 'email')).toEqual({ may: false, why: 'withdrawn' })
})
