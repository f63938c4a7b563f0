import { describe, expect, it } from 'vitest'
import { booked, completed, laneOf, openSale, pay, quoted, receipt, ref, saleid, sara } from './lane-on-trial.ts'

describe('without the club', () => {
  it('a tap is told that the club cannot be reached, and the sale still earns for its member', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.tap(sara)
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'club.unavailable' } }])
    openSale(lane)
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', decidedBy: 'box', payable: 100_000 })
    pay(lane, 100_000)
    expect(lane.all('commit')).toMatchObject([{ data: { member: sara, applied: [] } }])
  })

  it('a quote that does not come in time is the box’s own, without a discount, and the uplink is in doubt', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:1' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', decidedBy: 'box', discount: 0, payable: 100_000 })
    expect(lane.all('doubt')).toHaveLength(1)
  })

  it('a quote that comes too late changes nothing', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:1' })
    lane.forgetPast()
    lane.take({ kind: 'answer', number: 1, reply: quoted })
    expect(lane.told).toEqual([])
    pay(lane, 100_000)
    expect(lane.all('commit')).toHaveLength(1)
  })

  it('the box decides alone at once, and hands over a provisional receipt', () => {
    const lane = completed({ uplink: 'offline' })
    expect(lane.all('decide-alone')).toMatchObject([{ ref, of: 'sale' }])
    const provisional = { ...receipt, provisional: true }
    lane.take({ kind: 'decided-alone', ref, receipt: provisional, effects: [] })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', status: 'provisional', receipt: provisional })
    expect(lane.all('print')).toMatchObject([{ given: 'provisional' }])
  })

  it('a reply after the provisional receipt corrects the display and prints nothing more', () => {
    const lane = completed()
    lane.take({ kind: 'timer', timer: `booking:${ref}` })
    lane.take({ kind: 'decided-alone', ref, receipt: { ...receipt, provisional: true }, effects: [] })
    lane.forgetPast()
    const display = { title: { fa: 'ممنون', en: 'Thanks' }, rows: [] }
    lane.take({ kind: 'reply', ref, reply: { ...booked, display } })
    expect(lane.all('print')).toEqual([])
    expect(lane.told).toEqual([])
    expect(lane.state.shown.display).toEqual(display)
  })

  it('a reply that overtakes the box’s own decision wins: there is one receipt, the final one', () => {
    const lane = completed()
    lane.take({ kind: 'timer', timer: `booking:${ref}` })
    lane.take({ kind: 'reply', ref, reply: booked })
    lane.take({ kind: 'decided-alone', ref, receipt: { ...receipt, provisional: true }, effects: [] })
    expect(lane.all('print')).toMatchObject([{ given: 'final' }])
    expect(lane.told.filter(({ op }) => op === 'result')).toHaveLength(1)
  })

  it('a sign-up is said to be provisional', () => {
    const lane = laneOf({ uplink: 'offline' })
    lane.tap(sara)
    lane.till({ op: 'enrol', id: 'e1', profile: {}, consents: [] })
    lane.take({ kind: 'committed', ref: `enrolment:${saleid}` })
    expect(lane.told.at(-1)).toMatchObject({ op: 'result', re: 'e1', status: 'provisional' })
  })
})
