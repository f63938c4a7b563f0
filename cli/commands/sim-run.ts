import { readFileSync } from 'node:fs'
import type { Language } from '#protocol/text.ts'
import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'
import type { CuttableLink } from '#simulators/network/cuttable-link.ts'
import { runScenario, type StepResult } from '#simulators/scenario/run.ts'
import { readScenario, type Scenario } from '#simulators/scenario/scenario.ts'
import { inWords } from '#simulators/scenario/sights.ts'
import { type PlayedStore, playStore } from '#simulators/store/played-store.ts'
import { startOwnStore } from '../sim/own-store.ts'
import { readStore } from './store-config.ts'

interface RunOptions {
  config?: string
  store?: boolean
  keep?: string
  language: Language
  json?: boolean
}

/** `vafa sim run FILE`: plays a scenario against a store; exit code 1 at the first step that fails. */
export async function run(file: string, options: RunOptions): Promise<void> {
  const scenario = readScenario(readText(file), file)
  const say = (text: string) => void (options.json || process.stdout.write(`${text}\n`))
  say(scenario.title)
  const { store, line, close } = await openPlace(options)
  let results: StepResult[]
  try {
    results = await runScenario(scenario, {
      store,
      ...(line ? { line } : {}),
      onHappened: ({ device, seen }) => say(`      ${device}: ${inWords(seen)}`),
      onStep: (step) => say(told(step)),
    })
  } finally {
    await close()
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ scenario: scenario.title, steps: results })}\n`)
  report(file, scenario, results)
  // What was played keeps no process alive; sockets that linger do.
  process.exit(0)
}

function report(file: string, scenario: Scenario, results: readonly StepResult[]): void {
  const failed = results.at(-1)
  if (!failed?.error) return
  const { number, line, what, error } = failed
  throw new VafaError({
    key: 'sim.failed',
    message: `${file}:${line}: step ${number} of ${scenario.steps.length} (${what}): ${error.message}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    permanent: false,
  })
}

const told = ({ number, what, ms, error }: StepResult): string =>
  `${error ? '✗' : '✓'} ${String(number).padStart(2)}  ${what}  ${ms} ms`

async function openPlace({ config: file, store: own, keep, language }: RunOptions): Promise<{
  store: PlayedStore
  line?: CuttableLink
  close(): Promise<void>
}> {
  if (own) return startOwnStore({ language, ...(keep === undefined ? {} : { keep }) })
  if (file === undefined)
    throw new VafaError({
      key: 'usage.where',
      message: 'which store? neither --config nor --store was given',
      hint: 'add -c gateway.yaml for a store that runs, or --store to start one with a club',
    })
  const store = await playStore({ config: readStore(file), configFile: file, gateway: 'running' })
  return { store, close: store.close }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new VafaError({
      key: 'config.unreadable',
      message: `cannot read ${file}: ${codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)}`,
      hint: 'docs/simulators.md has a whole example, and examples/scenarios/ more',
      cause,
    })
  }
}
