import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a package may ask of Debian; the roots have it, so that nothing is fetched when one is installed. */
const libraries = ['init-system-helpers', 'libpcsclite1', 'libstdc++6', 'libudev1', 'libusb-1.0-0', 'systemd', 'udev']

/** A Debian 12 of its own, made by debootstrap from this machine's mirror. Throws where that cannot be. */
export function makeCleanRoot(): { folder: string; close(): void } {
  if (process.getuid?.() !== 0) throw new Error('a clean root can only be made by root')
  if (spawnSync('debootstrap', ['--version']).error)
    throw new Error('debootstrap is missing: apt-get install -y --no-install-recommends debootstrap')
  const targets = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Codename: bookworm'],
    {
      encoding: 'utf8',
    },
  )
  const [mirror] = targets.split('\n')
  if (!mirror) throw new Error('this machine has no mirror of Debian 12 (bookworm) in its list of sources')
  const folder = mkdtempSync(join(tmpdir(), 'vafa-clean-root-'))
  // What is mounted in it is so in a mount namespace of its own; should something be left, it stays.
  const close = () => void spawnSync('rm', ['-rf', '--one-file-system', folder])
  const made = spawnSync('debootstrap', ['--variant=minbase', `--include=${libraries.join(',')}`, 'bookworm', folder, mirror], {
    encoding: 'utf8',
  })
  // A temporary folder is its maker's alone; this one is everybody's `/`.
  chmodSync(folder, 0o755)
  if (made.status === 0) return { folder, close }
  close()
  throw new Error(`debootstrap failed:\n${`${made.stdout}${made.stderr}`.trimEnd().split('\n').slice(-10).join('\n')}`)
}
