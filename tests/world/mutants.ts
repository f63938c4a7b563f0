import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorldVerdict } from '#simulators/world/world.ts'
import { applyPatch } from './patch.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('mutants', import.meta.url))
const copied = [
  'protocol',
  'programme',
  'receipts',
  'runtime',
  'drivers',
  'gateway',
  'club',
  'agent',
  'simulators',
  'cli',
  'package.json',
]

/** A fault in the source, and the world in which it breaks a promise. */
export interface WorldMutant {
  /** Its file in `mutants/`, without `.patch`. */
  name: string
  seed: number
  stores: number
  acts: number
  members: number
  /** All of them where it is left out. */
  faults?: string
  /** Of what the world says is broken. */
  says: RegExp
}

export const patchNames = (): string[] => readdirSync(folder).map((file) => file.replace(/\.patch$/, ''))

/** Throws where a patch does not fit the source any more. */
export function patchesFit(): void {
  const copy = mkdtempSync(join(tmpdir(), 'vafa-patch-'))
  try {
    for (const name of patchNames()) {
      const patch = patchOf(name)
      for (const [, file = ''] of patch.matchAll(/^\+\+\+ b\/(.+)$/gm)) cpSync(join(root, file), join(copy, file))
      applyPatch(copy, patch)
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
}

const patchOf = (name: string): string => readFileSync(join(folder, `${name}.patch`), 'utf8')

/** Runs a mutant's world over a copy of the source; rejects where its patch does not fit the source any more. */
export async function runWorldMutant({ name, seed, stores, acts, members, faults }: WorldMutant): Promise<string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'vafa-world-'))
  try {
    for (const one of copied) cpSync(join(root, one), join(copy, one), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    applyPatch(copy, patchOf(name))
    const given = Object.entries({ seed, stores, acts, members, ...(faults ? { faults } : {}) }).flatMap(([option, value]) => [
      `--${option}`,
      String(value),
    ])
    const said = await output(process.execPath, [join(copy, 'cli/vafa.js'), 'sim', 'world', ...given, '--json'])
    return (JSON.parse(said) as WorldVerdict).broken
  } finally {
    rmSync(copy, { recursive: true })
  }
}

function output(program: string, given: readonly string[]): Promise<string> {
  const child = spawn(program, given, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (piece) => {
    said += piece
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(said))
  })
}
