import { describe, expect, it } from 'vitest'
import { describeError } from '#protocol/errors.ts'
import { answer, laneOf, member, offer, openSale, pay, quoteSale, reza, saleid, sara, type TestLane } from './lane-on-trial.ts'

describe('a tap', () => {
  it('of a card that the club does not know tells the till what to do, and the customer can sign up', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.take({ kind: 'answer', number: 1, reply: { ...answer, status: 'declined', error: describeError('credential.unknown') } })
    expect(lane.told).toMatchObject([{ op: 'error', error: { key: 'credential.unknown' } }])
    lane.till({ op: 'enrol', id: 'e1', profile: { displayName: 'Sara' }, consents: [] })
    expect(lane.all('enrol')).toMatchObject([{ credentials: [sara], orderkey: sara.token, memberid: saleid }])
    lane.take({ kind: 'committed', ref: `enrolment:${saleid}` })
    expect(lane.told.at(-1)).toEqual({ op: 'enrolled', re: 'e1', memberid: saleid })
  })

  it('of nobody’s card is explained and changes nothing', () => {
    const lane = laneOf()
    openSale(lane)
    lane.take({ kind: 'refused', key: 'credential.random', reason: 'a UID of 4 bytes that begins with 08' })
    expect(lane.told.at(-1)).toMatchObject({ op: 'error', error: { key: 'credential.random' } })
    expect(lane.phase.at).toBe('open')
  })

  it('is forgotten after a while, so that it never meets the next customer’s sale', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.take({ kind: 'timer', timer: 'rest' })
    openSale(lane)
    expect(lane.all('ask').at(-1)).not.toHaveProperty('data.member')
  })

  it('of another card that is shown once more drops the discount of the first where the club does not answer', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(reza)
    lane.tap(reza)
    lane.take({ kind: 'timer', timer: `question:${lane.state.questions}` })
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', discount: 0, payable: 100_000, decidedBy: 'box' })
  })

  it('of the same card again keeps the quote where the club does not answer', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(sara)
    lane.take({ kind: 'timer', timer: `question:${lane.state.questions}` })
    pay(lane)
    expect(lane.all('commit')).toMatchObject([{ data: { payable: 95_000 } }])
  })
})

describe('a second card', () => {
  const second = { op: 'error', error: { key: 'card.second' } }

  it('in the same moment as the first asks the operator, and the first stays', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.tap(reza)
    expect(lane.told).toMatchObject([second])
    openSale(lane)
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: sara } })
  })

  it('in the same moment that is shown once more is taken', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.tap(reza)
    lane.tap(reza)
    openSale(lane)
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: reza } })
  })

  it('a moment later is the next customer’s', () => {
    const lane = laneOf()
    lane.tap(sara)
    lane.take({ kind: 'timer', timer: 'together' })
    lane.tap(reza)
    openSale(lane)
    expect(lane.told.filter(({ op }) => op === 'error')).toEqual([])
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: reza } })
  })

  it('after one that is nobody’s simply takes its place, before a sale and within it', () => {
    const nobody = { ...answer, error: describeError('credential.unknown') }
    const lane = laneOf()
    lane.tap(reza)
    lane.take({ kind: 'answer', number: 1, reply: { ...nobody, status: 'declined' } })
    lane.tap(sara)
    openSale(lane)
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: sara } })
    quoteSale(lane, { ...nobody, quote: { ...offer, discount: 0, payable: 100_000 } })
    lane.tap(reza)
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: reza } })
  })

  it('in the middle of the first one’s sale asks the operator, and takes nothing from the first', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.present(reza, 'p1')
    expect(lane.told.at(-1)).toMatchObject({ ...second, re: 'p1' })
    pay(lane)
    expect(lane.all('commit')).toMatchObject([{ data: { member: sara, payable: 95_000 } }])
  })

  it('that is shown once more only after a while is asked about again', () => {
    const lane = laneOf()
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(reza)
    lane.take({ kind: 'timer', timer: 'second' })
    lane.tap(reza)
    expect(lane.told.slice(-2)).toMatchObject([second, second])
  })

  it('that only the club can tell apart is taken when it is shown once more', () => {
    const lane = laneOf()
    const proof = (presentationid: string) => ({ kind: 'nfc-sun' as const, keyid: 'k1', proof: presentationid, presentationid })
    lane.tap(sara)
    openSale(lane)
    quoteSale(lane)
    lane.tap(proof('01900000-0000-7000-8000-0000000000f1'))
    lane.tap(proof('01900000-0000-7000-8000-0000000000f2'))
    expect(lane.all('ask').at(-1)).toMatchObject({ data: { member: { presentationid: '01900000-0000-7000-8000-0000000000f2' } } })
  })
})

describe('a till that presents a card', () => {
  const heard = (lane: TestLane, re: string) => lane.told.filter((response) => response.re === re)

  it('and opens the sale before the club has answered hears with the quote who it is', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    expect(heard(lane, 'p1')).toEqual([])
    quoteSale(lane)
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'member', member }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', payable: 95_000 })
  })

  it('and opens the sale before the club has answered hears that nobody has that card', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    quoteSale(lane, {
      ...answer,
      error: describeError('credential.unknown'),
      quote: { ...offer, discount: 0, payable: 100_000 },
    })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'credential.unknown' } }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', payable: 100_000, decidedBy: 'club' })
  })

  it('hears it too where the sale is opened and the club does not answer at all', () => {
    const lane = laneOf()
    lane.present(sara, 'p1')
    openSale(lane)
    lane.take({ kind: 'timer', timer: 'question:2' })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'club.unavailable' } }])
    expect(lane.told.at(-1)).toMatchObject({ op: 'quote', re: 'o1', decidedBy: 'box' })
  })

  it('hears who it is with the quote that its `open` still waits for', () => {
    const lane = laneOf()
    openSale(lane)
    lane.present(sara, 'p1')
    quoteSale(lane)
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'member', member }])
    expect(heard(lane, 'o1')).toMatchObject([{ op: 'opened' }, { op: 'quote', payable: 95_000 }])
  })

  it('and then another is never told that the first is the second', () => {
    const lane = laneOf()
    lane.present(reza, 'p1')
    lane.take({ kind: 'timer', timer: 'together' })
    lane.present(sara, 'p2')
    lane.take({ kind: 'answer', number: 2, reply: { ...answer, member } })
    expect(heard(lane, 'p1')).toMatchObject([{ op: 'error', error: { key: 'request.expired' } }])
    expect(heard(lane, 'p2')).toMatchObject([{ op: 'member', member }])
  })
})
