import type { DeviceStatus } from '#protocol/state.ts'
import type { Language } from '#protocol/text.ts'
import type { Act, ActName } from '#simulators/devices/acts.ts'
import type { FaultKind } from '#simulators/devices/faults.ts'
import type { ReceiptLines } from '#simulators/devices/virtual-device.ts'
import type { Key } from './keys.ts'

export interface ShownDevice {
  device: string
  driver: string
  lane: string
  acts: readonly ActName[]
  faults: readonly FaultKind[]
  status?: DeviceStatus
  reason?: string
  fault?: FaultKind
}

export interface ShownEvent {
  /** Milliseconds since 1970. */
  at: number
  device: string
  text: string
  tone: 'plain' | 'good' | 'bad'
}

/** What is being asked for at the foot of the screen. */
export interface Question {
  verb: ActName | 'fault'
  device: string
  text: string
  /** Whether something was typed: the first letter replaces what is offered. */
  typed: boolean
  /** To go through with the arrows; none where anything can be typed. */
  choices: readonly string[]
}

export interface ScreenState {
  title: string
  /** With their modes. */
  lanes: string
  language: Language
  devices: readonly ShownDevice[]
  /** Not played, and why. */
  left: readonly { device: string; reason: string }[]
  selected: number
  events: readonly ShownEvent[]
  displays: ReadonlyMap<string, readonly string[]>
  receipt?: { device: string; lines: ReceiptLines }
  line: 'whole' | 'cut' | 'not ours'
  question?: Question
  help: 'shown' | 'hidden'
  /** What was answered last, offered again. */
  before: ReadonlyMap<string, string>
  cards: readonly string[]
}

/** What the person at the screen wants done. */
export type Wish =
  | { wish: 'act'; device: string; act: Act }
  | { wish: 'fault'; device: string; kind: FaultKind }
  | { wish: 'mend'; device: string }
  | { wish: 'cut' }
  | { wish: 'restore' }
  | { wish: 'quit' }

/** The keys, what they do, and what they offer first. */
export const verbs = {
  t: { verb: 'tap', offers: 'sara' },
  s: { verb: 'scan', offers: '6261000000001' },
  w: { verb: 'swipe', offers: '6261001234567890' },
  f: { verb: 'finger', offers: 'sara' },
  b: { verb: 'sale', offers: '1250000' },
  e: { verb: 'enrol', offers: 'Sara' },
  p: { verb: 'present', offers: '09121234567' },
  r: { verb: 'return', offers: '250000' },
  o: { verb: 'sign-on', offers: 'op-7' },
  v: { verb: 'reverse', offers: '' },
  a: { verb: 'reprint', offers: '' },
  d: { verb: 'close-day', offers: '' },
  x: { verb: 'fault', offers: 'garbage' },
} as const satisfies Record<string, { verb: ActName | 'fault'; offers: string }>

type Stepped = { state: ScreenState; wish?: Wish }

const keptEvents = 500

export const withEvent = (state: ScreenState, event: ShownEvent): ScreenState => ({
  ...state,
  events: [...state.events.slice(1 - keptEvents), event],
})

/** What a key does. Pure. */
export function press(state: ScreenState, key: Key): Stepped {
  if (key === 'ctrl-c') return { state, wish: { wish: 'quit' } }
  if (state.question) return answer(state, state.question, key)
  switch (key) {
    case 'q':
      return { state, wish: { wish: 'quit' } }
    case '?':
    case 'h':
      return { state: { ...state, help: state.help === 'shown' ? 'hidden' : 'shown' } }
    case 'l':
      return { state: { ...state, language: state.language === 'fa' ? 'en' : 'fa' } }
    case 'tab':
    case 'down':
      return { state: select(state, 1) }
    case 'shift-tab':
    case 'up':
      return { state: select(state, -1) }
    case 'm': {
      const device = state.devices[state.selected]
      return device
        ? { state: markFault(state, device.device, undefined), wish: { wish: 'mend', device: device.device } }
        : { state }
    }
    case 'c':
      return cutOrRestore(state)
  }
  return key in verbs ? begin(state, verbs[key as keyof typeof verbs]) : { state }
}

function cutOrRestore(state: ScreenState): Stepped {
  if (state.line === 'not ours') return { state: complain(state, 'the line to the club is the store’s own: it is not cut here') }
  return state.line === 'whole'
    ? { state: { ...state, line: 'cut' }, wish: { wish: 'cut' } }
    : { state: { ...state, line: 'whole' }, wish: { wish: 'restore' } }
}

const select = (state: ScreenState, by: number): ScreenState => ({
  ...state,
  selected: (state.selected + by + state.devices.length) % Math.max(1, state.devices.length),
})

const complain = (state: ScreenState, text: string): ScreenState => withEvent(state, { at: 0, device: '', text, tone: 'bad' })

/** The device that is chosen, else one of its lane, else any that can. */
function deviceFor({ devices, selected }: ScreenState, verb: ActName | 'fault'): ShownDevice | undefined {
  const can = (one: ShownDevice) => (verb === 'fault' ? one.faults.length > 0 : one.acts.includes(verb))
  const chosen = devices[selected]
  if (chosen && can(chosen)) return chosen
  return devices.find((one) => one.lane === chosen?.lane && can(one)) ?? devices.find(can)
}

function begin(state: ScreenState, { verb, offers }: { verb: ActName | 'fault'; offers: string }): Stepped {
  const device = deviceFor(state, verb)
  if (!device) return { state: complain(state, `the store has no device for “${verb}”`) }
  if (offers === '') return { state, wish: { wish: 'act', device: device.device, act: actOf(verb as ActName, '') } }
  const choices = verb === 'tap' ? state.cards : verb === 'fault' ? device.faults : []
  const text = state.before.get(verb) ?? offers
  const offered = choices.length === 0 || choices.includes(text) ? text : (choices[0] ?? '')
  return { state: { ...state, question: { verb, device: device.device, text: offered, typed: false, choices } } }
}

function answer(state: ScreenState, question: Question, key: Key): Stepped {
  const { question: _, ...closed } = state
  const ask = (change: Partial<Question>): Stepped => ({ state: { ...state, question: { ...question, ...change } } })
  switch (key) {
    case 'escape':
      return { state: closed }
    case 'backspace':
      return ask({ text: question.typed ? [...question.text].slice(0, -1).join('') : '', typed: true })
    case 'ctrl-u':
      return ask({ text: '', typed: true })
    case 'enter':
      return done(closed, question)
    case 'up':
    case 'left':
    case 'shift-tab':
      return ask(stepChoice(question, -1))
    case 'down':
    case 'right':
    case 'tab':
      return ask(stepChoice(question, 1))
  }
  if ([...key].length !== 1) return { state }
  return ask({ text: question.typed ? question.text + key : key, typed: true })
}

function stepChoice({ choices, text }: Question, by: number): Partial<Question> {
  if (choices.length === 0) return {}
  const at = choices.indexOf(text)
  return { text: choices[(at + by + choices.length) % choices.length] ?? text, typed: false }
}

function done(state: ScreenState, { verb, device, text, choices }: Question): Stepped {
  // Of a list, the first that begins with what was typed.
  const value = choices.length > 0 ? choices.find((one) => one.startsWith(text)) : text.trim()
  if (value === undefined || value === '') return { state: complain(state, `“${text}” is none of ${choices.join(', ')}`) }
  const next = { ...state, before: new Map([...state.before, [verb, value]]) }
  if (verb === 'fault') {
    const kind = value as FaultKind
    return { state: markFault(next, device, kind), wish: { wish: 'fault', device, kind } }
  }
  const numeric = verb === 'sale' || verb === 'return'
  if (numeric && !/^\d{1,15}$/.test(value)) return { state: complain(state, `“${value}” is no amount in rials`) }
  return { state: next, wish: { wish: 'act', device, act: actOf(verb, value) } }
}

function actOf(verb: ActName, value: string): Act {
  switch (verb) {
    case 'tap':
      return { do: verb, card: value, holdMs: 1_000 }
    case 'scan':
      return { do: verb, code: value }
    case 'swipe':
      return { do: verb, number: value }
    case 'finger':
    case 'enrol':
      return { do: verb, name: value }
    case 'sale':
      return { do: verb, amount: Number(value), lines: [], end: 'complete' }
    case 'present':
      return { do: verb, phone: value }
    case 'return':
      return { do: verb, amount: Number(value) }
    case 'sign-on':
      return { do: verb, operator: value }
    case 'reverse':
    case 'reprint':
    case 'close-day':
      return { do: verb }
  }
}

const markFault = (state: ScreenState, name: string, fault: FaultKind | undefined): ScreenState => ({
  ...state,
  devices: state.devices.map((one) => {
    if (one.device !== name) return one
    const { fault: _, ...well } = one
    return fault === undefined ? well : { ...one, fault }
  }),
})
