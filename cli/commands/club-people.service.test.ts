import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeInstallation } from '#cli/installation.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'

async function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-people-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [] }
  const { clubConfig } = writeInstallation({
    folder: join(folder, 'club'),
    club: 'test',
    clubPort: await freePort(),
    stores: [store],
  })
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  /** Runs a command to its end; what it says, and its exit code. */
  const vafa = async (...words: string[]) => {
    const child = startVafa(['club', ...words, '-c', clubConfig])
    const code = await child.ended
    return { code, text: child.output() }
  }
  return { folder, clubConfig, file, vafa }
}

it('vafa club import takes over another club’s members, on the books of a stopped club and through a running one', async () => {
  const { clubConfig, file, vafa } = await installed()
  const list = file('members.csv', 'شناسه;نام;موبایل;اعتبار تومان\n۱;سارا;۰۹۱۲۱۱۱۱۱۱۱;۲۵٬۰۰۰\n۲;مینا;۰۹۱۲;\n')
  const first = await vafa('import', 'members', list, '--source', 'old')
  expect(first.code).toBe(1)
  expect(first.text).toMatch(/1 members from old; 1 line rejected/)
  expect(readFileSync(`${list}.rejected.csv`, 'utf8')).toMatch(/^3,2,.*no mobile.*شمارهٔ موبایل نیست/m)

  const club = startVafa(['club', '-c', clubConfig])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  file('members.csv', 'id,name,mobile\n1,سارا,09121111111\n')
  const changed = await vafa('import', 'members', list, '--source', 'old')
  expect([changed.code, readFileSync(`${list}.rejected.csv`, 'utf8')]).toEqual([1, expect.stringContaining('other contents')])
  const products = file('products.csv', 'code,name,category,tax\nlatte,لاته,coffee,۱۰٪\n')
  expect((await vafa('catalogue', 'import', products)).text).toMatch(/1 products, version 1/)
  const cards = file('cards.csv', 'uid,number\n04A1B2C3,1001\n')
  expect((await vafa('cards', 'import', cards, '--batch', 'spring', '--store', 's1')).text).toMatch(/1 cards of batch spring/)
  expect((await vafa('export', 'cards')).text).toMatch(/spring,s1,[\d-]+,1,0/)
  expect((await vafa('export', 'catalogue')).text).toMatch(/latte,لاته,,coffee,,10/)
  const [, number = ''] = /^(\d{8}),0,0,,250000/m.exec((await vafa('export', 'members')).text) ?? []
  const record = JSON.parse((await vafa('export', 'member', number)).text)
  expect(record).toMatchObject({ number, profile: { displayName: 'سارا' }, balances: [{ available: 250_000 }] })
  const nobody = await vafa('merge', number, '99999999')
  expect([nobody.code, nobody.text]).toEqual([1, expect.stringMatching(/99999999.*not known.*nothing was changed/)])
  expect(existsSync(`${cards}.rejected.csv`)).toBe(false)
})
