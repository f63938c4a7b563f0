/**
 * A terminal in a process of its own, to be killed as one that loses its power. Its arguments: the box's port, the file
 * of its journal, and the mobile that it sells to. It first brings to an end what the journal says is due.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Journal } from '#agent/terminal/journal.ts'
import { saleOf } from '#agent/terminal/requests.ts'
import { messageOf } from '#runtime/errors.ts'
import { startVirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'

export type ToTerminal = { kind: 'sell'; total: number }
/** `noted`: the journal is on disk and the message leaves next. */
export type FromTerminal =
  | { kind: 'up' }
  | { kind: 'noted' }
  | { kind: 'answered'; code: string }
  | { kind: 'failed'; why: string }

const [port, file = '', mobile = ''] = process.argv.slice(2)
const tell = (message: FromTerminal): void => void process.send?.(message, () => {})

const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Journal) : []
const terminal = await startVirtualTerminal({
  terminal: 'T1',
  to: { tcp: { host: '127.0.0.1', port: Number(port) } },
  // Each of its transactions is a sale: the next number is one that it has never used.
  trace: before.length + 1,
  journal: before,
  keep(journal) {
    writeFileSync(`${file}.new`, JSON.stringify(journal))
    renameSync(`${file}.new`, file)
    if (journal.at(-1)?.state === 'sent') tell({ kind: 'noted' })
  },
})

process.on('disconnect', () => process.exit())
process.on('message', async ({ total }: ToTerminal) => {
  try {
    const sale = saleOf(terminal.begin(), { total, paid: total, credential: { kind: 'phone', value: mobile } })
    tell({ kind: 'answered', code: (await terminal.ask(sale)).code })
  } catch (error) {
    tell({ kind: 'failed', why: messageOf(error) })
  }
})
await terminal.recover()
tell({ kind: 'up' })
