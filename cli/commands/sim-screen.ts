import type { DeviceHealth } from '#protocol/state.ts'
import type { Language } from '#protocol/text.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { cards } from '#simulators/card/cards.ts'
import type { CuttableLink } from '#simulators/network/cuttable-link.ts'
import { inWords } from '#simulators/scenario/sights.ts'
import { type Happened, type PlayedStore, playStore } from '#simulators/store/played-store.ts'
import { readKeys } from '../screen/keys.ts'
import { press, type ScreenState, type ShownEvent, type Wish, withEvent } from '../screen/model.ts'
import { render } from '../screen/view.ts'
import { startOwnStore } from '../sim/own-store.ts'
import { readStore } from './store-config.ts'

interface Place {
  store: PlayedStore
  line?: CuttableLink
  close(): Promise<void>
}

/** How often the devices' health is looked at. */
const healthMs = 300

/** `vafa sim`: the store's devices on a screen, and keys for what happens there. */
export async function screen(options: { config?: string; language: Language }): Promise<void> {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY)
    throw new VafaError({
      key: 'usage.terminal',
      message: 'vafa sim draws a screen, and this is no terminal',
      hint: '`vafa sim run` plays a scenario without one; `vafa sim --help` lists the rest',
    })
  stdout.write('starting …\n')
  const place = await open(options)
  const { store, line, close } = place
  let state = store.earlier.reduce(seen, firstState(store, { language: options.language, line: line ? 'whole' : 'not ours' }))
  let drawn = ''
  const draw = () => {
    const { columns = 80, rows = 24 } = stdout
    const text = render(state, { columns, rows })
      .map((one) => `${one}\u001b[K`)
      .join('\r\n')
    if (text === drawn) return
    drawn = text
    stdout.write(`\u001b[H${text}`)
  }
  const change = (next: ScreenState) => {
    state = next
    draw()
  }
  const event = (shown: Omit<ShownEvent, 'at'>) => change(withEvent(state, { at: Date.now(), ...shown }))

  stdout.write('\u001b[?1049h\u001b[?25l\u001b[2J')
  stdin.setRawMode(true)
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    clearInterval(looking)
    stdin.setRawMode(false)
    stdout.write('\u001b[?25h\u001b[?1049l')
    await close()
    process.exit(0)
  }
  store.onHappened((happened) => change(seen(state, happened)))
  const look = async () => {
    const health = await store.health().catch(() => [])
    change(withHealth(state, health))
  }
  const looking = setInterval(() => void look(), healthMs)
  stdout.on('resize', () => {
    stdout.write('\u001b[2J')
    drawn = ''
    draw()
  })
  process.once('SIGTERM', () => void end())
  draw()
  stdin.setEncoding('utf8')
  stdin.on('data', (text: string) => {
    for (const key of readKeys(text)) {
      const { state: next, wish } = press(state, key)
      change(next)
      if (wish?.wish === 'quit') return void end()
      if (wish)
        fulfil(wish, place).then(
          (done) => event({ device: done.device, text: done.text, tone: 'good' }),
          (error: unknown) => event({ device: '', text: failure(error), tone: 'bad' }),
        )
    }
  })
  stdin.on('end', () => void end())
}

const failure = (error: unknown): string =>
  `${messageOf(error)}${error instanceof VafaError && error.hint ? ` (${error.hint})` : ''}`

async function open({ config: file, language }: { config?: string; language: Language }): Promise<Place> {
  if (file === undefined) return startOwnStore({ language })
  const config = readStore(file)
  const log = createLogger({ name: 'gateway', file: `${file}.sim.log` })
  const store = await playStore({ config, configFile: file, gateway: 'either', log })
  return { store, close: store.close }
}

function firstState(store: PlayedStore, { language, line }: { language: Language; line: ScreenState['line'] }): ScreenState {
  const { config } = store
  return {
    title: `${config.title?.[language] ?? config.store} (${config.lanes.map(({ lane, mode }) => `${lane} ${mode}`).join(', ')})`,
    language,
    devices: store.devices.map(({ device, driver, lane, virtual }) => ({
      device,
      driver,
      lane,
      acts: virtual.acts,
      faults: virtual.faults,
    })),
    left: store.left,
    selected: 0,
    events: [],
    displays: new Map(),
    line,
    help: 'hidden',
    before: new Map(),
    cards: Object.keys(cards),
  }
}

function withHealth(state: ScreenState, health: readonly DeviceHealth[]): ScreenState {
  return {
    ...state,
    devices: state.devices.map((one) => {
      const { status: _, reason: __, ...rest } = one
      const now = health.find(({ device }) => device === one.device)
      return now ? { ...rest, status: now.status, ...(now.reason === undefined ? {} : { reason: now.reason }) } : rest
    }),
  }
}

function seen(state: ScreenState, { at, device, seen: what }: Happened): ScreenState {
  const tone = what.kind === 'answer' && what.op === 'error' ? 'bad' : 'plain'
  const next = withEvent(state, { at, device, text: inWords(what), tone })
  if (what.kind === 'display') return { ...next, displays: new Map([...state.displays, [device, what.lines]]) }
  return what.kind === 'answer' && what.receipt && what.receipt.fa.length > 0
    ? { ...next, receipt: { device, lines: what.receipt } }
    : next
}

async function fulfil(wish: Wish, { store, line }: Place): Promise<{ device: string; text: string }> {
  if (wish.wish === 'cut' || wish.wish === 'restore') {
    if (wish.wish === 'cut') line?.cut()
    else line?.restore()
    return { device: '', text: wish.wish === 'cut' ? 'the line to the club is cut' : 'the line to the club is whole again' }
  }
  if (wish.wish === 'quit') return { device: '', text: '' }
  const { device } = wish
  const virtual = store.devices.find((one) => one.device === device)?.virtual
  if (!virtual) throw new VafaError({ key: 'sim.cannot', message: `${device} is not played` })
  switch (wish.wish) {
    case 'act':
      await virtual.act(wish.act)
      return { device, text: `${wish.act.do}: done` }
    case 'fault':
      await virtual.fault(wish.kind)
      return { device, text: `fault: ${wish.kind}` }
    case 'mend':
      await virtual.mend()
      return { device, text: 'mended' }
  }
}
