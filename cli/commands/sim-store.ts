import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type CardHost, startCardHost } from '#simulators/card/card-host.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { startVirtualDisplay } from '#simulators/display/virtual-display.ts'
import { paperPng } from '#simulators/printer/paper-png.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { startVirtualScanner } from '#simulators/scanner/virtual-scanner.ts'
import { refusedOn } from '#simulators/store/permission.ts'
import { called } from '../called.ts'
import { describeFailure } from '../exit.ts'
import { runGateway } from './gateway.ts'
import { devicePortIfAny, paperWidth, readerPort, readStore } from './store-config.ts'

const help = `Type what happens in the store:
  tap CARD          hold a virtual card to the reader for a second (vafa sim cards lists them)
  scan CODE         scan a barcode
  paper end|ok      take the printer's paper away, or put new in
  help, quit
Ring up sales from another terminal: ${called} sim sale -c `

/** `vafa sim store`: the gateway of a configuration with virtual devices at the far ends, played from the keyboard. */
export async function store(options: { config: string; out: string }): Promise<void> {
  const config = readStore(options.config)
  const refused = refusedOn(
    config,
    config.lanes.map(({ lane }) => lane),
  )
  if (refused) throw refused
  mkdirSync(options.out, { recursive: true })
  // The terminal is the store's: of the gateway's log only what is wrong.
  process.env.VAFA_LOG ??= 'warn'
  const say = (text: string) => process.stdout.write(`${text}\n`)

  const printerPort = devicePortIfAny(config, 'printer-escpos')
  const width = paperWidth(config)
  let printed = 0
  const printer =
    printerPort === undefined
      ? undefined
      : await startVirtualPrinter({
          port: printerPort,
          width,
          onJob(job) {
            printed += 1
            const file = join(options.out, `receipt-${Date.now()}-${printed}.png`)
            writeFileSync(file, paperPng(job, { width }))
            say(`printer: ${file}`)
          },
        })
  const displayPort = devicePortIfAny(config, 'display-serial')
  const display = displayPort === undefined ? undefined : await startVirtualDisplay({ tcp: { port: displayPort } })
  const scannerPort = devicePortIfAny(config, 'scanner-serial')
  const scanner = scannerPort === undefined ? undefined : await startVirtualScanner({ tcp: { port: scannerPort } })

  await runGateway({ config: options.config })
  say(`${help}${options.config} --card sara --amount 1250000`)

  let cards: CardHost | undefined
  async function obey(line: string): Promise<void> {
    const [word, what] = line.trim().split(/\s+/)
    if (word === 'tap' && what) {
      const card = cardNamed(what)
      cards ??= await startCardHost()
      const inserted = await cards.insert(readerPort(config, options.config), card)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      const { asked } = await inserted.remove()
      say(asked.length > 0 ? `reader: ${what} was read` : `reader: nobody read ${what}`)
    } else if (word === 'scan' && what && scanner) {
      await scanner.scan(what)
      say(`scanner: ${what} was sent`)
    } else if (word === 'paper' && printer && (what === 'end' || what === 'ok')) {
      printer.setFaults(what === 'end' ? { paper: 'end' } : {})
      say(what === 'end' ? 'printer: out of paper' : 'printer: new paper')
    } else if (word === 'quit') process.kill(process.pid, 'SIGTERM')
    else if (word) say(`${help}${options.config} --card sara --amount 1250000`)
  }

  let shown = ''
  const look = setInterval(() => {
    const now = display?.lines().join(' | ') ?? ''
    if (now !== shown) say(`display: ${now}`)
    shown = now
  }, 200)
  look.unref()

  const keyboard = createInterface({ input: process.stdin })
  for await (const line of keyboard)
    await obey(line).catch((error: unknown) => say(describeFailure(error, { verbose: false }).trimEnd()))
}
