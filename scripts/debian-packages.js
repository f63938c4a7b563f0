// The Debian packages that the tests drive real hardware paths with, and how to tell that each is there.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const onPath = (binary) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, binary), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Debian puts drivers below the folder of the machine's architecture. A removed package leaves its settings, not these. */
const libraries = () => [
  '/usr/lib',
  ...readdirSync('/usr/lib')
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join('/usr/lib', name)),
]

/** Debian keeps the server's programs off the PATH, in a folder for each version. */
const postgresThere = () =>
  existsSync('/usr/lib/postgresql') &&
  readdirSync('/usr/lib/postgresql').some((version) =>
    ['initdb', 'postgres', 'pgbench'].every((program) => existsSync(join('/usr/lib/postgresql', version, 'bin', program))),
  )

const packages = [
  { name: 'pcscd', there: () => onPath('pcscd') },
  { name: 'libpcsclite-dev', there: () => existsSync('/usr/include/PCSC/winscard.h') },
  {
    name: 'vsmartcard-vpcd',
    there: () => libraries().some((folder) => existsSync(join(folder, 'pcsc/drivers/serial/libifdvpcd.so'))),
  },
  // reads our hex-bitmap ISO 8583 as an independent decoder
  { name: 'tshark', there: () => onPath('tshark') },
  { name: 'socat', there: () => onPath('socat') },
  // the terminal in which `vafa sim` draws its screen
  { name: 'tmux', there: () => onPath('tmux') },
  // shows HID devices to one program, so that the real hidraw code is driven
  { name: 'umockdev', there: () => onPath('umockdev-run') },
  { name: 'zbar-tools', there: () => onPath('zbarimg') },
  // a box whose clock has lost its battery
  { name: 'faketime', there: () => onPath('faketime') },
  { name: 'strace', there: () => onPath('strace') },
  { name: 'iproute2', there: () => onPath('ip') },
  // units are checked by systemd's own tools; systemd-notify tells it that a daemon is ready
  { name: 'systemd', there: () => onPath('systemd-analyze') && onPath('systemd-notify') },
  { name: 'util-linux', there: () => onPath('unshare') },
  { name: 'postgresql', there: postgresThere },
  // the broker of a head office that has one
  { name: 'mosquitto', there: () => onPath('mosquitto') },
  // makes the certificate of the tests' own PostgreSQL
  { name: 'openssl', there: () => onPath('openssl') },
  // the pages' tests drive it
  { name: 'chromium', there: () => onPath('chromium') },
  // node-gyp compiles the PC/SC binding
  { name: 'python3', there: () => onPath('python3') },
  { name: 'make', there: () => onPath('make') },
  { name: 'g++', there: () => onPath('g++') },
]

/**
 * Makes sure that the packages are installed. As root it installs what is missing; otherwise it returns the one
 * command to run. Returns `{ ok: true }` or `{ ok: false, command, missing }`.
 */
export function ensureDebianPackages() {
  const missing = packages.filter((p) => !p.there()).map((p) => p.name)
  if (missing.length === 0) return { ok: true }
  const install = ['-o', 'DPkg::Lock::Timeout=600', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    process.stdout.write(`installing Debian packages: ${missing.join(' ')}\n`)
    const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', 'update'], options)
    spawnSync('apt-get', install, options)
  }
  const still = packages.filter((p) => !p.there()).map((p) => p.name)
  if (still.length === 0) return { ok: true }
  return { ok: false, missing: still, command: `sudo apt-get update && sudo apt-get ${install.join(' ')}` }
}
