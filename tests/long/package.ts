import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import packageJson from '#package' with { type: 'json' }
import { buildPackage } from '../../scripts/debian/build.ts'
import type { Architecture } from '../../scripts/debian/entry.ts'
import { makeCleanRoot } from './clean-root.ts'
import type { InstalledFigures } from './package-story.ts'

export interface PackageFigures {
  /** Of the .deb files. */
  megabytes: Record<Architecture, number>
  /** Whether a second build gave the same bytes. */
  reproducible: boolean
  installed: InstalledFigures
}

const root = resolve(import.meta.dirname, '../..')

/**
 * Builds the packages, and one of a lower version, and has them installed, used, upgraded with a waiting outbox, and
 * purged in a clean root without a network.
 */
export async function tryPackage(): Promise<PackageFigures> {
  const out = mkdtempSync(join(tmpdir(), 'vafa-packages-'))
  try {
    const { version } = packageJson
    const build = (options: { architecture: Architecture; version?: string; folder?: string; compression?: 'none' }) =>
      buildPackage({ root, version, ...options, out: join(out, options.folder ?? '.') })
    const native = process.arch === 'arm64' ? 'arm64' : 'amd64'
    const foreign = native === 'amd64' ? 'arm64' : 'amd64'
    const newer = build({ architecture: native })
    const plain = ['one', 'two'].map((folder) => build({ architecture: native, version: '0.0.9', folder, compression: 'none' }))
    const [first, second] = plain.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'))

    const clean = makeCleanRoot()
    try {
      const story = join(import.meta.dirname, 'package-story.ts')
      const told = execFileSync(
        'unshare',
        [
          ...['--net', '--mount', '--pid', '--fork', '--kill-child'],
          ...[process.execPath, story, clean.folder, plain[0] ?? '', newer],
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd: root },
      )
      const files = { amd64: newer, arm64: newer, [foreign]: build({ architecture: foreign }) }
      const megabytes = (file: string) => Math.round(statSync(file).size / 1e5) / 10
      return {
        megabytes: { amd64: megabytes(files.amd64), arm64: megabytes(files.arm64) },
        reproducible: first === second,
        installed: JSON.parse(told),
      }
    } finally {
      clean.close()
    }
  } finally {
    rmSync(out, { recursive: true })
  }
}
