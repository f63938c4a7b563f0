import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { deviceStatus } from '#protocol/state.ts'
import { parseConfig } from '#runtime/config.ts'
import { type Act, type ActName, actNames, acts } from '../devices/acts.ts'
import { faultKinds } from '../devices/faults.ts'
import { isPattern } from './patterns.ts'

const deviceName = z.string().min(1).max(60)

/** Where, how long, and that it must go wrong: any step may say so beside what it does. */
const beside = {
  device: deviceName.optional().meta({ description: 'the first of the lane that can, where it is left out' }),
  lane: z.string().min(1).max(60).optional(),
  within: z.number().positive().max(600).optional().meta({ description: 'seconds to wait; 5 where it is left out' }),
  note: z.string().max(200).optional().meta({ description: 'shown beside the step' }),
  fails: z.string().min(1).max(100).optional().meta({ description: 'the step must fail with this error’s key' }),
}

/** `/…/` is a regular expression, anything else a part of the text. */
const words = z.string().min(1).max(500).refine(isPattern, 'is no regular expression between its two /')

/** What of a message must be there: objects in part, lists from their beginning, texts whole or as `/…/`. */
const partly = z.record(z.string(), z.unknown())

const sight = z.union(
  [
    z.strictObject({ answer: z.string().min(1).max(60), with: partly.optional() }),
    z.strictObject({ display: words }),
    z.strictObject({ receipt: words }),
    z.strictObject({ paper: partly }),
    z.strictObject({ said: words }),
  ],
  { error: 'must be one of `answer` (with `with`), `display`, `receipt`, `paper` and `said`' },
)
export type Sight = z.output<typeof sight>

/** The one word that a short step means: `tap: sara` is `tap: { card: sara }`. */
const short: Partial<Record<ActName, string>> = {
  tap: 'card',
  scan: 'code',
  swipe: 'number',
  finger: 'name',
  sale: 'amount',
  enrol: 'name',
  present: 'phone',
  return: 'amount',
  'sign-on': 'operator',
}

const actSteps = actNames.map((name) => {
  const word = short[name]
  const written = z.preprocess(
    (value) =>
      value === null ? {} : word !== undefined && (typeof value !== 'object' || value === null) ? { [word]: value } : value,
    acts[name],
  )
  return z.strictObject({ ...beside, [name]: written })
})

const step = z.union(
  [
    ...actSteps,
    z.strictObject({ ...beside, fault: z.enum(faultKinds as [string, ...string[]]) }),
    z.strictObject({ ...beside, mend: deviceName }),
    z.strictObject({ ...beside, cut: z.literal('club') }),
    z.strictObject({ ...beside, restore: z.literal('club') }),
    z.strictObject({ ...beside, expect: sight }),
    z.strictObject({ ...beside, never: sight }),
    z.strictObject({ ...beside, health: deviceStatus }),
  ],
  {
    error: `must do one thing: ${[...actNames, 'fault', 'mend', 'cut', 'restore', 'expect', 'never', 'health'].join(', ')}`,
  },
)

const scenario = z.strictObject({
  scenario: z.string().min(1).max(200).meta({ description: 'what it shows' }),
  steps: z.array(step).min(1).max(1_000),
})

export type Doing =
  | { do: 'act'; act: Act }
  | { do: 'fault'; kind: (typeof faultKinds)[number] }
  | { do: 'mend'; device: string }
  | { do: 'cut' | 'restore' }
  | { do: 'expect' | 'never'; sight: Sight }
  | { do: 'health'; status: z.output<typeof deviceStatus> }

export interface Step {
  /** In the file. */
  line: number
  doing: Doing
  device?: string
  lane?: string
  /** Milliseconds. */
  within: number
  note?: string
  fails?: string
}

export interface Scenario {
  title: string
  steps: Step[]
}

const usualMs = 5_000

/** Reads a scenario. Throws `config.invalid`, which names each wrong line. `file` is only named. */
export function readScenario(text: string, file: string): Scenario {
  const { scenario: title, steps } = parseConfig(text, scenario, file)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  return {
    title,
    steps: steps.map((written, index) => {
      const node = document.getIn(['steps', index], true) as { range?: [number, number, number] } | undefined
      return { ...stepOf(written as Record<string, unknown>), line: lines.linePos(node?.range?.[0] ?? 0).line }
    }),
  }
}

function stepOf(written: Record<string, unknown>): Omit<Step, 'line'> {
  const { device, lane, within, note, fails, ...rest } = written as z.output<z.ZodObject<typeof beside>> & Record<string, unknown>
  const [verb = '', value] = Object.entries(rest)[0] ?? []
  return {
    doing: doingOf(verb, value),
    within: within === undefined ? usualMs : within * 1_000,
    ...(device === undefined ? {} : { device }),
    ...(lane === undefined ? {} : { lane }),
    ...(note === undefined ? {} : { note }),
    ...(fails === undefined ? {} : { fails }),
  }
}

function doingOf(verb: string, value: unknown): Doing {
  switch (verb) {
    case 'fault':
      return { do: 'fault', kind: value as (typeof faultKinds)[number] }
    case 'mend':
      return { do: 'mend', device: value as string }
    case 'cut':
    case 'restore':
      return { do: verb }
    case 'expect':
    case 'never':
      return { do: verb, sight: value as Sight }
    case 'health':
      return { do: 'health', status: value as z.output<typeof deviceStatus> }
    default:
      return { do: 'act', act: { do: verb, ...(value as object) } as Act }
  }
}
