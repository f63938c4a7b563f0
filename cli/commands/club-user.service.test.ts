import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { readClubConfig } from '#club/config.ts'
import { createAuditLog } from '#club/head-office/audit-log.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { writeInstallation } from '../installation.ts'

let clubConfig: string
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-user-'))
  const stores = [{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [] }]
  clubConfig = writeInstallation({ folder: join(folder, 'club'), club: 'test', clubPort: 9, stores }).clubConfig
  return () => rmSync(folder, { recursive: true })
})

const user = async (...args: string[]) => {
  const process = startVafa(['club', 'user', ...args, '-c', clubConfig])
  return { code: await process.ended, output: process.output() }
}

it('lets somebody log in as what the operator says, and writes down who did', async () => {
  const [added, wrong] = await Promise.all([
    user('add', 'mina', '--role', 'administrator', '--title', 'مینا'),
    user('add', 'reza', '--role', 'store-manager', '--store', 's9'),
  ])
  const [, password = ''] = /^ {4}([a-z2-9-]{19})$/m.exec(added.output) ?? []
  expect([added.code, wrong.code, wrong.output]).toEqual([0, 2, expect.stringContaining('the club has no store “s9”')])
  const database = openOfficeDatabase(readClubConfig(clubConfig).officeFile)
  const users = createUsers(database)
  const at = new Date().toISOString()
  expect(await users.login({ name: 'mina', password, at })).toMatchObject({ title: 'مینا', mustChange: true })
  expect(await user('role', 'mina', '--role', 'auditor')).toMatchObject({
    code: 1,
    output: expect.stringContaining('mina is the last administrator'),
  })
  expect(createAuditLog(database).entries({ limit: 10 })).toMatchObject([
    { role: 'operator', what: 'user-add', subject: 'mina', after: { role: 'administrator', stores: [] }, result: 'ok' },
  ])
  database.close()
})
