import { messageOf, VafaError } from '#runtime/errors.ts'
import type { CuttableLink } from '../network/cuttable-link.ts'
import type { Happened, PlayedDevice, PlayedStore } from '../store/played-store.ts'
import type { Doing, Scenario, Sight, Step } from './scenario.ts'
import { fits, inWords } from './sights.ts'

export interface StepResult {
  number: number
  line: number
  what: string
  ms: number
  error?: { key: string; message: string; hint?: string }
}

export interface RunOptions {
  store: PlayedStore
  /** Between the store and its club, where that is ours to cut. */
  line?: CuttableLink
  onStep?(result: StepResult): void
  onHappened?(happened: Happened): void
}

/**
 * Plays a scenario, step by step, and stops at the first that fails: what follows rests on it. What a device sees is
 * kept, and looked at in its order: an `expect` passes over what came before the one that fits, at that device.
 */
export async function runScenario({ steps }: Scenario, options: RunOptions): Promise<StepResult[]> {
  const watch = watchStore(options)
  const results: StepResult[] = []
  try {
    for (const [index, step] of steps.entries()) {
      const began = performance.now()
      const error = await outcomeOf(step, options, watch)
      const result: StepResult = {
        number: index + 1,
        line: step.line,
        what: step.note ?? describe(step),
        ms: Math.round(performance.now() - began),
        ...(error ? { error } : {}),
      }
      results.push(result)
      options.onStep?.(result)
      if (error) break
    }
  } finally {
    watch.end()
  }
  return results
}

type Watch = ReturnType<typeof watchStore>

function watchStore({ store, onHappened }: RunOptions) {
  const history: Happened[] = []
  /** How many of them were looked at already, by device. */
  const looked = new Map<string, number>()
  const watchers = new Set<() => void>()
  const stop = store.onHappened((happened) => {
    history.push(happened)
    onHappened?.(happened)
    for (const watcher of watchers) watcher()
  })
  const at = ({ device, lane }: Pick<Step, 'device' | 'lane'>) =>
    history.filter((one) => (device === undefined || one.device === device) && (lane === undefined || one.lane === lane))
  const unseen = (place: Pick<Step, 'device' | 'lane'>) =>
    at(place).filter((one) => history.indexOf(one) >= (looked.get(one.device) ?? 0))
  return {
    end: stop,
    unseen,
    /** The first that fits, now or within the time; it and what came before it at its device is then passed. */
    async next(sight: Sight, place: Pick<Step, 'device' | 'lane'>, ms: number): Promise<Happened | undefined> {
      const found = await until(() => unseen(place).find(({ seen }) => fits(seen, sight)), watchers, ms)
      if (found) looked.set(found.device, history.indexOf(found) + 1)
      return found
    },
  }
}

function until<T>(find: () => T | undefined, watchers: Set<() => void>, ms: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const end = (found: T | undefined) => {
      clearTimeout(timer)
      watchers.delete(look)
      resolve(found)
    }
    const look = () => {
      const found = find()
      if (found !== undefined) end(found)
    }
    const timer = setTimeout(() => end(undefined), ms)
    watchers.add(look)
    look()
  })
}

async function outcomeOf(step: Step, options: RunOptions, watch: Watch): Promise<StepResult['error']> {
  try {
    await perform(step, options, watch)
  } catch (error) {
    const key = error instanceof VafaError ? error.key : 'sim.failed'
    if (key === step.fails) return undefined
    const hint = error instanceof VafaError ? error.hint : undefined
    return { key, message: messageOf(error), ...(hint === undefined ? {} : { hint }) }
  }
  if (step.fails === undefined) return undefined
  return { key: 'sim.no-failure', message: `it went well, and should have failed with ${step.fails}` }
}

async function perform(step: Step, options: RunOptions, watch: Watch): Promise<void> {
  const { doing } = step
  const { store, line } = options
  switch (doing.do) {
    case 'act':
      return find(store, step, ({ virtual }) => virtual.acts.includes(doing.act.do), doing.act.do).virtual.act(doing.act)
    case 'fault':
      return find(store, step, ({ virtual }) => virtual.faults.includes(doing.kind), doing.kind).virtual.fault(doing.kind)
    case 'mend':
      return find(store, { device: doing.device }, () => true, 'mend').virtual.mend()
    case 'cut':
    case 'restore': {
      if (!line) throw notOurs('the line to the club')
      if (doing.do === 'cut') line.cut()
      else line.restore()
      return
    }
    case 'expect':
      if (!(await watch.next(doing.sight, step, step.within))) throw missed(step, watch)
      return
    case 'never': {
      const come = await watch.next(doing.sight, step, step.within)
      if (come) throw new VafaError({ key: 'sim.unexpected', message: `it came, at ${come.device}: ${inWords(come.seen)}` })
      return
    }
    case 'health':
      return untilHealthy(step, doing.status, store)
  }
}

function find(
  { devices, left }: PlayedStore,
  { device, lane }: Pick<Step, 'device' | 'lane'>,
  can: (device: PlayedDevice) => boolean,
  what: string,
): PlayedDevice {
  const found = devices.find(
    (one) => (device === undefined || one.device === device) && (lane === undefined || one.lane === lane) && can(one),
  )
  if (found) return found
  const unplayed = left.find((one) => one.device === device)
  const where = device ?? (lane === undefined ? 'the store' : lane)
  throw new VafaError({
    key: 'sim.cannot',
    message: `${where} has no device for “${what}”${unplayed ? `: ${unplayed.reason}` : ''}`,
    hint: `there are ${devices.map((one) => `${one.device} (${one.driver})`).join(', ')}`,
  })
}

const pollMs = 50

async function untilHealthy({ device, within }: Step, wanted: string, store: PlayedStore): Promise<void> {
  const deadline = performance.now() + within
  for (;;) {
    const health = (await store.health()).find((one) => one.device === device)
    if (health?.status === wanted) return
    if (performance.now() > deadline)
      throw new VafaError({
        key: 'sim.not-seen',
        message: `${device ?? 'a device that is not named'} is ${health?.status ?? 'unknown'}${health?.reason ? ` (${health.reason})` : ''}, not ${wanted}`,
      })
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

const notOurs = (what: string): VafaError =>
  new VafaError({
    key: 'sim.not-ours',
    message: `${what} is not ours: the store runs by itself`,
    hint: 'run the scenario with --store: then gateway, club and line are started for it',
  })

/** What there was instead, newest last. */
function missed(step: Step, watch: Watch): VafaError {
  const instead = watch.unseen(step).slice(-6)
  return new VafaError({
    key: 'sim.not-seen',
    message: `it did not come in ${step.within / 1_000} s; ${instead.length === 0 ? 'nothing came' : `there was ${instead.map(({ device, seen }) => `${device}: ${inWords(seen)}`).join(' | ')}`}`,
  })
}

/** A step in a few words, as the file has it. */
export function describe({ doing, device, lane }: Pick<Step, 'doing' | 'device' | 'lane'>): string {
  const where = [device, lane].filter((one) => one !== undefined).join(', ')
  return `${wordsOf(doing)}${where === '' ? '' : ` (${where})`}`
}

function wordsOf(doing: Doing): string {
  switch (doing.do) {
    case 'act': {
      const { do: verb, ...rest } = doing.act
      const values = Object.values(rest).filter((value) => typeof value !== 'object')
      return [verb, ...values].join(' ')
    }
    case 'fault':
      return `fault ${doing.kind}`
    case 'mend':
      return `mend ${doing.device}`
    case 'cut':
    case 'restore':
      return `${doing.do} the line to the club`
    case 'expect':
    case 'never':
      return `${doing.do} ${JSON.stringify(doing.sight)}`
    case 'health':
      return `health ${doing.status}`
  }
}
