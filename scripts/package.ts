// `npm run package [-- amd64|arm64 …] [--version X] [--out FOLDER]`: builds Debian packages, both architectures where
// none is named, into dist/. Needs a checkout with `npm install` done, g++ of each architecture, and libpcsclite-dev.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildPackage } from './debian/build.ts'
import { architectures, isArchitecture, NotPackaged } from './debian/entry.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version: current } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { version: { type: 'string', default: current }, out: { type: 'string', default: join(root, 'dist') } },
  })
  for (const name of positionals.length > 0 ? positionals : Object.keys(architectures)) {
    if (!isArchitecture(name)) throw new NotPackaged(`there is no architecture ${name}; there are amd64 and arm64`)
    const file = buildPackage({ root, architecture: name, version: values.version, out: values.out })
    process.stdout.write(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB\n`)
  }
} catch (error) {
  if (!(error instanceof NotPackaged)) throw error
  process.stderr.write(`no package: ${error.message}\n`)
  process.exitCode = 1
}
