import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import type { Entry } from './entry.ts'

/** The built pages, without what says of which sources they are. */
export function pageEntries(root: string, under: string): Entry[] {
  execFileSync(process.execPath, [join(root, 'scripts/build-web.js'), '--if-stale'], { stdio: ['ignore', 2, 2] })
  const dist = join(root, 'web/dist')
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath !== dist)
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return { path: posix.join(under, 'web/dist', relative(dist, file)), content: { file } }
    })
}

/** The packages of which something is inside the pages' files: they do not lie beside them. */
const within =
  /^node_modules\/(?:preact|@preact\/.+|uplot|@codemirror\/.+|@lezer\/.+|@marijn\/.+|crelt|style-mod|w3c-keyname|@fontsource-variable\/.+)$/

/** `name version: licence` of each, for Debian's copyright file. */
export function licencesWithinPages(root: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; license?: string }>
  }
  return Object.entries(packages)
    .filter(([place]) => within.test(place))
    .map(
      ([place, { version, license }]) => `${place.slice('node_modules/'.length)} ${version}: ${license ?? 'see its own files'}`,
    )
}
