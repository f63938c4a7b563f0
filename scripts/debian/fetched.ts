import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NotPackaged } from './entry.ts'
import type { Shipped } from './modules.ts'

/**
 * Where a package's files are: in node_modules, or, where npm left it out because it is another architecture's, unpacked
 * below `work` from what npm has in its cache or fetches. What the lock's checksum does not fit is refused.
 */
export function folderOf(one: Shipped, { root, work }: { root: string; work: string }): string {
  const installed = join(root, one.place)
  if (existsSync(installed)) return installed
  const archives = join(root, 'dist/archives', one.integrity.slice(7, 23).replaceAll('/', '_'))
  mkdirSync(archives, { recursive: true })
  if (readdirSync(archives).length === 0)
    execFileSync('npm', ['pack', '--silent', '--prefer-offline', '--pack-destination', archives, `${one.name}@${one.version}`], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  const [archive] = readdirSync(archives)
  if (archive === undefined) throw new NotPackaged(`npm did not bring ${one.name}@${one.version}`)
  const bytes = readFileSync(join(archives, archive))
  if (`sha512-${createHash('sha512').update(bytes).digest('base64')}` !== one.integrity)
    throw new NotPackaged(`${join(archives, archive)} is not what package-lock.json names: delete it and try again`)
  const folder = join(work, one.place)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', join(archives, archive), '-C', folder, '--strip-components=1', '--no-same-owner'])
  return folder
}
