import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { writeInstallation } from '#cli/installation.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'

async function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-reload-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const store = { store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, lanes: [{ lane: 'lane-1' }], devices: [] }
  const installation = writeInstallation({ folder, club: 'test', clubPort: await freePort(), stores: [store] })
  return { folder, ...installation }
}

it('vafa init gives the club a private key for programmes, and every store its public part', async () => {
  const { folder, gatewayConfigs } = await installed()
  const file = join(folder, 'secrets/programme-key.json')
  const { keyid, publicKey, privateKey } = JSON.parse(readFileSync(file, 'utf8'))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const store = readFileSync(gatewayConfigs.get('s1') ?? '', 'utf8')
  expect(parse(store)).toMatchObject({ programmeKeys: [{ keyid, publicKey }] })
  expect(store).not.toContain(privateKey)
})

it('vafa club takes the next programme at SIGHUP, and names the wrong line of one that it does not take', async () => {
  const { folder, clubConfig } = await installed()
  const rules = join(folder, 'next.yaml')
  writeFileSync(rules, "id: default\nversion: 2\ncurrency: IRR\ninForceFrom: '1450-01-01'\nrulez: []\n")
  const club = startVafa(['club', '-c', clubConfig])
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)

  appendFileSync(clubConfig, 'nextProgramme: next.yaml\n')
  club.signal('SIGHUP')
  expect(await club.line(/the programmes were not taken/)).toMatch(/next\.yaml:5: rulez: .*did you mean “rules”/)
  writeFileSync(rules, readFileSync(rules, 'utf8').replace('rulez', 'rules'))
  club.signal('SIGHUP')
  expect(JSON.parse(await club.line(/the programmes were read again/))).toMatchObject({
    programme: 1,
    next: 2,
    from: '1450-01-01',
  })

  appendFileSync(clubConfig, 'pepperFile: twice\n')
  club.signal('SIGHUP')
  expect(await club.line(/the configuration was not read again/)).toMatch(/club\.yaml:\d+: not YAML/)
  expect(await club.stop()).toBe(0)
})
