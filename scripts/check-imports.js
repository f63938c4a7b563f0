// Imports run one way. Biome's noRestrictedImports holds that for every import statement; this script proves that the
// rule bites (each fixture must be refused once a line it breaks) and closes the gap Biome leaves: types imported by
// `import('…').Name` or `typeof import('…')`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, matchesGlob, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const biome = join(root, 'node_modules/.bin/biome')
const failures = []

const fixtures = join(root, 'tests/fixtures/imports')
const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
// The fixtures are linted as if they stood in the folder that their name says: in a copy of the project's shape.
const stage = mkdtempSync(join(tmpdir(), 'vafa-imports-'))
try {
  writeFileSync(join(stage, 'biome.json'), JSON.stringify({ ...config, vcs: undefined, $schema: undefined }))
  for (const file of readdirSync(fixtures)) {
    const folder = file.replace('.ts.txt', '')
    const source = readFileSync(join(fixtures, file), 'utf8')
    const expected = source.split('\n').filter((line) => /from '|import\('/.test(line)).length
    mkdirSync(join(stage, folder))
    writeFileSync(join(stage, folder, 'must-fail.ts'), source)
    const run = spawnSync(biome, ['lint', '--reporter=json', '--max-diagnostics=100', folder], { cwd: stage, encoding: 'utf8' })
    const report = JSON.parse(run.stdout)
    const found = report.diagnostics.filter((d) => d.category === 'lint/style/noRestrictedImports').length
    if (found !== expected) failures.push(`${file}: the rule found ${found} of ${expected} forbidden imports`)
  }
} finally {
  rmSync(stage, { recursive: true })
}

const rules = config.overrides
  .filter((o) => o.linter?.rules?.style?.noRestrictedImports)
  .map((o) => ({
    folder: o.includes[0].split('/')[0],
    forbidden: o.linter.rules.style.noRestrictedImports.options.patterns[0].group.filter((p) => p.startsWith('#')),
  }))
for (const { folder, forbidden } of rules) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    for (const match of readFileSync(path, 'utf8').matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      const target = match[1].startsWith('.')
        ? `#${relative(root, resolve(dirname(path), match[1]))
            .split(sep)
            .join('/')}`
        : match[1]
      if (forbidden.some((pattern) => matchesGlob(target, pattern)))
        failures.push(`${relative(root, path)}: imports ${match[1]}, which ${folder}/ may not`)
    }
  }
}

if (failures.length > 0) {
  process.stderr.write(`import direction: ${failures.length} failures\n${failures.map((f) => `  ${f}\n`).join('')}`)
  process.exit(1)
}
process.stdout.write(
  `import direction: ${rules.length} folders, ${readdirSync(fixtures).length} fixtures refused as they must be\n`,
)
