import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant } from './ledger.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const copied = [
  'protocol',
  'programme',
  'receipts',
  'runtime',
  'club',
  'simulators',
  'tests',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]

export interface Verdict {
  mutant: string
  invariant: string
  /** The law did not hold under the mutant, and nothing else was wrong. */
  noticed: boolean
  /** What the law's test said. */
  said: string
}

/**
 * Runs one law of the ledger over a copy of the source with a fault in it. Throws where the text that the mutant
 * changes does not stand in the source exactly once: then the mutant has to follow the source.
 */
export async function runMutant(
  { name, invariant, edits }: Mutant,
  { runs, seed }: { runs: number; seed: number },
): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-mutant-'))
  try {
    for (const one of copied) cpSync(join(root, one), join(folder, one), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const { file, replace } of edits) {
      const text = readFileSync(join(folder, file), 'utf8')
      const found = text.split(replace[0]).length - 1
      if (found !== 1) throw new Error(`the mutant “${name}” finds its text ${found} times in ${file}: let it follow the source`)
      writeFileSync(
        join(folder, file),
        text.replace(replace[0], () => replace[1]),
      )
    }
    const out = join(folder, 'result.json')
    await vitest(folder, {
      given: [
        '--project',
        'databases',
        'tests/databases/ledger-sqlite.test.ts',
        '-t',
        invariant,
        '--reporter=json',
        `--outputFile=${out}`,
      ],
      environment: { VAFA_LEDGER_RUNS: String(runs), VAFA_LEDGER_SEED: String(seed) },
    })
    const result = JSON.parse(readFileSync(out, 'utf8')) as { testResults: { assertionResults: Assertion[] }[] }
    const asked = result.testResults.flatMap((one) => one.assertionResults).filter((one) => one.title === invariant)
    const said = asked.flatMap((one) => one.failureMessages)[0] ?? ''
    return { mutant: name, invariant, noticed: asked.length === 1 && asked[0]?.status === 'failed', said: firstLines(said) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Assertion {
  title: string
  status: string
  failureMessages: string[]
}

const firstLines = (text: string): string => text.split('\n').slice(0, 1).join('').slice(0, 200)

function vitest(folder: string, { given, environment }: { given: string[]; environment: Record<string, string> }): Promise<void> {
  const child = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', ...given], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => resolve())
  })
}
