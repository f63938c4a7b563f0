import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const checkout = resolve(import.meta.dirname, '..')
const program = /^(?:protocol|programme|receipts|runtime|drivers|gateway|club|agent|simulators|cli)\//

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/**
 * A Debian package of this checkout's program under another version number, with this checkout's modules. Its postinst ends
 * the process of `run/box.pid`, as the real one has systemd do. `change`: a file that this version and later ones have
 * otherwise.
 */
export function buildTinyPackage({
  out,
  version,
  change,
}: {
  out: string
  version: string
  change?: { path: string; text: string }
}): string {
  const tree = join(out, 'tree')
  const home = join(tree, 'opt/vafa')
  if (!existsSync(tree)) copyProgram(home)
  const manifest = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as object
  writeFileSync(join(home, 'package.json'), JSON.stringify({ ...manifest, version }))
  if (change) writeFileSync(join(home, change.path), change.text)
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    `Package: vafa\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: Vafa <root@localhost>\nDescription: a box of a test\n It sells.\n`,
  )
  writeFileSync(
    join(tree, 'DEBIAN/postinst'),
    '#!/bin/sh\nif [ -s "$DPKG_ROOT/run/box.pid" ]; then kill "$(cat "$DPKG_ROOT/run/box.pid")" || true; fi\n',
    { mode: 0o755 },
  )
  const file = join(out, `vafa_${version}_${architecture}.deb`)
  execFileSync('dpkg-deb', ['-Znone', '--build', tree, file], { stdio: 'ignore' })
  return file
}

function copyProgram(home: string): void {
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
  })
  for (const path of tracked.split('\0').filter((one) => program.test(one) && !one.endsWith('.test.ts'))) {
    mkdirSync(join(home, dirname(path)), { recursive: true })
    copyFileSync(join(checkout, path), join(home, path))
  }
  symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
}

/** An empty root that dpkg takes packages into, and the options by which it does. */
export function emptyRoot(root: string): string[] {
  for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/lib/dpkg/triggers', 'run'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const file of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', file), '')
  return [`--root=${root}`, '--force-script-chrootless', '--force-not-root', '--force-bad-path', '--force-unsafe-io']
}
