import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readAnswer, type TerminalAnswer } from '#agent/terminal/answers.ts'
import type { Journal } from '#agent/terminal/journal.ts'
import * as requests from '#agent/terminal/requests.ts'
import { type PosIso8583Options, posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { readMacKey } from '#drivers/pos-iso8583/terminals.ts'
import { exchangeOf } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { pathBeside } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { askLeaveOfTerminal } from '#simulators/store/permission.ts'
import type { TerminalFault } from '#simulators/terminal/faults.ts'
import { startVirtualTerminal, type TerminalOptions, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { readPlayable } from './store-config.ts'

export interface SimTerminalOptions {
  config?: string
  terminal?: string
  to?: { host: string; port: number }
  tty?: string
  cert?: string
  certKey?: string
  amount?: number
  phone?: string
  redeem?: number
  quote: boolean
  advice?: boolean
  repeat?: boolean
  reverse?: boolean
  fault?: TerminalFault
  journal?: string
  closeDay?: string
  json?: boolean
}

/** `vafa sim terminal`: what a terminal says and hears, message by message. */
export async function terminal(options: SimTerminalOptions): Promise<void> {
  const journal = options.journal
  const t = await startVirtualTerminal({
    ...(await placeOf(options)),
    // Runs of this command follow each other by seconds: their numbers must differ.
    trace: 1 + (Math.floor(Date.now() / 100) % 999_000),
    ...(journal && existsSync(journal) ? { journal: JSON.parse(readFileSync(journal, 'utf8')) as Journal } : {}),
    ...(journal ? { keep: (entries: Journal) => keepJournal(journal, entries) } : {}),
    onMessage: (message) => say(message, options),
  })
  try {
    await askLeaveOfTerminal(t, options.terminal ?? 'this lane')
    await t.recover()
    if (options.closeDay) await t.ask(requests.reconciliationOf(t.begin(), options.closeDay))
    else if (options.amount === undefined) await t.ask(requests.networkOf(t.begin(), '001', { operator: 'sim' }))
    else await sell(t, { ...options, amount: options.amount })
  } finally {
    await t.close()
  }
}

async function sell(t: VirtualTerminal, options: SimTerminalOptions & { amount: number }): Promise<void> {
  const { amount: total, phone } = options
  const sale = { total, operator: 'sim', ...(phone ? { credential: { kind: 'phone' as const, value: phone } } : {}) }
  const transaction = t.begin()
  let paid = total
  if (options.quote && !options.advice) {
    paid = good(await t.ask(requests.quoteOf(transaction, sale))).amount ?? total
    if (options.redeem) paid = good(await t.ask(requests.holdOf(transaction, options.redeem))).amount ?? paid
  }
  const message = options.advice
    ? requests.adviceOf(transaction, { ...sale, paid })
    : requests.saleOf(transaction, { ...sale, paid })
  if (options.fault) t.fault(options.fault)
  try {
    good(await t.ask(message))
  } catch (error) {
    if (!options.fault) throw error
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}; the journal mends it:\n`)
    await t.recover()
  }
  if (options.repeat) await t.exchange(requests.repeatOf(message))
  if (options.reverse) await t.undo(transaction.trace)
}

/** Written whole or not at all: a terminal that loses its power while it writes has the journal of before. */
function keepJournal(file: string, entries: Journal): void {
  writeFileSync(`${file}.new`, JSON.stringify(entries))
  renameSync(`${file}.new`, file)
}

async function placeOf(options: SimTerminalOptions): Promise<Pick<TerminalOptions, 'terminal' | 'to' | 'bitmap' | 'mac'>> {
  const device = options.config ? await deviceOf(options.config, options.terminal) : undefined
  const terminal = options.terminal ?? device?.terminal ?? 'T1'
  const serial = options.tty ? { path: options.tty, baudRate: device?.options.serial?.baudRate ?? 9_600 } : undefined
  const tcp = options.to ?? (device?.port === undefined ? undefined : { host: device.options.host, port: device.port })
  const known = {
    terminal,
    bitmap: device?.options.bitmap ?? (serial ? ('hex' as const) : ('binary' as const)),
    ...(device?.mac ? { mac: device.mac } : {}),
  }
  if (serial) return { ...known, to: { serial } }
  if (!tcp)
    throw new VafaError({
      key: 'usage.where',
      message: 'where does the box listen for terminals? neither --config nor --to nor --tty says so',
      hint: 'add -c gateway.yaml, or --to 127.0.0.1:5000',
    })
  const tls =
    options.cert && options.certKey
      ? { tls: { cert: readFileSync(options.cert, 'utf8'), key: readFileSync(options.certKey, 'utf8') } }
      : {}
  return { ...known, to: { tcp, ...tls } }
}

async function deviceOf(file: string, name: string | undefined) {
  for (const { driver, options } of (await readPlayable(file, 'pos-iso8583')).devices) {
    if (driver !== 'pos-iso8583') continue
    const parsed: PosIso8583Options = posIso8583Options.parse(options)
    const found = parsed.terminals.find(({ terminal }) => name === undefined || terminal === name)
    if (!found) continue
    return {
      options: parsed,
      terminal: found.terminal,
      port: found.port ?? parsed.port,
      mac: found.mac && readMacKey(found.mac, pathBeside(file, found.mac.keyFile)),
    }
  }
  throw new VafaError({
    key: 'config.no-virtual-device',
    message: `${file} has no terminal${name ? ` ${name}` : ''}`,
    hint: 'docs/devices/pos-iso8583.md shows how a store gets one',
  })
}

function good(answer: TerminalAnswer): TerminalAnswer {
  if (answer.code === '00') return answer
  throw new VafaError({
    key: 'terminal.refused',
    message: `the box answered ${answer.code}${answer.detail ? ` (${answer.detail})` : ''}`,
    ...(answer.reason ? { hint: answer.reason } : {}),
  })
}

function say({ message, direction }: { message: IsoMessage; direction: 'sent' | 'heard' }, { json }: SimTerminalOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ direction, ...message })}\n`)
    return
  }
  if (direction === 'sent') {
    const { 4: amount, 11: trace } = message.fields
    const what = exchangeOf(message) ?? ''
    process.stdout.write(`> ${message.mti} ${what}  number ${trace}${amount === undefined ? '' : `, ${rials(Number(amount))}`}\n`)
    return
  }
  const a = readAnswer(message)
  const parts = [
    ...(a.amount === undefined ? [] : [rials(a.amount)]),
    ...(a.discount ? [`discount ${rials(a.discount)}`] : []),
    ...(a.redeemed ? [`from credit ${rials(a.redeemed)}`] : []),
    ...(a.member ? [`member …${a.member.lastDigits}`] : []),
    ...a.balances.map(({ unit, kind, amount }) => `${unit} ${kind} ${unit === 'credit' ? rials(amount) : amount}`),
    ...(a.reference ? [a.reference] : []),
    ...(a.status ? [{ A: 'booked', P: 'provisional', Q: 'set aside', O: 'waits for its original' }[a.status]] : []),
  ]
  const lines = [`< ${message.mti} ${a.code}  ${parts.join(', ')}`]
  for (const text of [a.reason, a.detail, ...a.operatorPrompts, ...a.customerPrompts]) if (text) lines.push(`  ${text}`)
  lines.push(...a.receipt.map((line) => `  │ ${line}`))
  process.stdout.write(`${lines.join('\n')}\n`)
}

const rials = (amount: number): string => `${amount.toLocaleString('en')} rial`
