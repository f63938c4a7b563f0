import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandResult } from '#protocol/state.ts'
import { answerCommand } from './commands.ts'

const boxid = '01900000-0000-7000-8000-0000000000b0'
const world = {
  boxid,
  now: () => Date.UTC(2026, 10, 21),
  status: () => ({ lanes: 2 }),
  resend: (ranges: readonly (readonly [number, number])[]) => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
}
const command = { requestid: '01900000-0000-7000-8000-000000000001', actor: 'hq', expiresat: '2026-11-21T00:01:00.000Z' }
const say = (name: string, body: object) => answerCommand(name, Buffer.from(JSON.stringify(body)), world)

describe('a command from head office', () => {
  it('that is known is done', () => {
    expect(say('ping', command)).toMatchObject({
      requestid: command.requestid,
      status: 'ok',
      data: { at: '2026-11-21T00:00:00.000Z' },
    })
    expect(say('status', command)).toMatchObject({ status: 'ok', data: { lanes: 2 } })
  })

  it('that is unknown gets an error that says what there is', () => {
    expect(say('reboot', command)).toMatchObject({
      status: 'error',
      error: { key: 'command.unknown', title: expect.stringContaining('“reboot”') },
    })
  })

  it('to send facts again goes by the numbers of this installation only', () => {
    expect(say('resend', { ...command, data: { boxid, ranges: [[3, 5]] } })).toMatchObject({ status: 'ok', data: { sent: 3 } })
    expect(say('resend', { ...command, data: { boxid: command.requestid, ranges: [[3, 5]] } })).toMatchObject({
      error: { key: 'box.other' },
    })
    expect(say('resend', { ...command, data: { boxid } })).toMatchObject({ error: { key: 'request.invalid' } })
  })

  it('that comes late is not done', () => {
    expect(say('ping', { ...command, expiresat: '2026-11-20T23:59:59.000Z' })).toMatchObject({
      status: 'error',
      error: { key: 'request.expired' },
    })
  })

  it('of any bytes gets a valid result', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(
          fc.uint8Array(),
          fc.jsonValue().map((v) => Buffer.from(JSON.stringify(v))),
        ),
        (name, payload) => {
          commandResult.parse(answerCommand(name, payload, world))
        },
      ),
    )
  })
})
