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

it('vafa club cards takes the keys of cards that prove themselves and keeps them sealed; a phone gets a card of its own', async () => {
  const { folder, file, vafa } = await installed()
  const cards = file('cards.csv', 'uid,number\n04DE5F1EACC040,1001\n04A1B2C3,1002\n')
  const keys = file('keys.json', JSON.stringify({ metaReadKey: 'A0'.repeat(16), fileReadKey: 'B0'.repeat(16) }))
  const taken = await vafa('cards', 'import', cards, '--batch', 'spring', '--keys', keys)
  expect(taken.text).toMatch(/1 cards of batch spring, which prove themselves; 1 line rejected/)
  expect(readFileSync(`${cards}.rejected.csv`, 'utf8')).toContain('7 bytes')
  const database = readFileSync(join(folder, 'club/data/club.sqlite')).toString('latin1')
  expect(database).toContain('spring')
  for (const secret of ['A0'.repeat(16), 'B0'.repeat(16), '04DE5F1EACC040']) expect(database).not.toContain(secret)
  const wrong = await vafa('cards', 'import', cards, '--keys', file('wrong.json', '{"fileReadKey":"00"}'))
  expect([wrong.code, wrong.text]).toEqual([3, expect.stringContaining('fileReadKey: is an AES-128 key')])

  await vafa('import', 'members', file('members.csv', 'id,name\n1,سارا\n'), '--source', 'old')
  const [, number = ''] = /^(\d{8}),/m.exec((await vafa('export', 'members')).text) ?? []
  const digital = await vafa('cards', 'digital', number)
  expect(digital.text).toMatch(/^code +VAFA1:[2-9A-Z]{12}\.\d{8} /m)
  const [, secret = ''] = /^secret +([A-Z2-7]{32})$/m.exec(digital.text) ?? []
  expect(readFileSync(join(folder, 'club/data/club.sqlite')).toString('latin1')).not.toContain(secret)
  expect(JSON.parse((await vafa('export', 'member', number)).text).credentials).toMatchObject([{ kind: 'qr', keyid: 'codes' }])
  expect((await vafa('alerts')).text).toBe('')
})
