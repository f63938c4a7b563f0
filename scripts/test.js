// `npm test`: prepares the machine, then runs the tiers one after another and prints each one's time.
// It stops before the first test, with the one command to run, where the machine cannot run them all.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write('run the tests by `npm test`: it uses the Node 24 that npm install put into node_modules\n')
  process.exit(2)
}

function stop(reason, command) {
  process.stderr.write(
    `The tests cannot run here: ${reason}\n${command ? `Run this once, then npm test again:\n\n  ${command}\n\n` : ''}`,
  )
  process.exit(3)
}

const { ensureDebianPackages } = await import('./debian-packages.js')
const packages = ensureDebianPackages()
if (!packages.ok) stop(`these Debian packages are missing: ${packages.missing.join(' ')}`, packages.command)

const { buildPcsc } = await import('./build-pcsc.js')
const binding = buildPcsc()
if (binding.status !== 'present' && binding.status !== 'built') stop(binding.message, 'npm run build:pcsc')

const web = spawnSync(process.execPath, [join(root, 'scripts/build-web.js'), '--if-stale'], { stdio: 'inherit' })
if (web.status !== 0) stop('the pages cannot be built', 'npm run build:web')

const namespaces = process.getuid?.() === 0 ? ['-mn'] : ['-Umnr']
if (spawnSync('unshare', [...namespaces, 'true']).status !== 0)
  stop(
    'neither root nor user namespaces: the private pcscd cannot be started',
    'sudo sysctl -w kernel.unprivileged_userns_clone=1',
  )

/** Tier → its budget in seconds, as docs/architecture.md promises. */
const tiers = {
  unit: 60,
  drivers: 60,
  services: 200,
  devices: 120,
  databases: 120,
  crash: 120,
  world: 90,
  pages: 90,
  hostile: 60,
}
/** Of these more files are tried at once: they wait for devices, and leave the processor idle. */
const atOnce = { devices: 3 }
const chosen = process.argv.slice(2)
for (const name of chosen) if (!(name in tiers)) stop(`there is no tier "${name}"; there are ${Object.keys(tiers).join(', ')}`)

const results = mkdtempSync(join(tmpdir(), 'vafa-tests-'))
let passed = 0
let failed = 0
const times = []
const second = []
for (const tier of chosen.length > 0 ? chosen : Object.keys(tiers)) {
  const start = performance.now()
  const file = join(results, `${tier}.json`)
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      tier,
      ...(tier in atOnce ? [`--maxWorkers=${atOnce[tier]}`] : []),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  const seconds = (performance.now() - start) / 1000
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    report = { numPassedTests: 0, numFailedTests: 1, numTotalTests: 1 }
  }
  for (const { assertionResults } of report.testResults ?? [])
    for (const { status, failureMessages, fullName } of assertionResults)
      if (status === 'passed' && failureMessages.length > 0) second.push(`${tier}: ${fullName}`)
  passed += report.numPassedTests
  // A file that cannot be loaded, a skipped test or an unhandled error is a failure, whatever the count of failed tests.
  const undone = report.numTotalTests - report.numPassedTests - report.numFailedTests
  const broken = run.status !== 0 && report.numFailedTests === 0 ? 1 : 0
  failed += report.numFailedTests + undone + broken
  times.push(`${tier} ${seconds.toFixed(1)} s of ${tiers[tier]} s (${report.numPassedTests} tests)`)
}
rmSync(results, { recursive: true })
if (second.length > 0) process.stdout.write(`\npassed at the second attempt only:\n  ${second.join('\n  ')}\n`)
process.stdout.write(`\ntiers: ${times.join(' · ')}\ntests: ${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
