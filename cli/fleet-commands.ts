import { type Command, Option } from 'commander'
import { languages } from '#protocol/text.ts'
import { count, storeNames } from './arguments.ts'

const whoAsks = ['--who <name>', 'who asks; your own name otherwise'] as const

/** What head office does at boxes from afar (orders, configurations, updates), and what the box has for it. */
export function addFleetCommands({ club, gateway }: { club: Command; gateway: Command }): void {
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

  const updating = () => import('./commands/club-update.ts')
  const update = club.command('update').description('the version of Vafa that boxes run: signed, in stages (docs/updates.md)')
  update
    .command('start')
    .description('give boxes a new version: the first stage now, each further one when the one before is healthy')
    .argument('<packages...>', 'vafa_VERSION_ARCHITECTURE.deb, one or both architectures')
    .option(
      '--stage <name=stores>',
      'such as canary=s1,s2; `rest` for all others, which is the last (may be repeated)',
      stages,
      [],
    )
    .option('--seconds <count>', 'how long a box has to come up healthy with it, before it goes back', count, 300)
    .option('--key <file>', 'a key of its own for updates, which the club need not have (the key for programmes otherwise)')
    .option('--older', 'boxes of a newer version go back to this one')
    .option(...whoAsks)
    .option('--json', 'print it for a machine')
    .action(async (packages, _, command) => (await updating()).start(packages, command.optsWithGlobals()))
  for (const [name, does] of [
    ['show', 'how far it is'],
    ['halt', 'no further store gets it'],
    ['resume', 'go on after a halt; stores in trouble are let pass'],
  ] as const)
    update
      .command(name)
      .description(does)
      .option(...whoAsks)
      .option('--json', 'print it for a machine')
      .action(async (_, command: Command) => (await updating())[name](command.optsWithGlobals()))

  const keys = '/etc/vafa/update-keys.json'
  gateway
    .command('install-update')
    .description('install what the box has brought and asks for; vafa-update.service runs it, as root')
    .option('--keys <file>', 'whose updates are trusted', keys)
    .option('--work <folder>', 'its own folder, which the gateway cannot write', '/var/lib/vafa-update')
    .option('--dpkg-option <option>', 'of dpkg, such as --root=/somewhere (may be repeated)', collect, [])
    .action(async (_, command: Command) =>
      (await import('./commands/update-install.ts')).installRequested(command.optsWithGlobals()),
    )
  gateway
    .command('update-keys')
    .description('as root: have this machine trust the keys in gateway.yaml with updates')
    .option('--out <file>', 'root’s own file', keys)
    .action(async (_, command: Command) => (await import('./commands/update-install.ts')).trustKeys(command.optsWithGlobals()))
}

const collect = (one: string, before: string[]): string[] => [...before, one]

function stages(text: string, before: { name: string; stores: string[] }[]): { name: string; stores: string[] }[] {
  const [stage = '', stores] = text.split('=')
  return [...before, { name: stage, stores: stores === undefined ? [] : storeNames(stores) }]
}
