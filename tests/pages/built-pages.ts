import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Once for all of the tier's files: the pages as they are in the checkout now. */
export default function setup(): void {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../../scripts/build-web.js'), '--if-stale'], { stdio: 'inherit' })
}
