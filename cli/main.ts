import { Argument, Command, CommanderError, Option } from 'commander'
import { reportNames } from '#club/reports/names.ts'
import packageJson from '#package' with { type: 'json' }
import { languages } from '#protocol/text.ts'
import { addAgentCommand } from './agent-command.ts'
import { addresses, count, counts, keyName, parts, port, storeNames } from './arguments.ts'
import { called } from './called.ts'
import { describeFailure, exitCodeOf, exitCodes } from './exit.ts'
import { addFingerCommands } from './finger-commands.ts'
import { addFleetCommands } from './fleet-commands.ts'
import { addPageCommands } from './page-commands.ts'
import { addPeopleCommands } from './people-commands.ts'
import { addSimCommands } from './sim-commands.ts'
import { addTrustCommands } from './trust-commands.ts'
import { addUserCommands } from './user-commands.ts'

const program = new Command('vafa')
  .description('Vafa (وفا, loyalty): the store hardware gateway and the customer club behind it.')
  .version(packageJson.version, '-V, --version', 'print the version')
  .option('--verbose', 'show the stack and the cause of an error')
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/^error:/, 'vafa:')
          .replaceAll('\n', ' ')} (\`vafa --help\` and \`vafa COMMAND --help\` show how)\n`,
      ),
  })
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    'after',
    `
To begin:
  ${`${called} demo`.padEnd(33)} a club and a store with virtual devices, from tap to receipt
  ${`${called} init my-club`.padEnd(33)} write a configuration that works, to build on
  ${called} club -c my-club/club.yaml
  ${called} gateway -c my-club/s1/gateway.yaml
  ${called} sim sale --amount 1250000 --card sara -c my-club/s1/gateway.yaml

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 wrong configuration · 4 something it needs is not there
Every error is one line with the way out; --verbose adds the stack. docs/ has the guides.`,
  )

program
  .command('init')
  .description('write a configuration for a club and its first stores, with fresh secrets')
  .argument('<folder>', 'a new or empty folder')
  .option('--stores <names>', 'names of stores, separated by commas', storeNames, ['s1'])
  .option('--port <port>', "the club's port on this machine", port, 1_883)
  .option('--pages-port <port>', 'where browsers reach head office’s pages on this machine', port, 8_080)
  .option(
    '--with <parts>',
    'more in each store: http and mqtt (tills of those kinds), agent (a terminal), pages (cashier’s screen and kiosk in a browser); separated by commas',
    parts,
  )
  .action(async (folder: string, options) => (await import('./commands/init.ts')).init(folder, options))

const clubFile = ['-c, --config <file>', 'its YAML file (vafa init writes one)'] as const
const club = program
  .command('club')
  .description('run the central club: broker, programme, ledger; or look after its books')
  .option(...clubFile, 'club.yaml')
  .action(async (options) => (await import('./commands/club.ts')).runClub(options))
addPeopleCommands(club)
addUserCommands(club)
club
  .command('audit')
  .description('check all of the books, also beside the running club; fails with the first difference')
  .option(...clubFile)
  .option('--checkpoint <file>', 'check that nothing before this checkpoint was changed either')
  .option('--range <file>', 'check that every fact is there that a box has signed (vafa gateway checkpoint)')
  .option('--key <file>', 'the key of the checkpoint; its public part is enough (the key for programmes otherwise)')
  .option('--json', 'print the report for a machine')
  .action(async (_, command: Command) => (await import('./commands/club-audit.ts')).audit(command.optsWithGlobals()))
club
  .command('backup')
  .description('copy the books, as they stand now, into a new folder; the club goes on')
  .argument('<folder>', 'a new folder')
  .action(async (folder: string, _, command) =>
    (await import('./commands/club-backup.ts')).backup(folder, command.optsWithGlobals()),
  )
club
  .command('restore')
  .description('put a backup in the place of books that are lost; the club must be at rest')
  .argument('<folder>', 'what backup made')
  .action(async (folder: string, _, command) =>
    (await import('./commands/club-backup.ts')).restore(folder, command.optsWithGlobals()),
  )
club
  .command('checkpoint')
  .description('write where the books stand, signed, to be kept elsewhere')
  .option(...clubFile)
  .requiredOption('--out <file>', 'a new file')
  .option('--key <file>', 'the key that signs (the key for programmes otherwise)')
  .action(async (_, command: Command) => (await import('./commands/club-audit.ts')).checkpoint(command.optsWithGlobals()))

club
  .command('report')
  .description('figures by day, store, product, hour, offer, cashier, member … (docs/reports.md); while the club runs or not')
  .addArgument(new Argument('<name>', 'which report').choices(reportNames))
  .option('--from <day>', 'the first day: 1405-08-01 or 2026-10-23; this Jalali month otherwise')
  .option('--to <day>', 'the last day; today otherwise')
  .option('--store <name>', 'this store only')
  .addOption(
    new Option('--by <period>', 'rows of reports over time').choices(['day', 'week', 'month'] as const).default('day' as const),
  )
  .option('--top <count>', 'so many rows of products, categories and members', count, 50)
  .addOption(
    new Option('--format <format>', 'how it is printed').choices(['table', 'csv', 'json'] as const).default('table' as const),
  )
  .addOption(new Option('--language <language>', 'of the table').choices(languages).default('fa'))
  .action(async (name, _, command) => (await import('./commands/club-report.ts')).report(name, command.optsWithGlobals()))
club
  .command('member')
  .description('what is known of a member, in words: habits, segment, risk, next best offer')
  .argument('<number>', "the member's number")
  .addOption(new Option('--language <language>', 'of the words').choices(languages).default('fa'))
  .option('--json', 'print everything for a machine')
  .action(async (number: string, _, command) =>
    (await import('./commands/club-member.ts')).member(number, command.optsWithGlobals()),
  )

const quarantine = club
  .command('quarantine')
  .description('what the club could not book: look at it, book it, drop it; while the club runs or not')
const setAside = ['<id>', 'the id of the event (list names it)'] as const
const ofStore = ['--store <name>', 'the store that it came from, where an id names several'] as const
const withHash = ['--hash <start>', 'the first characters of its hash, where an id names several'] as const
const whoDecides = ['--who <name>', 'who decides; your own name otherwise'] as const

quarantine
  .command('list')
  .description('what waits, why, and what to do about it')
  .addOption(new Option('--language <language>', 'of what is shown').choices(languages).default('fa'))
  .option('--json', 'print every event as one JSON line')
  .action(async (_, command) => (await import('./commands/quarantine.ts')).list(command.optsWithGlobals()))
quarantine
  .command('show')
  .description('print the event as it came; it may hold what only the club may read')
  .argument(...setAside)
  .option(...ofStore)
  .option(...withHash)
  .action(async (id: string, _, command) => (await import('./commands/quarantine.ts')).show(id, command.optsWithGlobals()))
quarantine
  .command('release')
  .description('book it, as it is or corrected; its store is sent the new reply')
  .argument(...setAside)
  .option('--as <file>', 'the corrected event: what show prints, put right, with the same id')
  .option('--why <text>', 'kept in the journal')
  .option(...whoDecides)
  .option(...ofStore)
  .option(...withHash)
  .action(async (id: string, _, command) => (await import('./commands/quarantine.ts')).release(id, command.optsWithGlobals()))
quarantine
  .command('drop')
  .description('decide that it is never booked')
  .argument(...setAside)
  .requiredOption('--why <text>', 'kept in the journal')
  .option(...whoDecides)
  .option(...ofStore)
  .option(...withHash)
  .action(async (id: string, _, command) => (await import('./commands/quarantine.ts')).drop(id, command.optsWithGlobals()))

const gateway = program
  .command('gateway')
  .description('run a store’s gateway: devices, lanes, outbox, uplink; or make this machine one')
  .option('-c, --config <file>', 'its YAML file (vafa init and vafa gateway enrol write one)', 'gateway.yaml')
  .action(async (options) => (await import('./commands/gateway.ts')).runGateway(options))

addAgentCommand(program)

program
  .command('doctor')
  .description('say what is wrong with a store’s box, in which layer, and the command that mends it; changes nothing')
  .requiredOption('-c, --config <file>', "the store's gateway.yaml")
  .addOption(new Option('--language <language>', 'of what is shown').choices(languages).default('fa' as const))
  .option('--json', 'print the findings for a machine')
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options))
program
  .command('devices')
  .description('find what is plugged into this machine, and propose its part of gateway.yaml')
  .option('--lane <lane>', 'the lane it is for', 'lane-1')
  .option('--printer <host:port>', 'ask also this network printer (9100 is usual); may be given more than once', addresses, [])
  .option('--json', 'print what was found for a machine')
  .action(async (options) => (await import('./commands/devices.ts')).devices(options))

program
  .command('demo')
  .description('a club and one store with virtual devices: three purchases, a reversal, a line cut and restored')
  .option('--once', 'end when it is through, instead of staying up')
  .option('--json', 'print the results for a machine (implies --once)')
  .option(
    '--keep <folder>',
    'keep the databases, logs and receipts there (a new folder under the system’s temporary one otherwise)',
  )
  .action(async (options) => (await import('./commands/demo.ts')).demo(options))

addTrustCommands({ club, gateway })
addFleetCommands({ club, gateway })
addPageCommands({ gateway })

const programme = program
  .command('programme')
  .description("the club's rules: check them, explain them, compare two versions, sign them")
const rules = ['<file>', 'a programme in YAML (docs/programme.md)'] as const

programme
  .command('check')
  .description('name every wrong line, or say that it is ok')
  .argument(...rules)
  .action(async (file: string) => (await import('./commands/programme.ts')).check(file))
programme
  .command('explain')
  .description('tell each rule as a plain sentence, in Persian and English')
  .argument(...rules)
  .action(async (file: string) => (await import('./commands/programme.ts')).explain(file))
programme
  .command('diff')
  .description('tell in words what a new version changes')
  .argument('<old>', 'the programme in force')
  .argument('<new>', 'the one to be')
  .action(async (old: string, fresh: string) => (await import('./commands/programme.ts')).diff(old, fresh))
programme
  .command('dry-run')
  .description('hold a draft against the club’s own journal: who gains, who loses, and what it costs')
  .argument('<file>', 'the draft, in YAML')
  .option('-c, --config <file>', 'the club.yaml whose journal it is', 'club.yaml')
  .option('--from <day>', 'the first day, such as 1405-08-01 or 2026-10-23; from the beginning otherwise')
  .option('--to <day>', 'the last day; until now otherwise')
  .option('--csv <file>', 'write it as CSV too; a new file')
  .addOption(new Option('--language <language>', 'of what is shown').choices(languages).default('fa' as const))
  .action(async (file: string, options) => (await import('./commands/programme-dry-run.ts')).dryRunProgramme(file, options))
programme
  .command('sign')
  .description('check the rules and sign them, for a club that does not have the private key')
  .argument(...rules)
  .requiredOption('--key <file>', 'the key for programmes (vafa init writes one: secrets/programme-key.json)')
  .requiredOption('--out <file>', 'where the signed programme goes; a new file')
  .action(async (file: string, options) => (await import('./commands/programme-signing.ts')).sign(file, options))
programme
  .command('verify')
  .description('tell whether a signed programme is what the key signed')
  .argument('<file>', 'what `vafa programme sign` wrote')
  .requiredOption('--key <file>', 'the key for programmes; its public part is enough')
  .action(async (file: string, options) => (await import('./commands/programme-signing.ts')).verify(file, options))
programme
  .command('key')
  .description('make a new key for programmes, and print what gateway.yaml needs of it')
  .requiredOption('--out <file>', 'where the private key goes; a new file')
  .option('--keyid <name>', 'its name', keyName, 'programme-1')
  .action(async (options) => (await import('./commands/programme-signing.ts')).makeKey(options))

addFingerCommands(program)

program
  .command('trace')
  .description('follow one event, or all of one sale, over a box and the club')
  .argument('<id>', 'an event’s id, a sale’s id, or the code on a receipt')
  .option('--box <file>', "the store's gateway.yaml")
  .option('--club <file>', 'club.yaml')
  .addOption(new Option('--language <language>', 'of the words').choices(languages).default('fa'))
  .option('--json', 'print every step as one JSON line')
  .action(async (id: string, options) => (await import('./commands/trace.ts')).trace(id, options))

addSimCommands(program)

program
  .command('bench')
  .description(
    'measure: `tap` times a completed sale until its receipt, `decide` the rules alone, `club` the books alone, `devices` codecs and terminals, `flood` sales while another store or till floods, `sealing` what the box’s key costs, `backlog` a box that was away for 30 days, `fleet` a club with a thousand boxes, `screens` how soon a page shows a tap',
  )
  .addArgument(
    new Argument('<name>', 'what to measure').choices([
      'tap',
      'decide',
      'club',
      'devices',
      'flood',
      'sealing',
      'backlog',
      'fleet',
      'screens',
    ]),
  )
  .option('--json', 'print the figures for a machine')
  .option('--sales <count>', 'how many sales in each part (default: 2000; 20000 for `club`, 500 for `flood`)', count)
  .option('--facts <count>', '`backlog`: how many facts wait (default: 200000)', count)
  .option('--boxes <count>', '`fleet`: how many boxes (default: 1000)', count)
  .option('--members <counts>', '`club`: how many members, each number measured by itself', counts, [10_000, 100_000, 1_000_000])
  .addOption(
    new Option('--engine <engine>', '`club`: what keeps the books').choices(['sqlite', 'postgres', 'both']).default('sqlite'),
  )
  .action(async (name: 'tap' | 'decide' | 'club' | 'devices' | 'flood' | 'sealing' | 'backlog' | 'fleet' | 'screens', options) =>
    (await import('./commands/bench.ts')).bench(name, options),
  )

process.on('unhandledRejection', fail)

function fail(error: unknown): void {
  process.stderr.write(describeFailure(error, { verbose: program.opts().verbose === true || process.argv.includes('--verbose') }))
  process.exit(exitCodeOf(error))
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
  fail(error)
}
