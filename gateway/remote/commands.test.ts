import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import { commandResult } from '#protocol/state.ts'
import { VafaError } from '#runtime/errors.ts'
import { type CommandWorld, createRemoteHands } from './commands.ts'

const boxid = '01900000-0000-7000-8000-0000000000b0'
const key = makeSigningKey('programme-1')
const now = Date.UTC(2026, 10, 21)
const plain = { requestid: '01900000-0000-7000-8000-000000000001', actor: 'hq', expiresat: '2026-11-21T00:01:00.000Z' }

function box() {
  const restarted: string[] = []
  const world: CommandWorld = {
    ...{ club: 'demo', store: 's1', boxid, keys: [key] },
    now: () => now,
    status: () => ({ lanes: 2 }),
    resend: (ranges) => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0),
    devices: () => [{ device: 'till-1', status: 'ready' }],
    async restartDevice(device) {
      if (device !== 'till-1') throw new VafaError({ key: 'device.unknown', message: `there is no device “${device}”` })
      restarted.push(device)
    },
    testPrint: async (lane) => ({ device: `${lane}-printer`, confirmed: true }),
    recentLog: (lines) => Array.from({ length: lines }, (_, n) => `line ${n}`),
    setLogLevel: () => {},
    reload: async () => ({ changed: true }),
    update: async () => ({ update: { status: 'downloading' } }),
    doctor: async () => [{ subject: 'disk', status: 'ok' }],
    capture: async (device, seconds) => ({ recording: `${device} for ${seconds} s`, entries: 1, cut: false }),
  }
  const hands = createRemoteHands(world)
  const say = (name: string, body: object) => hands(name, Buffer.from(JSON.stringify(body)))
  const order = (name: string, data: object = {}, changes: object = {}) => ({
    ...plain,
    club: 'demo',
    store: 's1',
    name,
    data,
    ...changes,
  })
  const signed = (name: string, data?: object, changes: object = {}, by = key) =>
    signDocument(JSON.stringify(order(name, data, changes)), by, 'command')
  return { hands, say, signed, order, restarted }
}

describe('a command from head office', () => {
  it('that only asks is answered', async () => {
    const { say } = box()
    expect(await say('ping', plain)).toMatchObject({ status: 'ok', data: { at: '2026-11-21T00:00:00.000Z' } })
    expect(await say('status', plain)).toMatchObject({ status: 'ok', data: { lanes: 2 } })
  })

  it('that changes something is done when head office has signed it, and only then', async () => {
    const { say, signed, restarted } = box()
    expect(await say('restart-device', { ...plain, data: { device: 'till-1' } })).toMatchObject({
      error: { key: 'command.unsigned' },
    })
    expect(restarted).toEqual([])
    expect(await say('restart-device', signed('restart-device', { device: 'till-1' }))).toMatchObject({
      status: 'ok',
      data: { device: 'till-1' },
    })
    expect(restarted).toEqual(['till-1'])
  })

  it('that was done is not done again, however often it comes', async () => {
    const { say, signed, restarted } = box()
    const once = signed('restart-device', { device: 'till-1' })
    expect(await say('restart-device', once)).toMatchObject({ status: 'ok' })
    expect(await say('restart-device', once)).toMatchObject({ error: { key: 'command.repeated' } })
    expect(restarted).toHaveLength(1)
  })

  it('that was signed by another, for another store, under another name, or was changed, is not done', async () => {
    const { say, signed, restarted } = box()
    const device = { device: 'till-1' }
    const stranger = makeSigningKey('programme-1')
    expect(await say('restart-device', signed('restart-device', device, {}, stranger))).toMatchObject({
      error: { key: 'command.forged' },
    })
    expect(await say('restart-device', signed('restart-device', device, {}, makeSigningKey('x')))).toMatchObject({
      error: { key: 'command.key-unknown' },
    })
    expect(await say('restart-device', signed('restart-device', device, { store: 's2' }))).toMatchObject({
      error: { key: 'command.other' },
    })
    expect(await say('restart-device', signed('test-print', device))).toMatchObject({ error: { key: 'command.other' } })
    const good = signed('restart-device', device)
    expect(await say('restart-device', { ...good, document: good.document.replace('till-1', 'till-2') })).toMatchObject({
      error: { key: 'command.forged' },
    })
    // What was signed as something else is no command.
    const programme = signDocument(good.document, key, 'programme')
    expect(await say('restart-device', programme)).toMatchObject({ error: { key: 'command.forged' } })
    expect(restarted).toEqual([])
  })

  it('that comes late, or would be good for ever, is not done', async () => {
    const { say, signed } = box()
    expect(await say('ping', { ...plain, expiresat: '2026-11-20T23:59:59.000Z' })).toMatchObject({
      error: { key: 'request.expired' },
    })
    expect(await say('devices', signed('devices', {}, { expiresat: '2026-11-20T23:59:59.000Z' }))).toMatchObject({
      error: { key: 'request.expired' },
    })
    expect(await say('devices', signed('devices', {}, { expiresat: '2027-11-20T23:59:59.000Z' }))).toMatchObject({
      error: { key: 'command.too-long' },
    })
  })

  it('that is unknown or lacks something gets an error that says what there is', async () => {
    const { say, signed } = box()
    expect(await say('reboot', plain)).toMatchObject({
      error: { key: 'command.unknown', title: expect.stringContaining('restart-device') },
    })
    expect(await say('restart-device', signed('restart-device'))).toMatchObject({
      error: { key: 'request.invalid', title: expect.stringContaining('device') },
    })
    const other = { ...plain.valueOf(), requestid: '01900000-0000-7000-8000-000000000002' }
    expect(await say('restart-device', signed('restart-device', { device: 'x' }, other))).toMatchObject({
      error: { key: 'device.unknown' },
    })
  })

  it('reads its configuration again when head office has signed that', async () => {
    const { say, signed } = box()
    expect(await say('reload', signed('reload'))).toMatchObject({ status: 'ok', data: { changed: true } })
    expect(await say('reload', plain)).toMatchObject({ error: { key: 'command.unsigned' } })
  })

  it('looks closer: doctor, and a wire for a minute at most', async () => {
    const { say, signed } = box()
    const again = (n: number) => ({ requestid: `01900000-0000-7000-8000-00000000000${n}` })
    expect(await say('doctor', signed('doctor'))).toMatchObject({ data: { findings: [{ subject: 'disk' }] } })
    expect(await say('capture', signed('capture', { device: 'till-1' }, again(2)))).toMatchObject({
      data: { device: 'till-1', recording: 'till-1 for 60 s' },
    })
    expect(await say('capture', signed('capture', { device: 'till-1', seconds: '61' }, again(3)))).toMatchObject({
      error: { key: 'request.invalid' },
    })
    for (const name of ['doctor', 'capture'])
      expect(await say(name, { ...plain, data: { device: 'till-1' } })).toMatchObject({ error: { key: 'command.unsigned' } })
  })

  it('to send facts again goes by the numbers of this installation only', async () => {
    const { say } = box()
    expect(await say('resend', { ...plain, data: { boxid, ranges: [[3, 5]] } })).toMatchObject({
      status: 'ok',
      data: { sent: 3 },
    })
    expect(await say('resend', { ...plain, data: { boxid: plain.requestid, ranges: [[3, 5]] } })).toMatchObject({
      error: { key: 'box.other' },
    })
    expect(await say('resend', { ...plain, data: { boxid } })).toMatchObject({ error: { key: 'request.invalid' } })
  })

  it('of any bytes gets a valid result', async () => {
    const { hands } = box()
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.oneof(
          fc.uint8Array(),
          fc.jsonValue().map((v) => Buffer.from(JSON.stringify(v))),
        ),
        async (name, payload) => {
          commandResult.parse(await hands(name, payload))
        },
      ),
      { numRuns: 10_000 },
    )
  })
})
