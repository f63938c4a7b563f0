import type { Command } from 'commander'
import { count } from './arguments.ts'

/** How boxes become the club's, and how they stop being it. */
export function addTrustCommands({ club, gateway }: { club: Command; gateway: Command }): void {
  const trust = () => import('./commands/club-trust.ts')
  club
    .command('trust')
    .description("the club's own certificate authority (docs/trust.md)")
    .command('init')
    .description('make it, in the folder that `trust:` of club.yaml names')
    .action(async (_, command) => (await trust()).init(command.optsWithGlobals()))

  const box = club.command('box').description('the boxes of stores: let them in, look at them, shut them out')
  box
    .command('code')
    .description('a code that lets one box of a store in, once')
    .argument('<store>', 'its name in club.yaml')
    .option('--minutes <count>', 'how long it can be used', count, 60)
    .option('--json', 'print it for a machine')
    .action(async (store, _, command) => (await trust()).code(store, command.optsWithGlobals()))
  box
    .command('list')
    .description('every certificate: whose it is, until when, and whether it was revoked')
    .option('--json', 'print every one as one JSON line')
    .action(async (_, command) => (await trust()).list(command.optsWithGlobals()))
  box
    .command('revoke')
    .description('a box is lost, stolen or replaced: its certificates are worth nothing from now on')
    .argument('<store>', 'its name in club.yaml')
    .option('--serial <number>', 'this certificate only (list names them)')
    .requiredOption('--reason <text>', 'kept with it')
    .action(async (store, _, command) => (await trust()).revoke(store, command.optsWithGlobals()))

  const keys = club.command('keys').description('the key that boxes make tokens of cards and mobiles with (docs/token-keys.md)')
  const keyCommands = () => import('./commands/club-keys.ts')
  keys
    .command('rotate')
    .description('begin to exchange it: cards move to the new one as they are seen, and are found by both')
    .option('--days <count>', 'how long both are known', count, 180)
    .option('--who <name>', 'who asks; your own name otherwise')
    .option('--json', 'print the state for a machine')
    .action(async (_, command) => (await keyCommands()).rotate(command.optsWithGlobals()))
  keys
    .command('status')
    .description('how far the exchange is: by credentials and by stores')
    .option('--unseen', 'print each credential of a member that has not moved yet, as one JSON line')
    .option('--json', 'print the state for a machine')
    .action(async (_, command) => (await keyCommands()).status(command.optsWithGlobals()))
  keys
    .command('retire')
    .description('end the exchange: boxes forget the key before')
    .option('--early', 'before its time: cards that were not seen are strangers then')
    .option('--who <name>', 'who asks; your own name otherwise')
    .option('--json', 'print the state for a machine')
    .action(async (_, command) => (await keyCommands()).retire(command.optsWithGlobals()))

  club
    .command('broker-config')
    .description('what another broker needs to serve this club in the place of its own (docs/mosquitto.md)')
    .command('mosquitto')
    .description('write the configuration, rights and certificates of a Mosquitto 2')
    .requiredOption('--out <folder>', 'where they go; a new folder')
    .option('--plugin <file>', 'its dynamic security plugin (where Debian has it, otherwise)')
    .action(async (_, command) => (await import('./commands/club-broker.ts')).mosquitto(command.optsWithGlobals()))

  gateway
    .command('enrol')
    .description('make this machine a box of the club, with a code from head office')
    .argument('<code>', 'six groups of five letters and digits')
    .requiredOption('--club <host[:port]>', 'the club’s enrolment port (8884 where none is given)')
    .option('--folder <folder>', 'where the configuration is, or will be', '.')
    .action(async (code, _, command) => (await import('./commands/gateway-enrol.ts')).enrol(code, command.optsWithGlobals()))
  gateway
    .command('key')
    .description('the key that what is personal in the box’s database is sealed under (docs/security.md)')
    .command('rotate')
    .description('put a fresh key before the one that is there; the gateway takes it at its next start')
    .action(async (_, command) => (await import('./commands/gateway-key.ts')).rotate(command.optsWithGlobals()))
  gateway
    .command('checkpoint')
    .description('write what this box has told the club, signed by it, to be kept elsewhere (docs/audit.md)')
    .requiredOption('--out <file>', 'a new file')
    .option('--from <number>', 'the first fact (the oldest on the disk otherwise)', count)
    .option('--to <number>', 'the last one (the newest otherwise)', count)
    .action(async (_, command) => (await import('./commands/gateway-checkpoint.ts')).checkpoint(command.optsWithGlobals()))
  gateway
    .command('repair')
    .description('save what is whole of a damaged database of this box, and put another in its place (docs/guides/when.md)')
    .action(async (_, command) => (await import('./commands/gateway-repair.ts')).repairGateway(command.optsWithGlobals()))
  gateway
    .command('salvage')
    .description('send what the database of a broken box still had for the club')
    .argument('<database>', 'the gateway.sqlite from its disk')
    .option('--key <file>', 'its key (beside it, with .key at its end, otherwise)')
    .action(async (database, _, command) =>
      (await import('./commands/gateway-salvage.ts')).salvageDatabase(database, command.optsWithGlobals()),
    )
}
