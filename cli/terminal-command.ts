import { type Command, Option } from 'commander'
import { terminalFaults } from '#simulators/terminal/faults.ts'
import { address, rials } from './arguments.ts'

/** `vafa sim terminal`: a command with many options, so that they do not stand among the others. */
export function addTerminalCommand(sim: Command): void {
  sim
    .command('terminal')
    .description('be a POS terminal that speaks ISO 8583: a sale with its quote, repeats, reversals, and faults')
    .option('-c, --config <file>', "the store's gateway.yaml, to know where terminals call, their bitmap and key")
    .option('--terminal <name>', 'which of its terminals; the first one otherwise')
    .option('--to <host:port>', 'where to call instead', address)
    .option('--tty <path>', 'the far end of the serial line that the gateway has opened')
    .option('--cert <file>', 'its TLS certificate (PEM)')
    .option('--cert-key <file>', 'the key of that certificate')
    .option('--amount <rials>', 'a sale of this price; without it the terminal signs on and asks for the time', rials)
    .option('--phone <number>', 'the customer, by mobile number')
    .option('--redeem <rials>', 'pay so much of it from the credit', rials)
    .option('--no-quote', 'pay without a quote, as terminals do that cannot ask')
    .option('--advice', 'the terminal approves alone and reports it (0220)')
    .option('--repeat', 'send the sale again, and show that the answer is the same')
    .option('--reverse', 'undo the sale')
    .addOption(new Option('--fault <fault>', 'what goes wrong with the sale').choices(terminalFaults))
    .option('--journal <file>', 'its journal: what is due in it is sent first, and what happens is kept there')
    .option('--close-day <day>', 'compare the totals of a business day, such as 2026-11-22')
    .option('--json', 'print every message as one JSON line')
    .action(async (options) => (await import('./commands/sim-terminal.ts')).terminal(options))
}
