// `npm run docs:protocol` writes the wire's documents; `-- --check` fails where they are not what the code says.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageJson from '#package' with { type: 'json' }
import { asyncApi } from '#protocol/asyncapi.ts'
import { officeDocument } from '#protocol/head-office/document.ts'
import { iso8583Document } from '#protocol/iso8583/document.ts'
import { jsonSchemas } from '#protocol/json-schemas.ts'
import { openApi } from '#protocol/openapi.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../docs/protocol')
const files = new Map<string, string>()
const add = (name: string, value: unknown) => files.set(name, `${JSON.stringify(value, null, 2)}\n`)

add('asyncapi.json', asyncApi({ version: packageJson.version, schemaBase: './schemas' }))
add('openapi.json', openApi({ version: packageJson.version }))
for (const [name, schema] of Object.entries(jsonSchemas())) add(`schemas/${name}.json`, schema)
files.set('../iso8583.md', iso8583Document())
files.set('../head-office-requests.md', officeDocument())

const existing = (): string[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

if (process.argv.includes('--check')) {
  const stale = [...files].filter(([name, text]) => {
    try {
      return readFileSync(join(folder, name), 'utf8') !== text
    } catch {
      return true
    }
  })
  const extra = existing().filter((name) => !files.has(name))
  if (stale.length + extra.length > 0) {
    const names = [...stale.map(([name]) => name), ...extra]
    process.stderr.write(
      `docs/protocol is not what protocol/ says (${names.join(', ')}): run \`npm run docs:protocol\` and commit\n`,
    )
    process.exit(1)
  }
  process.stdout.write(`docs/protocol: ${files.size} documents are current\n`)
} else {
  rmSync(join(folder, 'schemas'), { recursive: true, force: true })
  mkdirSync(join(folder, 'schemas'), { recursive: true })
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  process.stdout.write(`docs/protocol: ${files.size} documents written\n`)
}
