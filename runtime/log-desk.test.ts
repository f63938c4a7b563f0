import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createLogDesk } from './log-desk.ts'

it('the level is changed for all loggers at once, those made before too, and the last lines can be asked for', () => {
  const written: string[] = []
  const { desk, stream } = createLogDesk({ to: { write: (line: string) => written.push(line) > 0 }, level: 'info' })
  const log = pino({ level: 'debug' }, stream)
  const child = log.child({ part: 'uplink' })
  child.debug('one')
  child.info('two')
  expect(written).toHaveLength(1)
  desk.setLevel('debug')
  child.debug('three')
  desk.setLevel('error')
  child.warn('four')
  log.error('five')
  expect(desk.recent(10).map((line) => JSON.parse(line).msg)).toEqual(['two', 'three', 'five'])
  expect(desk.recent(1)).toHaveLength(1)
})

it('what is remembered has an end', () => {
  const { desk, stream } = createLogDesk({ to: { write: () => true }, level: 'info' })
  const log = pino({ level: 'debug' }, stream)
  for (let n = 0; n < 3_000; n++) log.info({ long: 'x'.repeat(n % 7 === 0 ? 5_000 : 10) }, String(n))
  const lines = desk.recent(5_000)
  expect(lines).toHaveLength(1_000)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(2_000)
})
