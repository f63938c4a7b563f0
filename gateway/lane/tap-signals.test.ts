import { expect, test } from 'vitest'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { createTapSignals } from './tap-signals.ts'

const trial = () => {
  const seen: string[] = []
  const tapSignal = (device: string) => ({
    signal: (outcome: string, lane?: string) => void seen.push(`${device} ${lane} ${outcome}`),
  })
  return { seen, signals: createTapSignals({ hardware: { tapSignal }, lane: 'lane-1' }) }
}
const member: TillResponse = { op: 'member', balances: [], prompts: [] }
const error = (key: ErrorKey, re?: string): TillResponse => ({
  op: 'error',
  ...(re === undefined ? {} : { re }),
  error: describeError(key),
})

test('a reader shows once what came of its tap', () => {
  const { seen, signals } = trial()
  for (const answer of [member, error('credential.unknown'), error('club.unavailable')]) {
    signals.tapped('reader-1')
    signals.told(answer)
    signals.told(answer)
  }
  expect(seen).toEqual(['reader-1 lane-1 accepted', 'reader-1 lane-1 refused', 'reader-1 lane-1 accepted'])
})

test('what a till asked and heard is nothing that a reader shows', () => {
  const { seen, signals } = trial()
  signals.told(member)
  signals.tapped('reader-1')
  signals.told(error('request.invalid', 'T-1'))
  signals.told({ op: 'pong', re: 'T-2' })
  expect(seen).toEqual([])
  signals.told(member)
  expect(seen).toEqual(['reader-1 lane-1 accepted'])
})

test('what the reader itself refuses is shown at once, and the lane’s word on it is no second time', () => {
  const { seen, signals } = trial()
  signals.refused('reader-2')
  signals.told(error('credential.random'))
  expect(seen).toEqual(['reader-2 lane-1 refused'])
})
