import type { Command, Option } from 'commander'
import { count, speed } from './arguments.ts'

/** The commands that play a whole store: `vafa sim` itself, scenarios, and recordings of real devices. */
export function addPlayCommands(
  sim: Command,
  given: { config: readonly [flags: string, description: string]; shownIn(): Option },
): void {
  const { config, shownIn } = given
  sim
    .command('screen', { isDefault: true })
    .description('the store’s devices on a screen, with keys for what happens there; what `vafa sim` alone does')
    .option(...config)
    .addOption(shownIn())
    .action(async (options) => (await import('./commands/sim-screen.ts')).screen(options))
  sim
    .command('run')
    .description('play a scenario against a store and check what comes back (docs/simulators.md)')
    .argument('<file>', 'the scenario, in YAML')
    .option(...config)
    .option('--store', 'start a store of virtual devices and a club for it, instead of the one of --config')
    .option('--keep <folder>', 'with --store: keep its databases and logs there, a new folder')
    .addOption(shownIn())
    .option('--json', 'print the steps for a machine')
    .action(async (file: string, options) => (await import('./commands/sim-run.ts')).run(file, options))
  sim
    .command('record')
    .description('write down what passes between the gateway and one device, with credentials masked; runs the gateway itself')
    .argument('<device>', 'its name in gateway.yaml')
    .requiredOption(...config)
    .requiredOption('--out <file>', 'the recording; a new file')
    .option('--seconds <count>', 'end after so long; at Ctrl-C otherwise', count)
    .action(async (device: string, options) => (await import('./commands/sim-record.ts')).record(device, options))
  sim
    .command('replay')
    .description('be a recorded device, where the gateway looks for it')
    .argument('<file>', 'what vafa sim record wrote')
    .requiredOption(...config)
    .option('--device <name>', 'be this device of gateway.yaml; the recorded one otherwise')
    .option('--speed <times>', 'so many times as fast; `max` for no pauses', speed, 1)
    .option('--cert <file>', 'the certificate that it shows (PEM), where the store knows it by one')
    .option('--cert-key <file>', 'the key of that certificate')
    .action(async (file: string, options) => (await import('./commands/sim-replay.ts')).replay(file, options))
}
