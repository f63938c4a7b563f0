import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { VafaError } from '#runtime/errors.ts'

const builder = fileURLToPath(new URL('../scripts/build-web.js', import.meta.url))
const dist = fileURLToPath(new URL('../web/dist', import.meta.url))

/**
 * The folder of the built pages, one folder in it for each. A package has them; in a checkout they are built first where
 * they are absent or older than their source (a second or two, in a process of its own, so that the daemon stays small).
 */
export function builtPages(): string {
  if (!existsSync(builder)) return dist
  const { status } = spawnSync(process.execPath, [builder, '--if-stale'], { stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new VafaError({
      key: 'pages.unbuilt',
      message: 'the pages cannot be built',
      hint: 'npm run build:web says why',
    })
  return dist
}
