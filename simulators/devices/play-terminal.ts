import { existsSync } from 'node:fs'
import type { TerminalAnswer } from '#agent/terminal/answers.ts'
import { books } from '#agent/terminal/journal.ts'
import * as requests from '#agent/terminal/requests.ts'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { readMacKey } from '#drivers/pos-iso8583/terminals.ts'
import { VafaError } from '#runtime/errors.ts'
import { openTtyPair } from '../line/tty-pair.ts'
import type { TerminalFault } from '../terminal/faults.ts'
import { startVirtualTerminal, type TerminalOptions, type VirtualTerminal } from '../terminal/virtual-terminal.ts'
import type { Act } from './acts.ts'
import { whenThere } from './calling.ts'
import type { FaultKind } from './faults.ts'
import { reachable } from './play-till.ts'
import { cannotDo, cannotFail, notPlayable } from './refusals.ts'
import type { Part, Player } from './virtual-device.ts'

const nextMessage = {
  'half-a-frame': 'half-a-frame',
  'hang-up': 'answer-lost',
  repeat: 'twice',
} as const satisfies Partial<Record<FaultKind, TerminalFault>>

/** The device's terminal of the lane, by its port or its MAC. One that is known by a certificate needs that one's key. */
export const playTerminal: Player = async (part) => {
  const options = posIso8583Options.parse(part.options)
  const known = options.terminals.find(({ lane }) => lane === part.lane) ?? options.terminals[0]
  if (!known || (options.tls && known.certificate))
    throw notPlayable(part, 'its terminal is known by a certificate', '`vafa sim terminal --cert --cert-key` plays that one')
  const mac = known.mac && readMacKey(known.mac, part.beside(known.mac.keyFile))
  const { serial, bitmap } = options
  if (serial && existsSync(serial.path))
    throw notPlayable(part, `${serial.path} is there already`, 'a simulator makes the path itself: name one that is not there')
  const pair = serial && (await openTtyPair({ near: serial.path }))
  const to: TerminalOptions['to'] = pair
    ? { serial: { path: pair.b, baudRate: serial.baudRate } }
    : { tcp: { host: reachable(options.host), port: known.port ?? options.port ?? 0 } }
  let waiting: Promise<VirtualTerminal> | undefined
  let wrongMac = false
  let due: TerminalFault | undefined
  let last: string | undefined
  const terminal = () => {
    waiting ??= whenThere(() =>
      // Runs follow each other by seconds: their numbers must differ.
      startVirtualTerminal({
        terminal: known.terminal,
        to,
        bitmap,
        trace: 1 + (Math.floor(Date.now() / 100) % 999_000),
        ...(mac ? { mac } : {}),
      }),
    )
    waiting.catch(() => {
      waiting = undefined
    })
    return waiting
  }
  const ask = async (message: Parameters<VirtualTerminal['ask']>[0]): Promise<TerminalAnswer> => {
    const t = await terminal()
    if (wrongMac) t.fault('wrong-mac')
    // What is lost of a question is asked again; what books is what the terminal's journal is for.
    if (due && books(message)) {
      t.fault(due)
      due = undefined
    }
    const answer = await t.ask(message)
    const { receipt, ...body } = answer
    part.seen({ kind: 'answer', op: message.mti, body, receipt: { fa: receipt, en: receipt } })
    return answer
  }
  const good = (answer: TerminalAnswer): TerminalAnswer => {
    if (answer.code === '00') return answer
    throw new VafaError({
      key: 'terminal.refused',
      message: `the box answered ${answer.code}${answer.detail ? ` (${answer.detail})` : ''}`,
      ...(answer.reason ? { hint: answer.reason } : {}),
    })
  }
  const sell = async (act: Extract<Act, { do: 'sale' }>) => {
    const t = await terminal()
    const credential = act.phone ? { credential: { kind: 'phone' as const, value: act.phone } } : {}
    const sale = { total: act.amount, lines: act.lines, ...credential }
    const transaction = t.begin()
    const quote = good(await ask(requests.quoteOf(transaction, sale)))
    const held = act.redeem === undefined ? quote : good(await ask(requests.holdOf(transaction, act.redeem)))
    if (act.end !== 'complete') return
    const message = requests.saleOf(transaction, { ...sale, paid: held.amount ?? quote.amount ?? act.amount })
    last = transaction.trace
    try {
      good(await ask(message))
    } catch (error) {
      if (!(error instanceof VafaError) || error.key !== 'terminal.silence') throw error
      part.seen({ kind: 'note', text: 'the answer did not come; the terminal’s journal mends it' })
      await t.recover()
    }
  }
  return {
    acts: ['sale', 'reverse', 'return', 'present', 'sign-on', 'close-day'],
    faults: ['garbage', 'half-a-frame', 'hang-up', 'repeat', ...(mac ? (['wrong-checksum'] as const) : [])],
    async act(act) {
      const t = await terminal()
      switch (act.do) {
        case 'sale':
          return sell(act)
        case 'reverse':
          return t.undo(last ?? noSale(part))
        case 'return':
          return void good(
            await ask(requests.returnOf(t.begin(), { reference: act.reference ?? noSale(part), amount: act.amount })),
          )
        case 'present':
          return void good(await ask(requests.whoIsThis(t.begin(), { kind: 'phone', value: act.phone })))
        case 'sign-on':
          return void good(
            await ask(
              requests.networkOf(t.begin(), '001', {
                operator: act.operator,
                ...(act.shift === undefined ? {} : { shift: act.shift }),
              }),
            ),
          )
        case 'close-day':
          return void (await ask(requests.reconciliationOf(t.begin(), today())))
        default:
          throw cannotDo(part, act)
      }
    },
    async fault(kind) {
      const t = await terminal()
      if (kind === 'garbage') await t.send(Buffer.from('\u00ff\u00ff no frame', 'latin1'))
      else if (kind === 'wrong-checksum') wrongMac = true
      else if (kind in nextMessage) due = nextMessage[kind as keyof typeof nextMessage]
      else throw cannotFail(part, kind)
    },
    async mend() {
      wrongMac = false
    },
    async close() {
      await (await waiting?.catch(() => undefined))?.close()
      await pair?.close()
    },
  }
}

const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tehran' }).format(new Date())

function noSale({ device }: Part): never {
  throw new VafaError({
    key: 'sim.no-sale',
    message: `${device} does not know which sale`,
    hint: 'a `sale` must come before it; a return needs the `reference` on the receipt',
  })
}
