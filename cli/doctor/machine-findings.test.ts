import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { GatewayStanding } from '#gateway/control.ts'
import { openGatewayDatabase } from '#gateway/database.ts'
import { thisMachine } from '../attached/machine.ts'
import { lookAtClock, lookAtDisk, lookAtOutbox } from './machine-findings.ts'

const now = Date.parse('2026-11-22T09:00:00Z')
const hourMs = 3_600_000

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'vafa-doctor-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

const standing = (more: Partial<GatewayStanding>): GatewayStanding => ({
  ...{ version: '1', online: true, backlog: { count: 0, bytes: 0 }, devices: [], troubles: [] },
  ...more,
})

test('the outbox: what waits since long is told from what is on its way', () => {
  const waiting = (sinceMs: number) =>
    lookAtOutbox('none', {
      standing: standing({ backlog: { count: 2, bytes: 9, oldest: new Date(now - sinceMs).toISOString() } }),
      now,
    })
  expect(lookAtOutbox('none', { standing: standing({}), now })).toMatchObject({ status: 'ok' })
  expect(waiting(1_000)).toMatchObject({ status: 'ok', detail: expect.stringContaining('2 facts') })
  expect(waiting(2 * hourMs)).toMatchObject({ status: 'warning', layer: 'outbox' })
})

test('the outbox of a box that is not running is read where it lies', () => {
  const file = join(folder(), 'gateway.sqlite')
  expect(lookAtOutbox(file, { now })).toMatchObject({ status: 'ok', detail: 'there is none yet' })
  const { database } = openGatewayDatabase(file)
  database
    .prepare("INSERT INTO outbox (id, type, lane, orderkey, at, body) VALUES ('a', 't', 'lane-1', x'00', ?, x'00')")
    .run(now - 2 * hourMs)
  database.close()
  expect(lookAtOutbox(file, { now })).toMatchObject({ status: 'warning', detail: expect.stringContaining('1 fact') })
  writeFileSync(file, 'no database at all, and long enough to be read as one'.repeat(40))
  expect(lookAtOutbox(file, { now })).toMatchObject({ status: 'failed', layer: 'disk' })
})

test('the disk: a folder that is not there yet is made by the gateway', () => {
  const made = folder()
  expect(lookAtDisk(join(made, 'gateway.sqlite')).status).not.toBe('failed')
  expect(lookAtDisk(join(made, 'data/gateway.sqlite'))).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('not there yet'),
  })
})

test('the clock: wrong by itself, wrong by the club’s, kept by nobody, kept', () => {
  const run = folder()
  const machine = { ...thisMachine, run }
  expect(lookAtClock(machine, { now: Date.parse('1970-01-02') })).toMatchObject({ status: 'failed', layer: 'clock' })
  expect(lookAtClock(machine, { now, standing: standing({ skewMs: 90_000 }) })).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('90 s behind'),
  })
  expect(lookAtClock(machine, { now })).toMatchObject({ status: 'warning', command: 'sudo timedatectl set-ntp true' })
  mkdirSync(join(run, 'systemd/timesync'), { recursive: true })
  writeFileSync(join(run, 'systemd/timesync/synchronized'), '')
  expect(lookAtClock(machine, { now, standing: standing({ skewMs: -12 }) })).toMatchObject({ status: 'ok' })
})
