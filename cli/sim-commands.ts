import { type Command, Option } from 'commander'
import { languages } from '#protocol/text.ts'
import { nexoFaults } from '#simulators/nexo-till/faults.ts'
import { address, count, mobile, port, rials } from './arguments.ts'
import { addPlayCommands } from './play-commands.ts'
import { addTerminalCommand } from './terminal-command.ts'
import { addTillCommands } from './till-commands.ts'
import { addWorldCommand } from './world-command.ts'

/** Everything that plays a device. */
export function addSimCommands(program: Command): void {
  const sim = program.command('sim').description('play any device of a store (for technicians, tests and training)')
  const config = ['-c, --config <file>', "the store's gateway.yaml, to know where its devices listen"] as const
  const tillPlace = [
    '--till <host:port>',
    '`--via tcp`: the till port of the lane (read from the configuration otherwise)',
    address,
  ] as const
  const tillVia = () =>
    new Option('--via <way>', 'how the till speaks to its lane').choices(['tcp', 'http', 'mqtt'] as const).default('tcp' as const)
  const shownIn = () =>
    new Option('--language <language>', 'of what is shown here; the paper is in the store’s own').choices(languages).default('fa')

  addPlayCommands(sim, { config, shownIn })
  sim
    .command('cards')
    .description('the virtual cards that tap can present')
    .action(async () => (await import('./commands/sim-cards.ts')).listCards())
  sim
    .command('tap')
    .description('hold a virtual contactless card to a reader')
    .requiredOption('--card <name>', 'which card (vafa sim cards lists them)')
    .option(...config)
    .option('--port <port>', 'the reader’s vpcd port (35963 is the first of a pcscd with vsmartcard-vpcd)', port)
    .option('--lane <lane>', 'the lane whose reader it is (the first reader otherwise)')
    .option('--hold <ms>', 'how long the card stays', count, 1_000)
    .action(async (options) => (await import('./commands/sim-tap.ts')).tap(options))
  sim
    .command('scan')
    .description('send a scan as a barcode scanner would')
    .argument('<code>', 'what was scanned')
    .option('--tty <path>', 'write it into this serial port (the far end of the one that the gateway opened)')
    .option('--listen <port>', 'serve it as a serial device server on this TCP port, until the gateway has taken it', port)
    .option('--call <host:port>', 'call the gateway’s scanner-tcp port', address)
    .option('--umockdev <folder>', 'write a USB scanner for umockdev-run into this folder')
    .addOption(new Option('--mode <mode>', 'of that USB scanner').choices(['hid-pos', 'keyboard']).default('hid-pos'))
    .option('--aim <identifier>', 'send this AIM identifier before the code: ]E0, ]Q1 …')
    .option(...config)
    .action(async (code: string, options) => (await import('./commands/sim-scan.ts')).scan(code, options))
  sim
    .command('swipe')
    .description('write the swipe of a magnetic card for umockdev-run')
    .argument('<number>', 'what is on track 2')
    .requiredOption('--umockdev <folder>', 'where the files go')
    .addOption(new Option('--model <model>', 'the reader').choices(['magtek', 'standard', 'keyboard']).default('magtek'))
    .action(async (number: string, options) => (await import('./commands/sim-hid.ts')).swipe(number, options))
  sim
    .command('finger')
    .description('be a fingerprint sensor, and lay fingers on it from the keyboard')
    .option(...config)
    .option('--tty <path>', 'on this serial port (the far end of the one that the gateway opened)')
    .option('--listen <port>', 'on this TCP port, as behind a serial device server', port)
    .option('--flash <file>', 'keeps what is stored in it, so that the next one is the same sensor')
    .option('--capacity <count>', 'how many fingers fit', count, 200)
    .action(async (options) => (await import('./commands/sim-finger.ts')).finger(options))
  sim
    .command('mobile')
    .description('be a customer’s mobile: show what the club sends to it, such as the one-time code that a kiosk asks for')
    .argument('<number>', 'such as 09123456789', mobile)
    .requiredOption('-c, --config <file>', 'the club.yaml of a club that runs')
    .option('--once', 'end after one message')
    .action(async (number: string, options) => (await import('./commands/sim-mobile.ts')).showMobile(number, options))
  sim
    .command('sale')
    .description('ring up a sale as a till’s software would, and print what the lane says')
    .requiredOption('--amount <rials>', 'the total, in rials', rials)
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .option('--card <name>', 'tap this virtual card first (needs a virtual reader in the configuration)')
    .option('--phone <number>', 'identify the customer by a mobile number instead')
    .option('--enrol <name>', 'sign the customer up under this name first')
    .option('--redeem <rials>', 'pay so much of it from the credit of whoever was tapped', rials)
    .option('--cancel', 'cancel instead of completing')
    .option('--reverse', 'reverse the sale after completing it')
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (options) => (await import('./commands/sim-sale.ts')).sale(options))
  addWorldCommand(sim)
  addTillCommands(sim, { config, tillVia, tillPlace, shownIn, rials })
  addTerminalCommand(sim)
  sim
    .command('nexo')
    .description('ring up a sale as a till’s software that speaks nexo would, and print what the box answers')
    .requiredOption('--amount <rials>', 'the total, in rials', rials)
    .requiredOption(...config)
    .option('--saleid <id>', 'which till of the configuration (the first one otherwise)')
    .option('--tap <seconds>', 'wait so long for a card first (CardAcquisition)', count)
    .option('--phone <number>', 'identify the customer by a mobile number instead')
    .option('--redeem <rials>', 'pay so much of it from the credit', rials)
    .option('--reverse', 'reverse the sale after it is awarded')
    .addOption(new Option('--fault <kind>', 'send one Award, with this fault').choices(nexoFaults))
    .option('--json', 'print every message as one JSON line')
    .action(async (options) => (await import('./commands/sim-nexo.ts')).nexo(options))
  sim
    .command('printer')
    .description('be a network printer: decode what arrives into text and PNG files')
    .option('--port <port>', 'the TCP port to listen on', port, 9_100)
    .addOption(new Option('--width <dots>', 'the paper’s width in dots').choices(['576', '384']).default('576'))
    .option('--out <folder>', 'where the PNG files go', '.')
    .action(async (options) => (await import('./commands/sim-printer.ts')).printer(options))
  sim
    .command('print')
    .description('print as a till does that knows nothing of Vafa: a captured file, or a receipt made up here')
    .argument('[file]', 'what `vafa sim capture --listen` wrote')
    .option('--to <host:port>', 'where the till believes its printer to be', address, { host: '127.0.0.1', port: 9_100 })
    .option(
      '-c, --config <file>',
      'that store’s gateway.yaml, where it is on another machine: no lane that serves customers is played',
    )
    .option('--number <number>', 'of the receipt that is made up', '80712')
    .option('--amount <rials>', 'its total, in rials', rials, 1_250_000)
    .addOption(
      new Option('--style <style>', 'how that till writes')
        .choices(['windows', 'dos', 'utf-8', 'latin', 'pictures'])
        .default('windows' as const),
    )
    .action(async (file: string | undefined, options) => (await import('./commands/sim-print.ts')).print(file, options))
  sim
    .command('capture')
    .description('show what a till printed and what the rules of a till-print device find there')
    .argument('<file>', 'the bytes that the till sent to its printer')
    .option('--rules <file>', 'the rules to try (docs/devices/till-print.md)')
    .option('--listen <port>', 'be the till’s printer on this TCP port first, and add what comes to the file', port)
    .addOption(new Option('--language <language>', 'of what is shown').choices(languages).default('fa' as const))
    .option('--json', 'print each paper as one JSON line')
    .action(async (file: string, options) => (await import('./commands/sim-capture.ts')).capture(file, options))
  sim
    .command('store')
    .description('a whole store with no hardware: gateway, virtual reader, scanner, display, printer and till')
    .requiredOption(...config)
    .option('--out <folder>', 'where the receipts’ PNG files go', '.')
    .action(async (options) => (await import('./commands/sim-store.ts')).store(options))
}
