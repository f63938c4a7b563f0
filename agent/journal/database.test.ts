import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { adviceOf, beginTransaction } from '#agent/terminal/requests.ts'
import { stateOf, step } from '../machine/machine.ts'
import { checkPin, setPin } from '../pin.ts'
import { openJournalFile } from './database.ts'
import { openJournalKey } from './sealed.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function paths() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-agent-'))
  folders.push(folder)
  return { path: join(folder, 'agent.sqlite'), keyFile: join(folder, 'agent.sqlite.key') }
}

const now = Date.UTC(2026, 10, 22, 8)
const transaction = beginTransaction({ terminal: 'T1', batch: '3', trace: 17, now, offsetMinutes: 210 })
const advice = adviceOf(transaction, { total: 9_000, paid: 9_000, credential: { kind: 'phone', value: '09123456789' } })
const about = { basket: 'b', at: now, total: 9_000, discount: 0, redeemed: 0, paid: 9_000 }

test('what waits is there after a restart, whole; what the customer showed is in no file as it was', () => {
  const { path, keyFile } = paths()
  const file = openJournalFile({ path, key: openJournalKey(keyFile) })
  const empty = stateOf(file.load(now, 'en'))
  const entry = { trace: '000017', message: advice, state: 'sent' as const, tries: 0, about }
  expect(file.save(empty, { ...empty, journal: [entry], next: { batch: 3, trace: 18 }, operator: '7' }, now)).toBe(1)
  for (const suffix of ['', '-wal']) expect(readFileSync(`${path}${suffix}`).includes('09123456789')).toBe(false)
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  file.close()
  const again = openJournalFile({ path, key: openJournalKey(keyFile) })
  // A clock that has gone wrong forgets nothing that waits.
  expect(again.load(now + 400 * 24 * 3_600_000, 'en')).toEqual({
    journal: [entry],
    next: { batch: 3, trace: 18 },
    language: 'en',
    operator: '7',
  })
  again.close()
})

test('an answered entry has lost what the customer showed, and a step that changes nothing writes nothing', () => {
  const { path, keyFile } = paths()
  const file = openJournalFile({ path, key: openJournalKey(keyFile) })
  const setup = { terminal: 'T1', moneyShown: 'rial' as const, timeZone: 'Asia/Tehran', answerMs: 1_000, signs: false }
  const moment = { now, offsetMinutes: 210 }
  const take = (state: ReturnType<typeof stateOf>, input: Parameters<typeof step>[1]) => {
    const next = step(state, input, { setup, moment }).state
    return { state: next, written: file.save(state, next, now) }
  }
  const empty = stateOf(file.load(now, 'en'))
  const waiting = { ...empty, journal: [{ trace: '000017', message: advice, state: 'sent' as const, tries: 0, about }] }
  file.save(empty, waiting, now)
  const up = take(waiting, { kind: 'line', line: 'up' })
  const done = take(up.state, { kind: 'answer', message: { mti: '0230', fields: { 11: '000017', 39: '00' } } })
  expect([up.written, done.written, take(done.state, { kind: 'key', key: '5' }).written]).toEqual([0, 1, 0])
  expect(file.database.prepare('SELECT state, sealed FROM journal').all()).toEqual([{ state: 'done', sealed: null }])
  file.close()
})

test('three wrong PINs lock for five minutes, also over a restart; the right one opens then and clears the count', async () => {
  const { path, keyFile } = paths()
  let file = openJournalFile({ path, key: openJournalKey(keyFile) })
  expect(await checkPin(file.database, '4711', now)).toBe('none')
  await expect(setPin(file.database, '12')).rejects.toMatchObject({ key: 'pin.invalid' })
  await setPin(file.database, '4711')
  const outcomes = []
  for (const pin of ['1', '2', '3']) outcomes.push(await checkPin(file.database, pin, now))
  file.close()
  file = openJournalFile({ path, key: openJournalKey(keyFile) })
  outcomes.push(await checkPin(file.database, '4711', now + 299_000))
  outcomes.push(await checkPin(file.database, '4711', now + 301_000))
  outcomes.push(await checkPin(file.database, '1', now + 301_000))
  expect(outcomes).toEqual(['wrong', 'wrong', 'locked', 'locked', 'right', 'wrong'])
  file.close()
})
