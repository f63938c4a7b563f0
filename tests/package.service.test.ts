import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackage } from '../scripts/debian/build.ts'

const root = resolve(import.meta.dirname, '..')
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
const foreign = process.arch === 'arm64' ? 'x64' : 'arm64'
/** Compiled for the tests that tap cards, so that nothing is compiled here. */
const binding = join(root, 'node_modules/@pokusew/pcsclite/build/Release/pcsclite.node')

const units = readdirSync(join(root, 'systemd')).filter((name) => /\.(?:service|path)$/.test(name))

const out = mkdtempSync(join(tmpdir(), 'vafa-deb-'))
afterAll(() => rmSync(out, { recursive: true }))

let file: string
let rows: { mode: string; owner: string; path: string }[]
let paths: string[]
beforeAll(() => {
  file = buildPackage({ root, architecture, binding, compression: 'none', version: '9.8.7', out })
  rows = execFileSync('dpkg-deb', ['--contents', file], { encoding: 'utf8', maxBuffer: 64e6 })
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/)
      return { mode, owner, path: path.slice(1) }
    })
  paths = rows.map(({ path }) => path)
}, 60_000)

describe('the Debian package', () => {
  it('says what it is and which libraries of Debian it needs', () => {
    const field = (name: string) => execFileSync('dpkg-deb', ['--field', file, name], { encoding: 'utf8' }).trim()
    expect([field('Package'), field('Version'), field('Architecture')]).toEqual(['vafa', '9.8.7', architecture])
    const needed = field('Depends').split(', ')
    expect(needed).toContain('libpcsclite1')
    expect(needed).toContain('libudev1')
    expect(needed.find((one) => one.startsWith('libc6'))).toMatch(/^libc6 \(>= 2\.\d+\)$/)
    expect(Number(field('Installed-Size'))).toBeGreaterThan(100_000)
  })

  it('puts its files where Debian looks for them, and nothing where an administrator writes', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        '/usr/bin/vafa',
        '/opt/vafa/cli/vafa.js',
        '/opt/vafa/docs/operations.md',
        '/opt/vafa/web/dist/head-office/index.html',
        '/usr/lib/systemd/system/vafa-gateway.service',
        '/usr/lib/systemd/system/vafa-club.service',
        '/usr/lib/udev/rules.d/71-vafa-hid.rules',
        '/usr/lib/sysusers.d/vafa.conf',
        '/usr/lib/tmpfiles.d/vafa.conf',
        '/usr/lib/modprobe.d/vafa.conf',
        '/usr/share/man/man1/vafa.1.gz',
        '/usr/share/doc/vafa/copyright',
      ]),
    )
    expect(paths.filter((path) => /^\/(?:etc|var|home|root|tmp)\//.test(path))).toEqual([])
  })

  it('has every program that a unit starts', () => {
    expect(units.length).toBeGreaterThan(1)
    for (const unit of units)
      for (const [, path = ''] of readFileSync(join(root, 'systemd', unit), 'utf8').matchAll(/(\/opt\/vafa\/[^\s]+)/g))
        expect(paths).toContain(path)
  })

  it('leaves out tests, what only builds, and what other machines run', () => {
    const superfluous = new RegExp(
      [
        String.raw`\.test\.ts$`,
        '^/opt/vafa/(?:tests|scripts|systemd)/',
        '^/opt/vafa/node_modules/(?:vitest|typescript|@biomejs|@types|nan|node-addon-api)/',
        String.raw`^/opt/vafa/node_modules/.*\.(?:map|ts|h|cpp)$`,
        String.raw`(?:darwin|win32|android|musl|linux-arm/|${foreign}[^/]*[./])[^/]*.*\.node$`,
        `node-linux-${foreign}`,
      ].join('|'),
    )
    expect(paths.filter((path) => superfluous.test(path))).toEqual([])
    expect(paths.filter((path) => path.endsWith('.node')).length).toBe(6)
  })

  it('belongs to root, is writable by nobody else, and gives nobody rights by a bit', () => {
    for (const { mode, owner, path } of rows) {
      expect({ path, owner }).toEqual({ path, owner: 'root/root' })
      if (!mode.startsWith('l'))
        expect({ path, mode }).toEqual({ path, mode: expect.stringMatching(/^[-d]rw(?:x|-)r-(?:x|-)r-(?:x|-)$/) })
    }
  })

  it('has maintainer scripts that a shell can read, which name every unit', () => {
    execFileSync('dpkg-deb', ['--control', file, join(out, 'control')])
    for (const name of ['postinst', 'prerm', 'postrm']) {
      const script = join(out, 'control', name)
      expect(spawnSync('sh', ['-n', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
      const text = readFileSync(script, 'utf8')
      for (const unit of units) expect(text).toContain(unit)
      expect(text).not.toContain('@')
    }
  })
})
