import type { Command } from 'commander'

/** What the pages of a box's lanes need from its technician (docs/kiosk.md). */
export function addPageCommands({ gateway }: { gateway: Command }): void {
  const pages = () => import('./commands/gateway-pages.ts')
  gateway
    .command('pair')
    .description('a code with which one browser gets the page of a lane (docs/kiosk.md)')
    .argument('<lane>', 'its name in gateway.yaml, with `page: paired`')
    .option('--forget', 'browsers that were paired with it before are shut out')
    .option('--json', 'print it for a machine')
    .action(async (lane, _, command) => (await pages()).pair(lane, command.optsWithGlobals()))
  gateway
    .command('pin')
    .description('set the PIN of the kiosks’ staff mode; it is read from the terminal or from what is piped in')
    .action(async (_, command) => (await pages()).pin(command.optsWithGlobals()))
}
