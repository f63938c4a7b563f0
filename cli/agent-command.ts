import type { Command } from 'commander'

/** `vafa agent …`: what runs on a POS terminal. */
export function addAgentCommand(program: Command): void {
  const config = ['-c, --config <file>', 'its YAML file (docs/agent.md)'] as const
  const agent = program
    .command('agent')
    .description('be a POS terminal: keypad and display of this console, its own reader and printer, ISO 8583 to the gateway')
    .option(...config, 'agent.yaml')
    .action(async (options) => (await import('./commands/agent.ts')).runAgent(options))
  agent
    .command('repair')
    .description('save what is whole of a damaged journal, and put another in its place (docs/guides/when.md)')
    .action(async (_, command: Command) => (await import('./commands/agent.ts')).repairAgent(command.optsWithGlobals()))
  agent
    .command('pin')
    .description('set the PIN of the service menu; it is read from standard input')
    .action(async (_, command: Command) => (await import('./commands/agent.ts')).setAgentPin(command.optsWithGlobals()))
}
