import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { compileBinding } from './binding.ts'
import { controlFile } from './control.ts'
import { type Architecture, architectures, type Entry, NotPackaged } from './entry.ts'
import { folderOf } from './fetched.ts'
import { layOut } from './layout.ts'
import { dependenciesOf } from './libraries.ts'
import { shippedPackages } from './modules.ts'

export interface PackageOptions {
  /** The checkout. */
  root: string
  architecture: Architecture
  /** Where the .deb goes. */
  out: string
  version: string
  /** How dpkg-deb packs it. */
  compression?: 'xz' | 'none'
  /** A PC/SC binding that is compiled already. */
  binding?: string
}

/** Builds one .deb, the same bytes from the same checkout and the same compilers; returns its path. */
export function buildPackage(options: PackageOptions): string {
  const { root, architecture } = options
  const work = mkdtempSync(join(tmpdir(), 'vafa-package-'))
  try {
    const shipped = shippedPackages(root, architecture)
    const folders = new Map(shipped.map((one) => [one, folderOf(one, { root, work })]))
    const node = folders.get(
      shipped.find(({ name }) => name === `node-linux-${architectures[architecture].cpu}`) ?? missing('Node'),
    )
    const binding = options.binding ?? compileBinding({ root, architecture, work, node: node ?? missing('Node') })
    const { entries, units } = layOut({ ...options, shipped, folders, binding })

    const tree = join(work, 'tree')
    const when = lastChange(root)
    const kilobytes = write(tree, entries)
    const programs = entries.flatMap(({ path, content }) =>
      'file' in content && (path.endsWith('.node') || path.endsWith('bin/node')) ? [content.file] : [],
    )
    const control: Entry[] = [
      {
        path: 'DEBIAN/control',
        content: {
          text: controlFile({
            ...options,
            kilobytes,
            libraries: dependenciesOf(programs, architecture),
            maintainer: `${process.env.DEBFULLNAME ?? 'Vafa'} <${process.env.DEBEMAIL ?? 'root@localhost'}>`,
          }),
        },
      },
      { path: 'DEBIAN/md5sums', content: { text: checksums(entries) } },
      ...['postinst', 'prerm', 'postrm'].map((name): Entry => {
        const text = readFileSync(join(root, 'scripts/debian/maintainer', name), 'utf8').replaceAll('@UNITS@', units.join(' '))
        return { path: `DEBIAN/${name}`, content: { text }, executable: true }
      }),
    ]
    write(tree, control)
    settle(tree, when)

    mkdirSync(options.out, { recursive: true })
    const file = join(options.out, `vafa_${options.version}_${architecture}.deb`)
    execFileSync(
      'dpkg-deb',
      ['--root-owner-group', `-Z${options.compression ?? 'xz'}`, '--threads-max=2', '--build', tree, file],
      { env: { ...process.env, SOURCE_DATE_EPOCH: String(when) }, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    return file
  } finally {
    rmSync(work, { recursive: true })
  }
}

const missing = (what: string): never => {
  throw new NotPackaged(`package-lock.json has no ${what} for this architecture`)
}

/** The instant that every file is given, in seconds: SOURCE_DATE_EPOCH, else that of the commit. */
function lastChange(root: string): number {
  const given = process.env.SOURCE_DATE_EPOCH
  return Number(given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }))
}

/** Writes the entries below `tree`; returns what they take, as Debian counts it (every file rounded up to 1024 bytes). */
function write(tree: string, entries: readonly Entry[]): number {
  let kilobytes = 0
  for (const { path, content, executable } of entries) {
    const target = join(tree, path)
    mkdirSync(dirname(target), { recursive: true })
    if ('link' in content) symlinkSync(content.link, target)
    else {
      if ('file' in content) copyFileSync(content.file, target)
      else writeFileSync(target, content.text)
      chmodSync(target, executable ? 0o755 : 0o644)
    }
    kilobytes += Math.ceil(lstatSync(target).size / 1024) || 1
  }
  return kilobytes
}

const checksums = (entries: readonly Entry[]) =>
  entries
    .map(({ path, content }) => {
      if ('link' in content) return ''
      const bytes = 'file' in content ? readFileSync(content.file) : content.text
      return `${createHash('md5').update(bytes).digest('hex')}  ${path}\n`
    })
    .join('')

/** One mode for all folders, one time for all. */
function settle(folder: string, when: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) settle(path, when)
    else lutimesSync(path, when, when)
  }
  chmodSync(folder, 0o755)
  lutimesSync(folder, when, when)
}
