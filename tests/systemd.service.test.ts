import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const units = readdirSync(join(root, 'systemd')).filter((name) => /\.(?:service|path)$/.test(name))
const services = units.filter((name) => name.endsWith('.service'))
/**
 * Who installs is root and writes the system, as dpkg does; a browser needs the screen, the touch panel, and namespaces for
 * its own sandbox.
 */
const exposureMax = (name: string) => (['vafa-update.service', 'vafa-kiosk.service'].includes(name) ? 2 : 1.5)

/** The units as they would stand on a machine where Vafa lies in this checkout. */
function installed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-units-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of units)
    writeFileSync(join(folder, name), readFileSync(join(root, 'systemd', name), 'utf8').replaceAll('/opt/vafa', root))
  return folder
}

it.each(units)('%s is what systemd understands, word by word', (name) => {
  const { stderr, error } = spawnSync('systemd-analyze', ['verify', '--man=no', join(installed(), name)], { encoding: 'utf8' })
  expect(error).toBeUndefined()
  // Its exit code says nothing of unknown words.
  expect(stderr).toBe('')
})

it.each(services)('%s exposes its machine by 1.5 at most, of 10; who installs, and a browser, by 2', (name) => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(installed(), name)], {
    encoding: 'utf8',
  })
  const exposure = /Overall exposure level for .*: ([\d.]+)/.exec(stdout)?.[1]
  expect(Number(exposure)).toBeLessThanOrEqual(exposureMax(name))
})

it('the kiosk shows the page that the unit names, and says what is missing where there is no browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-kiosk-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const url = /^Environment=VAFA_KIOSK_URL=(.+)$/m.exec(readFileSync(join(root, 'systemd/vafa-kiosk.service'), 'utf8'))?.[1]
  const env = { PATH: folder, RUNTIME_DIRECTORY: folder, VAFA_KIOSK_URL: url }
  const run = () => spawnSync('/bin/sh', [join(root, 'cli/kiosk/vafa-kiosk.sh')], { encoding: 'utf8', env })
  expect(run()).toMatchObject({ status: 4, stderr: expect.stringContaining('there is no cage') })
  for (const name of ['cage', 'chromium']) writeFileSync(join(folder, name), '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
  const { status, stdout } = run()
  expect(status).toBe(0)
  expect(stdout).toMatch(/^-d -- chromium --kiosk .*--incognito/)
  expect(stdout.trim().split(' ').at(-1)).toBe(url)
})

it('every line of the udev rules has the form of one', () => {
  const folder = join(root, 'systemd/udev')
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  const rules = lines.filter((one) => one !== '' && !one.startsWith('#'))
  expect(rules.length).toBeGreaterThan(3)
  for (const line of rules) expect(line).toMatch(/^(?:[A-Z]+(?:\{[^}]+\})?(?:==|!=|\+=|:=|=)"[^"]*"(?:, *|$))+$/)
})

it('users and folders are what systemd-sysusers and systemd-tmpfiles make in an empty root', () => {
  const target = mkdtempSync(join(tmpdir(), 'vafa-root-'))
  onTestFinished(() => rmSync(target, { recursive: true }))
  mkdirSync(join(target, 'etc'))
  for (const kind of ['sysusers.d', 'tmpfiles.d'])
    cpSync(join(root, 'systemd', kind), join(target, 'usr/lib', kind), { recursive: true })
  for (const program of ['systemd-sysusers', 'systemd-tmpfiles']) {
    const { status, stderr } = spawnSync(program, [`--root=${target}`, ...(program.endsWith('tmpfiles') ? ['--create'] : [])], {
      encoding: 'utf8',
    })
    expect({ program, status, stderr: status === 0 ? '' : stderr }).toEqual({ program, status: 0, stderr: '' })
  }
  expect(readFileSync(join(target, 'etc/passwd'), 'utf8')).toMatch(/^vafa:.*:\/var\/lib\/vafa:\/usr\/sbin\/nologin$/m)
  expect(readdirSync(join(target, 'var/lib/vafa')).sort()).toEqual(['agent', 'club', 'gateway'])
})
