import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ConfigurationOrder } from '#protocol/configuration.ts'
import { openConfigurationShelf } from './record.ts'

const now = Date.UTC(2026, 10, 22)
const order = (version: number): ConfigurationOrder => ({
  id: `01900000-0000-7000-8000-00000000000${version}`,
  club: 'demo',
  store: 's1',
  version,
  actor: 'sara',
  at: '2026-11-22T00:00:00.000Z',
  expiresat: '2026-12-22T00:00:00.000Z',
  healthyseconds: 120,
  text: `store: s1 # ${version}\n`,
})

function shelf() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-shelf-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, 'store: s1 # own\n')
  return { file, folder, opened: openConfigurationShelf(file) }
}

it('a configuration that proves itself is in force, and the one before lies beside it', () => {
  const { file, opened } = shelf()
  expect(opened.state()).toEqual({})
  opened.begin(order(1))
  expect(opened.state()).toEqual({ trial: 1 })
  opened.confirm()
  expect(opened.state()).toEqual({ version: 1 })
  expect(readFileSync(file, 'utf8')).toBe('store: s1 # 1\n')
  expect(readFileSync(`${file}.former`, 'utf8')).toBe('store: s1 # own\n')
})

it('one that does not is taken back, and the state says which and why', () => {
  const { file, opened } = shelf()
  opened.begin(order(1))
  opened.confirm()
  opened.begin(order(2))
  opened.takeBack({ key: 'configuration.unhealthy', reason: 'the club does not answer', version: 2 }, now)
  expect(readFileSync(file, 'utf8')).toBe('store: s1 # 1\n')
  expect(opened.state()).toEqual({
    version: 1,
    refused: { version: 2, key: 'configuration.unhealthy', reason: 'the club does not answer', at: '2026-11-22T00:00:00.000Z' },
  })
  expect(opened.record).toMatchObject({ highest: 2, lastId: order(2).id })
})

it('what is on trial is known to whoever opens it after a power cut, and counts the starts', () => {
  const { file, folder, opened } = shelf()
  opened.begin(order(1))
  const after = openConfigurationShelf(file)
  after.startedOnTrial()
  expect(openConfigurationShelf(file).record.trial).toMatchObject({ version: 1, starts: 2 })
  after.takeBack({ key: 'configuration.unhealthy', reason: 'it died', version: 1 }, now)
  expect(readFileSync(file, 'utf8')).toBe('store: s1 # own\n')
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
})

it('a gateway.yaml that somebody changed on the box is told as that', () => {
  const { file, opened } = shelf()
  opened.begin(order(1))
  opened.confirm()
  writeFileSync(file, 'store: s1 # by hand\n')
  expect(opened.state()).toEqual({ version: 1, edited: true })
  rmSync(file)
  expect(opened.state()).toEqual({ version: 1, edited: true })
})

it('a record that is damaged stops the start, with the way out', () => {
  const { file } = shelf()
  writeFileSync(`${file}.pushed.json`, '{"highest":')
  expect(() => openConfigurationShelf(file)).toThrow(expect.objectContaining({ key: 'configuration.record' }))
})
