import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { clubOnTrial } from '#club/club-on-trial.ts'
import { startVafa } from '#simulators/process/watched-process.ts'

const sale = {
  ...{ saleid: '01930000-0000-7000-8000-000000000077', businessdate: '2026-09-05', currency: 'EUR' },
  ...{ total: 1_000, lines: [], mode: 'live', applied: [], payable: 1_000, tenders: [{ kind: 'cash', amount: 1_000 }] },
}

/** A club that has set a sale aside, and `vafa club quarantine` on its configuration. */
async function withOneAside() {
  const trial = await clubOnTrial({})
  const box = await trial.connect()
  const { inReplyTo: id, status } = await box.fact('vafa.sale.completed.v1', sale)
  expect(status).toBe('quarantined')
  const quarantine = async (...given: string[]) => {
    const process = startVafa(['club', 'quarantine', ...given, '-c', join(trial.folder, 'club.yaml')])
    return { code: await process.ended, output: process.output() }
  }
  return { trial, box, id, quarantine }
}

it('books a corrected event while the club runs, and the box is told', async () => {
  const { trial, box, id, quarantine } = await withOneAside()
  expect(statSync(join(trial.folder, 'club.sqlite.sock')).mode & 0o777).toBe(0o600)
  const listed = await quarantine('list', '--language', 'en')
  expect(listed.output).toContain('not in EUR')
  expect(listed.output).toContain('book it with release --as')
  expect((await quarantine('list')).output).toContain('پیام درست نیست')

  const shown = await quarantine('show', id)
  const file = join(trial.folder, 'corrected.json')
  writeFileSync(file, shown.output.replace('"EUR"', '"IRR"'))
  expect(await quarantine('release', id)).toMatchObject({ code: 1, output: expect.stringContaining('it stays in quarantine') })
  const released = await quarantine('release', id, '--as', file, '--why', 'the till was set to euro', '--who', 'mina')
  expect(released).toEqual({ code: 0, output: `booked as ${id}: accepted\n` })

  await box.heartbeat()
  expect(await box.replyTo(id, 2)).toMatchObject({ status: 'accepted', revision: 2 })
  expect(await quarantine('list', '--language', 'en')).toEqual({ code: 0, output: 'nothing is in quarantine\n' })
})

it('works on the books of a club that is stopped, and the box is told when it is back', async () => {
  const { trial, id, quarantine } = await withOneAside()
  await trial.stop()
  const file = join(trial.folder, 'corrected.json')
  writeFileSync(file, (await quarantine('show', id)).output.replace('"EUR"', '"IRR"'))
  expect(await quarantine('release', id, '--as', file)).toMatchObject({ code: 0 })
  await trial.start()
  const box = await trial.connect()
  await box.heartbeat()
  expect(await box.replyTo(id)).toMatchObject({ status: 'accepted', revision: 2 })
  expect(await trial.club.books.totals()).toMatchObject({ sales: 1, quarantined: 0 })
})

it('drops with a reason only, and says what it cannot find', async () => {
  const { trial, id, quarantine } = await withOneAside()
  expect(await quarantine('drop', id)).toMatchObject({ code: 2, output: expect.stringContaining('--why') })
  expect(await quarantine('show', sale.saleid)).toMatchObject({ code: 1, output: expect.stringContaining('no event') })
  expect(await quarantine('drop', id, '--why', 'a test till')).toEqual({ code: 0, output: `dropped ${id}\n` })
  expect(await trial.club.books.totals()).toMatchObject({ quarantined: 0 })
})

it('lets no second club work on the same books', async () => {
  const { trial } = await withOneAside()
  const second = startVafa(['club', '-c', join(trial.folder, 'club.yaml')])
  expect(await second.ended).not.toBe(0)
  expect(second.output()).toContain('another process works on these books')
})
