import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Architecture, architectures, type Entry } from './entry.ts'
import { entriesOf, type Shipped } from './modules.ts'
import { licencesWithinPages, pageEntries } from './pages.ts'

/** Where the program lies. The units name it. Not below node_modules, where Node refuses TypeScript. */
export const home = 'opt/vafa'

const beside = /^(?:package\.json|LICENSE|README\.md|docs\/.*)$/

/** The program's folders are those that package.json lets it import from; tests and golden files in them are left out. */
function ofProgram(root: string): (path: string) => boolean {
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { imports: Record<string, string> }
  const folders = Object.values(imports).flatMap((target) => /^\.\/(\w+)\/\*$/.exec(target)?.[1] ?? [])
  const shipped = new Set(folders.filter((folder) => folder !== 'tests'))
  return (path) => shipped.has(path.split('/')[0] ?? '') && !path.endsWith('.test.ts') && !path.includes('/golden/')
}

/** systemd/… of the checkout → where Debian has such files. */
const systemFolders: [RegExp, string][] = [
  [/^systemd\/[^/]+\.(?:service|socket|timer|target|path)$/, 'usr/lib/systemd/system'],
  [/^systemd\/udev\//, 'usr/lib/udev/rules.d'],
  [/^systemd\/(?:sysusers|tmpfiles|modprobe)\.d\//, 'usr/lib'],
]

/** All that the package puts on a machine. */
export interface Layout {
  entries: Entry[]
  /** Names of the units, for the maintainer scripts. */
  units: string[]
}

/**
 * Lays the package out. Of the checkout only files that git knows are taken.
 * @param folders where each npm package's files are
 * @param binding the PC/SC binding, compiled for this architecture
 */
export function layOut(options: {
  root: string
  version: string
  architecture: Architecture
  shipped: readonly Shipped[]
  folders: ReadonlyMap<Shipped, string>
  binding: string
}): Layout {
  const { root, architecture } = options
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')
  const isProgram = ofProgram(root)
  const entries: Entry[] = []
  const units: string[] = []
  for (const path of tracked) {
    if (isProgram(path) || beside.test(path)) entries.push({ path: `${home}/${path}`, content: { file: join(root, path) } })
    const [, folder] = systemFolders.find(([kind]) => kind.test(path)) ?? []
    if (folder === undefined) continue
    const inside = folder === 'usr/lib' ? path.slice('systemd/'.length) : basename(path)
    entries.push({ path: `${folder}/${inside}`, content: { file: join(root, path) } })
    if (folder.endsWith('system')) units.push(basename(path))
  }
  const manifest = entries.find(({ path }) => path === `${home}/package.json`)
  if (manifest) manifest.content = { text: manifestOf(root, options.version) }

  for (const one of options.shipped)
    entries.push(...entriesOf(one, { folder: options.folders.get(one) ?? join(root, one.place), architecture, under: home }))
  entries.push(
    ...pageEntries(root, home),
    {
      path: `${home}/node_modules/@pokusew/pcsclite/build/Release/pcsclite.node`,
      content: { file: options.binding },
    },
    {
      path: `${home}/node_modules/.bin/node`,
      content: { link: `../node-linux-${architectures[architecture].cpu}/bin/node` },
    },
    ...system(root, options.shipped),
  )
  return { entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), units: units.sort() }
}

/** package.json as a running Vafa needs it: its imports, its version; no scripts and nothing to install. */
function manifestOf(root: string, version: string): string {
  const { name, description, license, type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return `${JSON.stringify({ name, version, description, license, private: true, type, imports }, null, 2)}\n`
}

function system(root: string, shipped: readonly Shipped[]): Entry[] {
  const own = (name: string) => readFileSync(join(root, 'scripts/debian', name), 'utf8')
  const documents = 'usr/share/doc/vafa'
  return [
    { path: 'usr/bin/vafa', content: { text: own('vafa.sh') }, executable: true },
    { path: 'usr/share/man/man1/vafa.1.gz', content: { text: gzipSync(own('vafa.1'), { level: 9 }) } },
    { path: `${documents}/changelog.gz`, content: { text: gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }) } },
    { path: `${documents}/copyright`, content: { text: copyright(root, shipped) } },
    { path: `${documents}/guides`, content: { link: `../../../../${home}/docs` } },
  ]
}

function copyright(root: string, shipped: readonly Shipped[]): string {
  const paragraph = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => ` ${line.trim() || '.'}`)
      .join('\n')
  const rows = shipped.map(({ name, version, licence }) => `${name} ${version}: ${licence}`).sort()
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: vafa
Comment:
 Node and the npm packages below ${home}/node_modules are their makers'. The text of
 each licence lies beside each package.
${paragraph([...new Set(rows)].join('\n'))}
 .
 The files below ${home}/web/dist were built from the sources of the package and of these:
${paragraph(licencesWithinPages(root).join('\n'))}

Files: *
Copyright: 2026 The Vafa developers
License: Expat
${paragraph(readFileSync(join(root, 'LICENSE'), 'utf8').replace(/^MIT License\s+Copyright.*\s+/, ''))}
`
}
