import type { Command } from 'commander'
import { count } from './arguments.ts'

/** Whole clubs in one process and virtual time. */
export function addWorldCommand(sim: Command): void {
  sim
    .command('world')
    .description('run a club and its stores in virtual time, with faults by a seed, and hold the books against what people saw')
    .option('--seed <number>', 'which world: the same one gives the same history', count, 1)
    .option('--stores <count>', 'how many stores', count, 3)
    .option('--members <count>', 'how many customers are members or become it', count, 50)
    .option('--acts <count>', 'how many things people do: cards that are shown, requests of tills', count, 500)
    .option('--faults <kinds>', 'only these, separated by commas; all where it is left out', (text: string) => text.split(','))
    .option('--together <share>', 'after so many of them another one comes at once: 0.3 is three times in ten', Number)
    .option('--hunt <minutes>', 'run one seed after the other, and make the first that breaks a promise smaller', count)
    .option('--json', 'print the verdict as one JSON line')
    .action(async (options) => (await import('./commands/sim-world.ts')).world(options))
}
