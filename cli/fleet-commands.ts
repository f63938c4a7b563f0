import { type Command, Option } from 'commander'
import { languages } from '#protocol/text.ts'
import { count } from './arguments.ts'

const whoAsks = ['--who <name>', 'who asks; your own name otherwise'] as const

/** What head office does at boxes from afar: orders, configurations. */
export function addFleetCommands(club: Command): void {
  club
    .command('command')
    .description('have a store’s box do something, signed: status, doctor, devices, restart-device, capture, logs, reload …')
    .argument('<store>', 'its name in club.yaml')
    .argument('<name>', 'what (docs/remote-hands.md)')
    .argument('[values...]', 'what it needs, such as device=till-1 lane=lane-1 lines=50')
    .option(...whoAsks)
    .addOption(new Option('--language <language>', 'of what doctor finds').choices(languages).default('fa' as const))
    .option('--json', 'print the result for a machine')
    .action(async (store, name, values, _, command) =>
      (await import('./commands/club-command.ts')).command(store, name, values, command.optsWithGlobals()),
    )

  const commands = () => import('./commands/club-config.ts')
  const config = club.command('config').description('the gateway.yaml of boxes, from head office (docs/remote-hands.md)')
  const healthy = [
    '--seconds <count>',
    'how long the box has to come up healthy with it, before it goes back',
    count,
    120,
  ] as const
  config
    .command('push')
    .description('give a store’s box another gateway.yaml: signed, checked there, tried, and taken back where it does not work')
    .argument('<store>', 'its name in club.yaml')
    .argument('<file>', 'the gateway.yaml that it is to work by; it names files of secrets and holds none')
    .option(...healthy)
    .option(...whoAsks)
    .option('--no-wait', 'do not wait for what becomes of it')
    .option('--json', 'print the result for a machine')
    .action(async (store, file, _, command) => (await commands()).push(store, file, command.optsWithGlobals()))
  config
    .command('show')
    .description('what was pushed to a store, and by which its box works')
    .argument('<store>', 'its name in club.yaml')
    .option('--text <version>', 'print the gateway.yaml of this version', count)
    .option('--json', 'print it for a machine')
    .action(async (store, _, command) => (await commands()).show(store, command.optsWithGlobals()))
  config
    .command('rollback')
    .description('give a store’s box the version before once more')
    .argument('<store>', 'its name in club.yaml')
    .option('--to <version>', 'this one', count)
    .option(...healthy)
    .option(...whoAsks)
    .option('--no-wait', 'do not wait for what becomes of it')
    .option('--json', 'print the result for a machine')
    .action(async (store, _, command) => (await commands()).rollback(store, command.optsWithGlobals()))
}
