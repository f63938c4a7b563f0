import type { Command } from 'commander'

/** `vafa fingers …`: the store's fingerprint sensors, through the running gateway. */
export function addFingerCommands(program: Command): void {
  const fingers = program.command('fingers').description('the fingerprint sensors of a store whose gateway runs')
  const config = ['-c, --config <file>', "the store's gateway.yaml"] as const
  const which = ['<device>', 'its name in gateway.yaml'] as const
  fingers
    .command('list')
    .description('which sensors there are, how full, and why one is not used')
    .requiredOption(...config)
    .option('--json', 'print everything for a machine')
    .action(async (options) => (await import('./commands/fingers.ts')).listFingers(options))
  fingers
    .command('keep')
    .description('use a sensor whose library is not as expected: go on with the fingers that it and this box both know')
    .argument(...which)
    .requiredOption(...config)
    .action(async (device: string, options) => (await import('./commands/fingers.ts')).keepFingers(device, options))
  fingers
    .command('empty')
    .description('delete every finger in a sensor and begin anew: for one that comes from elsewhere')
    .argument(...which)
    .requiredOption(...config)
    .action(async (device: string, options) => (await import('./commands/fingers.ts')).emptyFingers(device, options))
}
